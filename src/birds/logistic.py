"""Logistic regression by full-batch gradient descent, from scratch.

Symbols: x (d, m) has an image a column, y (1, m) its labels 0 or 1; w (d, 1) and b are the weights and the bias.
The logits are z = wᵀx + b and the model is a = sigmoid(z), the probability of label 1.

References
----------
V. N. Sichkar, Logistic Regression with Neural Network mindset, 2018, https://doi.org/10.5281/zenodo.1317904
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
OnRecord = Callable[[int, float], None]
Record = Callable[[list[float], int, Array], None]

RECORD_EVERY = 100
LR_MAX = 1e30  # far beyond use, and small enough that no logit and no float32 weight overflows

_BLOCK_BYTES = 8 * 2**20  # a part of the last level of cache that any desktop has


class Fit(NamedTuple):
    """A trained model and how it got there.

    Attributes
    ----------
    w : ndarray of float64, shape (d, 1)
    b : float
    costs : ndarray of float64, shape (ceil(iterations / record_every),)
        The cost before the update of iterations 0, record_every, 2 * record_every, …
    """

    w: Array
    b: float
    costs: Array


def sigmoid(z: npt.ArrayLike) -> Array:
    """Compute 1 / (1 + exp(-z)) without overflow.

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
    For z < 0 the equal form exp(z) / (1 + exp(z)) is used, so that exp never sees a positive number.
    """
    z = np.asarray(z, np.float64)
    e = np.exp(-np.abs(z))
    a: Array = np.where(z < 0, e, 1.0) / (1 + e)
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
        In nats; finite for every finite z.

    Notes
    -----
    -y log a - (1 - y) log(1 - a), with a = sigmoid(z), is log(1 + exp(z)) - y z. Written with the logits it never
    takes the logarithm of 0, as the textbook form does when a rounds to 0 or 1. Each image's share of the mean is
    taken before the sum, which therefore cannot overflow.
    """
    return float(np.sum((np.logaddexp(0, z) - y * z) / z.size))


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


def predict_proba(w: Floats, b: float | Floats, x: Array) -> Array:
    """Compute the probability of label 1, sigmoid(wᵀx + b).

    Parameters
    ----------
    w : ndarray, shape (d, 1)
    b : float
    x : ndarray of float64, shape (d, m)

    Returns
    -------
    ndarray of float64, shape (1, m)
    """
    return sigmoid(logits(w, b, x))


def predict(probability: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Predict 1 where the probability is at least one half, 0 elsewhere.

    Parameters
    ----------
    probability : array_like

    Returns
    -------
    ndarray of uint8, the shape of `probability`
    """
    return (np.asarray(probability) >= 0.5).astype(np.uint8)


def fit(
    x: Array,
    y: npt.ArrayLike,
    *,
    lr: float,
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
) -> Fit:
    """Train by full-batch gradient descent from w = 0, b = 0.

    Parameters
    ----------
    x : ndarray of float64, shape (d, m)
    y : array_like, shape (1, m)
        Labels, 0 or 1.
    lr : float
        Learning rate, above 0 and at most `LR_MAX`.
    iterations : int
        Number of updates.
    record_every : int
        The cost is recorded at iterations 0, record_every, 2 * record_every, …, before their updates.
    on_record : callable, optional
        Called with the iteration and its cost as each is recorded.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the shapes do not fit, or `lr`, `iterations` or `record_every` is out of range.

    Notes
    -----
    Each iteration computes w ← w - lr dw, b ← b - lr db with the gradient dw, db of `gradient`. The textbook loop
    reads x twice an iteration, once for the logits and once for the gradient, and spends its time on that. The same
    iterates are computed here in the cheaper of two forms: `_fit_by_gram` reads m² / 2 numbers an iteration,
    `_fit_by_blocks` d m. The results differ from the textbook loop's in the last bits of float64 alone.
    """
    return fit_each(x, y, lrs=[lr], iterations=iterations, record_every=record_every, on_record=on_record)[0]


def fit_each(
    x: Array,
    y: npt.ArrayLike,
    *,
    lrs: Sequence[float],
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
) -> list[Fit]:
    """Train once with each of several learning rates, sharing what they have in common; see `fit`."""
    y = np.asarray(y, np.float64)
    if x.ndim != 2 or y.shape != (1, x.shape[1]) or x.size == 0:
        raise ValueError(f"x has shape {x.shape} and y {y.shape}; they must be (d, m) and (1, m), with d, m >= 1")
    for lr in lrs:
        if not 0 < lr <= LR_MAX:
            raise ValueError(f"lr is {lr}; it must be above 0 and at most {LR_MAX}")
    if iterations < 0 or record_every < 1:
        raise ValueError(f"iterations is {iterations} and record_every {record_every}; at least 0 and 1 are needed")

    def record(costs: list[float], iteration: int, z: Array) -> None:
        if iteration % record_every == 0:
            costs.append(cost(z, y[0]))
            if on_record:
                on_record(iteration, costs[-1])

    d, m = x.shape
    fit_by = _fit_by_gram if m <= 2 * d else _fit_by_blocks
    return fit_by(np.asfortranarray(x, np.float64), y[0], lrs, iterations, record)


def _fit_by_gram(x: Array, y: Array, lrs: Sequence[float], iterations: int, record: Record) -> list[Fit]:
    """Descend on the logits, by the Gram matrix of the images.

    With the residual r = a - y, an update is w ← w - (lr / m) x r and b ← b - (lr / m) Σ r. So the logits
    z = xᵀw + b change by -(lr / m) (xᵀx r + Σ r), for which the Gram matrix xᵀx (m, m) is enough. It is symmetric, so
    one triangle of it is computed, once, and read, once an iteration. Since w starts at 0, it is in the end
    -(lr / m) x R, where R is the sum of all residuals, and b is -(lr / m) Σ R.
    """
    from scipy.linalg import blas  # here, since it takes long to import and only training needs it

    m = len(y)
    gram = blas.dsyrk(1, x, trans=1, lower=1)
    fits = []
    for lr in lrs:
        step = -lr / m
        z, residual_sum, costs = np.zeros(m), np.zeros(m), list[float]()
        for i in range(iterations):
            record(costs, i, z)
            residual = sigmoid(z) - y
            residual_sum += residual
            z = blas.dsymv(step, gram, residual, beta=1, y=z, overwrite_y=1, lower=1)
            z += step * residual.sum()
        fits.append(Fit(step * (x @ residual_sum)[:, None], step * float(residual_sum.sum()), np.array(costs)))
    return fits


def _fit_by_blocks(x: Array, y: Array, lrs: Sequence[float], iterations: int, record: Record) -> list[Fit]:
    """Descend on the weights, by blocks of images that stay in the cache.

    The logits of a block are followed at once by its share of the gradient, for every learning rate, so that x is
    read from memory once an iteration. Every other iteration goes through the blocks backwards, since the last ones
    are in the cache still.
    """
    d, m = x.shape
    n_lrs, size = len(lrs), max(1, _BLOCK_BYTES // x[:, 0].nbytes)
    blocks = [slice(start, start + size) for start in range(0, m, size)]
    step = -np.array(lrs) / m
    w, b, z = np.zeros((n_lrs, d)), np.zeros(n_lrs), np.zeros((n_lrs, m))
    costs: list[list[float]] = [[] for _ in lrs]
    for i in range(iterations):
        dw, db = np.zeros_like(w), np.zeros_like(b)
        for block in blocks:
            for n in range(n_lrs):
                z[n, block] = w[n] @ x[:, block] + b[n]
                residual = sigmoid(z[n, block]) - y[block]
                dw[n] += x[:, block] @ residual
                db[n] += residual.sum()
        for n in range(n_lrs):
            record(costs[n], i, z[n])
        w += step[:, None] * dw
        b += step * db
        blocks.reverse()
    return [Fit(w[n][:, None], float(b[n]), np.array(costs[n])) for n in range(n_lrs)]
