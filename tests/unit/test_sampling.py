"""Which images are used, and in which set."""

import numpy as np
import pytest

from birds.data import sampling
from birds.errors import UserError


def test_all_targets_are_chosen_and_as_many_of_the_first_others() -> None:
    classes = np.array([3, 2, 5, 2, 0, 2, 7])

    chosen, _ = sampling.balance(classes, target=2)

    assert chosen.tolist() == [1, 3, 5, 0, 2, 4]


def test_all_others_are_chosen_if_there_are_fewer() -> None:
    classes = np.array([2, 2, 4, 2])

    chosen, _ = sampling.balance(classes, target=2)

    assert chosen.tolist() == [0, 1, 3, 2]


def test_labels_are_bytes_with_1_for_targets_and_0_for_others() -> None:
    _, labels = sampling.balance(np.array([4, 2, 4, 2]), target=2)

    assert labels.dtype == np.uint8
    assert labels.tolist() == [1, 1, 0, 0]


# NumPy promises that RandomState(seed).permutation(5) stays as it is.
@pytest.mark.parametrize(
    ("seed", "permutation"), [(0, [2, 0, 1, 3, 4]), (1, [2, 1, 4, 0, 3])]
)
def test_the_order_is_that_of_numpys_legacy_generator(
    seed: int, permutation: list[int]
) -> None:
    train, test = sampling.shuffle_split(5, test_size=2, seed=seed)

    assert train.tolist() == permutation[:3]
    assert test.tolist() == permutation[3:]


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
