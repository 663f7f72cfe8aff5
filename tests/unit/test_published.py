"""Both implementations of gradient descent reproduce the published results without the pipeline."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from birds.evaluation import metrics
from birds.model import gram_descent, logistic
from birds.model.logistic import Array, Fit


@pytest.mark.parametrize("fit", [logistic.fit, gram_descent.fit], ids=["textbook", "gram"])
def test_all_published_costs_are_reproduced(
    cifar10_train: tuple[Array, Array], published: Any, fit: Callable[..., Fit]
) -> None:
    training = published["training"]
    trained = fit(*cifar10_train, lr=training["lr"], iterations=training["iterations"])
    np.testing.assert_allclose([*trained.costs.values()], training["costs"], rtol=0, atol=1e-14)
    predicted = logistic.predict(trained.w, trained.b, cifar10_train[0])
    assert metrics.accuracy(cifar10_train[1], predicted) == training["train_accuracy"]
