"""The textbook method, against SciPy, scikit-learn and Python's exact decimals."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from birds.model import gram_descent, logistic
from birds.model.logistic import Fit

both_loops = pytest.mark.parametrize(
    "fit",
    [logistic.fit, gram_descent.fit],
    ids=["logistic", "gram_descent"],
)


@both_loops
@pytest.mark.parametrize(
    ("x_shape", "y_shape"),
    [
        ((2, 5), (5, 1)),
        ((2, 5), (5,)),
        ((2, 5), (1, 3)),
        ((2, 5), (2, 5)),
        ((5,), (1, 5)),
        ((2, 0), (1, 0)),
        ((0, 5), (1, 5)),
    ],
)
def test_shapes_that_do_not_match_are_refused(
    fit: Callable[..., Fit], x_shape: tuple[int, ...], y_shape: tuple[int, ...]
) -> None:
    x = np.ones(x_shape)
    y = np.ones(y_shape)

    with pytest.raises(
        ValueError, match=re.escape(f"x has shape {x_shape} and y {y_shape}")
    ):
        fit(x, y, lr=0.1, iterations=1)


@both_loops
def test_a_flat_list_of_labels_is_refused(fit: Callable[..., Fit]) -> None:
    with pytest.raises(ValueError, match=re.escape("y (3,)")):
        fit([[1, 2, 3]], [0, 1, 0], lr=0.1, iterations=1)


@both_loops
@pytest.mark.parametrize("convert", [list, np.uint8, np.float32])
def test_every_number_type_gives_the_same_model(
    fit: Callable[..., Fit], convert: Any
) -> None:
    """One image, x = 1, with label 1: a is 1/2, so w and b become 3 (1 - 1/2)."""
    trained = fit(convert([[1]]), convert([[1]]), lr=3, iterations=1)

    assert trained.w == [[1.5]]
    assert trained.b == 1.5
