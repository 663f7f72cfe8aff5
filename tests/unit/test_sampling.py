"""Which images are used, and in which set."""

import numpy as np
import pytest

from birds.data import sampling
from birds.errors import UserError


def test_all_targets_and_the_first_others_are_chosen() -> None:
    classes = np.array([3, 2, 5, 2, 0, 2, 7])

    chosen, labels = sampling.balance(classes, target=2)

    assert chosen.tolist() == [1, 3, 5, 0, 2, 4]
    assert labels.tolist() == [1, 1, 1, 0, 0, 0]


def test_all_others_are_chosen_if_there_are_fewer() -> None:
    classes = np.array([2, 2, 4, 2])

    chosen, labels = sampling.balance(classes, target=2)

    assert chosen.tolist() == [0, 1, 3, 2]
    assert labels.tolist() == [1, 1, 1, 0]


def test_labels_are_written_as_bytes() -> None:
    _, labels = sampling.balance(np.array([2, 4]), target=2)

    assert labels.dtype == np.uint8


def test_the_order_is_that_of_numpys_legacy_generator() -> None:
    """NumPy promises that RandomState(1).permutation(5) stays 2, 1, 4, 0, 3."""
    train, test = sampling.shuffle_split(5, test_size=2, seed=1)

    assert train.tolist() == [2, 1, 4]
    assert test.tolist() == [0, 3]


def test_another_seed_gives_another_order() -> None:
    train, test = sampling.shuffle_split(5, test_size=2, seed=0)

    assert train.tolist() == [2, 0, 1]
    assert test.tolist() == [3, 4]


@pytest.mark.parametrize("test_size", [1, 4])
def test_each_image_is_in_one_set(test_size: int) -> None:
    train, test = sampling.shuffle_split(5, test_size=test_size, seed=0)

    assert len(test) == test_size
    assert sorted(np.append(train, test)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("test_size", [0, 5, 6])
def test_the_error_says_which_test_sizes_are_possible(test_size: int) -> None:
    message = f"test_size is {test_size}; with 5 images, it must be from 1 to 4"

    with pytest.raises(UserError, match=message):
        sampling.shuffle_split(5, test_size=test_size, seed=0)
