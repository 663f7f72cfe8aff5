"""Choosing, splitting and preprocessing images, on small arrays worked out by hand."""

import numpy as np
import pytest

from birds.data import preprocessing, sampling
from birds.errors import UserError


def test_balance_keeps_all_images_of_the_target_class_and_the_first_others_in_file_order() -> None:
    chosen, labels = sampling.balance(np.array([7, 2, 0, 2, 5, 9, 2, 1]), target=2)
    assert chosen.tolist() == [1, 3, 6, 0, 2, 4]
    assert labels.tolist() == [1, 1, 1, 0, 0, 0]
    assert labels.dtype == np.uint8


def test_balance_keeps_all_others_if_there_are_too_few() -> None:
    chosen, labels = sampling.balance(np.array([2, 2, 4, 2]), target=2)
    assert chosen.tolist() == [0, 1, 3, 2]
    assert labels.tolist() == [1, 1, 1, 0]


def test_the_last_images_of_the_shuffled_order_are_the_test_set() -> None:
    train, test = sampling.shuffle_split(10, test_size=3, seed=0)
    assert [*train, *test] == [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]  # of NumPy's documentation for seed 0
    assert len(test) == 3


def test_another_seed_gives_another_order() -> None:
    orders = {tuple(np.concatenate(sampling.shuffle_split(10, test_size=3, seed=seed))) for seed in range(4)}
    assert len(orders) == 4
    assert all(sorted(order) == [*range(10)] for order in orders)


@pytest.mark.parametrize("test_size", [1, 4])
def test_each_set_has_at_least_one_image(test_size: int) -> None:
    train, test = sampling.shuffle_split(5, test_size=test_size, seed=0)
    assert (len(train), len(test)) == (5 - test_size, test_size)


@pytest.mark.parametrize("test_size", [-1, 0, 5, 6])
def test_the_error_names_a_test_size_that_leaves_a_set_empty(test_size: int) -> None:
    with pytest.raises(UserError, match=f"test_size is {test_size}; with 5 images, it must be from 1 to 4"):
        sampling.shuffle_split(5, test_size=test_size, seed=0)


def test_a_column_has_the_rows_of_an_image_pixel_by_pixel() -> None:
    images = np.arange(2 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 2, 3)
    x = preprocessing.flatten_and_normalize(images)
    assert x.shape == (12, 2)
    for row, column, channel in np.ndindex(2, 2, 3):
        assert x[6 * row + 3 * column + channel].tolist() == [
            images[0, row, column, channel] / 255, images[1, row, column, channel] / 255
        ]  # fmt: skip


def test_only_bytes_are_scaled() -> None:
    values = np.arange(256, dtype=np.uint8)
    x = preprocessing.flatten_and_normalize(values.reshape(1, 16, 16, 1))
    assert x.ravel().tolist() == [value / 255 for value in range(256)]
    floats = np.array([0.0, 0.25, 1.0]).reshape(1, 1, 1, 3)
    assert preprocessing.flatten_and_normalize(floats).ravel().tolist() == [0, 0.25, 1]
