"""Both implementations of gradient descent reproduce the published results without the pipeline."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from birds.evaluation import metrics
from birds.model import gram_descent, logistic
from birds.model.logistic import RECORD_EVERY, Array, Fit


@pytest.mark.parametrize(
    ("fit", "iterations"),
    [(gram_descent.fit, 2000), (logistic.fit, 200), pytest.param(logistic.fit, 2000, marks=pytest.mark.slow)],
    ids=["gram", "textbook", "whole textbook"],
)
def test_all_published_costs_are_reproduced(
    cifar10_train: tuple[Array, Array], published: Any, fit: Callable[..., Fit], iterations: int
) -> None:
    training = published["training"]
    trained = fit(*cifar10_train, lr=training["lr"], iterations=iterations)
    expected = training["costs"][: iterations // RECORD_EVERY]
    np.testing.assert_allclose([*trained.costs.values()], expected, rtol=0, atol=1e-14)
    if iterations == training["iterations"]:
        predicted = logistic.predict(trained.w, trained.b, cifar10_train[0])
        assert metrics.accuracy(cifar10_train[1], predicted) == training["train_accuracy"]
