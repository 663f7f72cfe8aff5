"""What depends on the machine is rounded, and everything else is written as it is."""

import numpy as np
import pytest

from birds.model import rounding


@pytest.mark.parametrize(
    ("steps", "rounded"),
    [
        (0.49, 0),
        (0.51, 1),
        (-0.51, -1),
        (-2.49, -2),
        (2**22 + 0.51, 2**22 + 1),  # above 0.25, where float32's steps are 2**-25
        (2**23 + 0.49, 2**23),  # above 0.5, where they are 2**-24 too
    ],
)
def test_weights_are_rounded_to_steps_of_2_to_the_minus_24(
    steps: float, rounded: int
) -> None:
    weights = rounding.weights([steps / 2**24])

    assert weights.tolist() == [rounded / 2**24]


def test_weights_are_written_in_float32() -> None:
    assert rounding.weights([[0.5], [1.5]]).dtype == np.float32


def test_probabilities_are_rounded_to_float32() -> None:
    probabilities = rounding.probabilities(np.array([1 / 3]))

    np.testing.assert_array_equal(
        probabilities, np.array([1 / 3], np.float32), strict=True
    )


def test_costs_are_written_with_12_decimals() -> None:
    costs = rounding.costs({0: 0.6931471805599453, 100: 25})

    assert costs == {0: "0.693147180560", 100: "25.000000000000"}


@pytest.mark.parametrize(
    ("score", "rounded"),
    [(0.123456789_49, 0.123456789), (0.123456789_51, 0.123456790), (0.5, 0.5)],
)
def test_scores_are_rounded_to_9_decimals(score: float, rounded: float) -> None:
    assert rounding.score(score) == rounded


def test_only_the_floats_of_a_row_are_written_with_9_decimals() -> None:
    row = rounding.as_text(["test", 100 / 3, np.float64(0), 7])

    assert row == ["test", "33.333333333", "0.000000000", "7"]
