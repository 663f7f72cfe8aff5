"""Logistic regression by full-batch gradient descent, from scratch, as the study teaches it.

Symbols: x (d, m) has one image a column, y (1, m) its labels 0 or 1; w (d, 1) and b are the weights and the bias.
The logits are z = wᵀx + b, and the model is a = sigmoid(z), the probability of label 1.

References
----------
V. N. Sichkar, Logistic Regression with Neural Network mindset, 2018, https://doi.org/10.5281/zenodo.1317904
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
SNAPSHOTS_MAX = 21


class Fit(NamedTuple):
    """A trained model, and the costs on the way to it.

    Attributes
    ----------
    w : ndarray of float64, shape (d, 1)
    b : float
    costs : dict of int to float
        The cost before the update of iterations 0, record_every, 2 * record_every, …
    snapshots : dict of int to (ndarray of float64, shape (d, 1); float)
        The weights and the bias before the updates of some iterations.
    """

    w: Array
    b: float
    costs: dict[int, float]
    snapshots: dict[int, tuple[Array, float]]


def sigmoid(z: npt.ArrayLike) -> Array:
    """Compute 1 / (1 + exp(-z)).

    Parameters
    ----------
    z : array_like
        Logits, of any shape and size; infinities are allowed.

    Returns
    -------
    ndarray of float64, the shape of `z`
        In [0, 1].

    Notes
    -----
    Where exp(-z) overflows to infinity, the result is 0, within 1e-308 of the true value.
    """
    with np.errstate(over="ignore"):
        a: Array = 1 / (1 + np.exp(-np.asarray(z, np.float64)))
    return a


def logits(w: Floats, b: float | Floats, x: Array) -> Array:
    """Compute z = wᵀx + b.

    Parameters
    ----------
    w : ndarray, shape (d, 1)
    b : float
    x : ndarray of float64, shape (d, m)

    Returns
    -------
    ndarray of float64, shape (1, m)
    """
    return w.T @ x + b


def cost(z: Array, y: Array) -> float:
    """Compute the mean binary cross-entropy from the logits.

    Parameters
    ----------
    z : ndarray of float64
        Logits.
    y : ndarray of the same shape
        Labels, 0 or 1.

    Returns
    -------
    float
        In nats per image; finite for every finite z.

    Notes
    -----
    With a = sigmoid(z), the textbook form -y log a - (1 - y) log(1 - a) is log(1 + exp(z)) - y z. The latter never
    takes the logarithm of 0, as the textbook form does when a rounds to 0 or 1. Each term is divided by m before the
    sum, which therefore cannot overflow. The sum is rounded only once, so that its last bits hardly depend on the
    machine.
    """
    return math.fsum(np.ravel(np.logaddexp(0, z) - y * z) / z.size)


def gradient(x: Array, z: Array, y: Array) -> tuple[Array, float]:
    """Compute the gradient of the cost with respect to w and b.

    Parameters
    ----------
    x : ndarray of float64, shape (d, m)
    z : ndarray of float64, shape (1, m)
        Logits of `x`.
    y : ndarray, shape (1, m)
        Labels, 0 or 1.

    Returns
    -------
    dw : ndarray of float64, shape (d, 1)
        x (a - y)ᵀ / m, with a = sigmoid(z).
    db : float
        mean(a - y).
    """
    residual = sigmoid(z) - y
    return x @ residual.T / residual.size, float(residual.mean())


def snapshot_iterations(iterations: int, record_every: int = RECORD_EVERY) -> range:
    """Choose the iterations of which to keep a snapshot, evenly spaced.

    Parameters
    ----------
    iterations, record_every : int
        As in `fit`.

    Returns
    -------
    range
        Of iterations whose cost is recorded; with the final weights, they give at most `SNAPSHOTS_MAX` snapshots.
    """
    n_recorded = math.ceil(iterations / record_every)
    return range(0, iterations, record_every * max(1, math.ceil(n_recorded / (SNAPSHOTS_MAX - 1))))


def fit(
    x: Array,
    y: Array,
    *,
    lr: float,
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
    snapshots_at: Container[int] = (),
) -> Fit:
    """Train by full-batch gradient descent from w = 0, b = 0.

    Each iteration computes w ← w - lr dw and b ← b - lr db, with the gradient dw, db of `gradient`.
    `birds.model.gram_descent.fit` computes the same iterates many times faster; the stages use that.

    Parameters
    ----------
    x : ndarray of float64, shape (d, m)
    y : ndarray, shape (1, m)
        Labels, 0 or 1.
    lr : float
        Learning rate, above 0.
    iterations : int
        Number of updates.
    record_every : int
        The cost is recorded at iterations 0, record_every, 2 * record_every, …, before their updates.
    on_record : callable, optional
        Called with the iteration and its cost as each is recorded.
    snapshots_at : container of int
        The iterations before whose updates a snapshot of the weights and the bias is kept.

    Returns
    -------
    Fit
    """
    w, b, costs, snapshots = np.zeros((len(x), 1)), 0.0, {}, {}
    for i in range(iterations):
        z = logits(w, b, x)
        if i % record_every == 0:
            costs[i] = cost(z, y)
            if on_record:
                on_record(i, costs[i])
        if i in snapshots_at:
            snapshots[i] = w, b
        dw, db = gradient(x, z, y)
        w, b = w - lr * dw, b - lr * db
    return Fit(w, b, costs, snapshots)


def predict_proba(w: Floats, b: float | Floats, x: Array) -> Array:
    """Compute the probability of label 1, sigmoid(wᵀx + b).

    Parameters
    ----------
    w, b, x
        As in `logits`.

    Returns
    -------
    ndarray of float64, shape (1, m)
    """
    return sigmoid(logits(w, b, x))


def predict(w: Floats, b: float | Floats, x: Array) -> npt.NDArray[np.uint8]:
    """Predict the label of each image.

    Parameters
    ----------
    w, b, x
        As in `logits`.

    Returns
    -------
    ndarray of uint8, shape (1, m)
    """
    return decide(predict_proba(w, b, x))


def decide(probability: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Decide for label 1 where its probability is at least one half, and for 0 elsewhere.

    Parameters
    ----------
    probability : array_like

    Returns
    -------
    ndarray of uint8, the shape of `probability`
    """
    return (np.asarray(probability) >= 0.5).astype(np.uint8)
