"""Rounding, on values worked out by hand."""

import numpy as np
import pytest

from birds import rounding

STEP = 2.0**-24


@pytest.mark.parametrize(
    ("weight", "steps"),
    [
        *[(0.0, 0), (0.49, 0), (0.51, 1), (1.49, 1), (-0.51, -1), (-2.49, -2), (2.0**23 + 0.49, 2**23)],
        (2.0**22 + 0.51, 2**22 + 1),  # 2 ** 22 + 0.5 in float32, which rounds to the even 2 ** 22
    ],
)
def test_weights_are_rounded_to_the_nearest_step(weight: float, steps: int) -> None:
    rounded = rounding.weights(weight * STEP)
    assert rounded.dtype == np.float32
    assert float(rounded) == steps * STEP


def test_noise_in_the_last_bits_does_not_change_a_rounded_weight() -> None:
    w = np.array([[0.3], [1e-5], [-0.02]])
    np.testing.assert_array_equal(rounding.weights(w), rounding.weights(w * (1 + 1e-13)))
    assert rounding.weights(w).shape == w.shape


def test_probabilities_are_rounded_to_float32() -> None:
    rounded = rounding.probabilities(np.array([0.1, 1 / 3]))
    assert rounded.dtype == np.float32
    assert rounded.tolist() == [float(np.float32(0.1)), float(np.float32(1 / 3))]


def test_costs_have_12_decimals() -> None:
    assert rounding.costs({0: 0.6931471805599453, 100: 1 / 3, 200: 25.0}) == {
        0: "0.693147180560", 100: "0.333333333333", 200: "25.000000000000"
    }  # fmt: skip


def test_only_scores_that_are_sums_of_floats_are_rounded() -> None:
    given = {"log_loss": 0.123456789_49, "brier": 0.123456789_51, "accuracy": 71.47368421052632, "roc_auc": None}
    assert rounding.scores(given) == {**given, "log_loss": 0.123456789, "brier": 0.12345679}


def test_rows_have_9_decimals_for_floats_and_none_for_integers() -> None:
    assert rounding.decimals([100 / 3, 7, 0.0]) == ["33.333333333", "7", "0.000000000"]
