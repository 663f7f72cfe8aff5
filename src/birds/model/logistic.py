"""Logistic regression by full-batch gradient descent, as the tutorial teaches it.

Symbols, for m images with d features each, all float64 unless stated otherwise:

======  ======  ==========================================
x       (d, m)  one image per column
y       (1, m)  the labels, 0 or 1, of any dtype
w, b    (d, 1)  the weights; the bias is a number
z       (1, m)  the logits, wᵀx + b
a       (1, m)  the probabilities of label 1, sigmoid(z)
======  ======  ==========================================

References
----------
V. N. Sichkar, Logistic Regression with Neural Network mindset, 2018,
https://doi.org/10.5281/zenodo.1317904
"""

import math
from collections.abc import Callable, Container
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
OnRecord = Callable[[int, float], None]

RECORD_EVERY = 100
THRESHOLD = 0.5


class Fit(NamedTuple):
    """A trained model, with the costs and snapshots of its training.

    Attributes
    ----------
    w : ndarray of float64, shape (d, 1)
    b : float
    costs : dict of int to float
        The cost before the updates of iterations 0, record_every, 2 * record_every, …
    snapshots : dict of int to (ndarray of float64, shape (d, 1); float)
        The weights and the bias before the updates of the chosen iterations.
    """

    w: Array
    b: float
    costs: dict[int, float]
    snapshots: dict[int, tuple[Array, float]]


def sigmoid(z: npt.ArrayLike) -> Array:
    """Compute 1 / (1 + exp(-z)) for logits of any shape, even infinite ones.

    Where exp(-z) overflows to infinity, the result is 0, within 1e-308 of the value.
    """
    with np.errstate(over="ignore"):
        a: Array = 1 / (1 + np.exp(-np.asarray(z, np.float64)))
    return a


def logits(w: Floats, b: float | Floats, x: Array) -> Array:
    """Compute z = wᵀx + b."""
    return w.T @ x + b


def cost(z: Array, y: npt.NDArray[Any]) -> float:
    """Compute the mean binary cross-entropy in nats, from logits and labels.

    With a = sigmoid(z), the textbook form is -log a where y = 1, and -log(1 - a) where
    y = 0. It loses digits when a is close to 0 or 1, and takes the logarithm of 0 when
    a rounds to it. The equal form log(1 + exp(-z)) where y = 1, and log(1 + exp(z))
    where y = 0, does neither: it is correct to a few units in the last place, and
    finite for every finite z.

    Each term is divided by m before the summation, so the sum cannot overflow. The sum
    is rounded only once, so its last bits hardly depend on the machine.
    """
    against_label = np.where(y == 1, -z, z)
    terms = np.logaddexp(0, against_label) / z.size
    return math.fsum(terms.flat)


def gradient(x: Array, z: Array, y: Array) -> tuple[Array, float]:
    """Compute the gradient of the cost, from the logits z of x.

    Returns
    -------
    dw : ndarray of float64, shape (d, 1)
        x (a - y)ᵀ / m.
    db : float
        mean(a - y).
    """
    residual = sigmoid(z) - y
    dw = x @ residual.T / residual.size
    db = float(residual.mean())
    return dw, db


def as_arrays(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    """Convert x and y to float64. Raise ValueError if their shapes do not match."""
    x = np.asarray(x, np.float64)
    y = np.asarray(y, np.float64)
    if x.ndim != 2 or x.size == 0 or y.shape != (1, x.shape[1]):
        raise ValueError(
            f"x has shape {x.shape} and y {y.shape}; "
            "they must be (d, m) and (1, m), with at least one feature and one image"
        )
    return x, y


def fit(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    lr: float,
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
    snapshots_at: Container[int] = (),
) -> Fit:
    """Train by full-batch gradient descent from w = 0, b = 0.

    Each iteration computes w ← w - lr dw and b ← b - lr db, with dw and db from
    `gradient`. The stages use `birds.model.gram_descent.fit`, which computes the same
    iterates faster.

    Parameters
    ----------
    x, y : array_like
        Images of shape (d, m) and their labels of shape (1, m).
    lr : float
        Learning rate, above 0.
    iterations : int
        Number of updates.
    record_every : int
        The cost is recorded at iterations 0, record_every, 2 * record_every, …, before
        their updates.
    on_record : callable, optional
        Called with each recorded iteration and cost.
    snapshots_at : container of int
        The iterations before whose updates to keep a snapshot of the weights and the
        bias.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the shapes do not match, or there is no image.
    """
    x, y = as_arrays(x, y)
    w = np.zeros((len(x), 1))
    b = 0.0
    costs = {}
    snapshots = {}
    for i in range(iterations):
        z = logits(w, b, x)
        if i % record_every == 0:
            costs[i] = cost(z, y)
            if on_record:
                on_record(i, costs[i])
        if i in snapshots_at:
            snapshots[i] = w, b
        dw, db = gradient(x, z, y)
        w = w - lr * dw  # a new array, because a snapshot may hold the old one
        b = b - lr * db
    return Fit(w, b, costs, snapshots)


def predict_proba(w: Floats, b: float | Floats, x: Array) -> Array:
    """Compute a = sigmoid(wᵀx + b), the probability of label 1."""
    return sigmoid(logits(w, b, x))


def predict(w: Floats, b: float | Floats, x: Array) -> npt.NDArray[np.uint8]:
    """Predict the label of each image, as uint8."""
    return decide(predict_proba(w, b, x))


def decide(probability: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Choose label 1 where its probability is at least `THRESHOLD`, else 0, as uint8.

    The pipeline writes probabilities in float32. Each is rounded to float32 first, so
    that the decision is the same before and after it is written.
    """
    rounded = np.asarray(probability, np.float32)
    return (rounded >= THRESHOLD).astype(np.uint8)
