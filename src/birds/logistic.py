"""Logistic regression by full-batch gradient descent, from scratch.

Symbols: x (d, m) has an image a column, y (1, m) its labels 0 or 1; w (d, 1) and b are the weights and the bias.
The logits are z = wᵀx + b and the model is a = sigmoid(z), the probability of label 1.

References
----------
V. N. Sichkar, Logistic Regression with Neural Network mindset, 2018, https://doi.org/10.5281/zenodo.1317904
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.linalg import norm

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
OnRecord = Callable[[int, float], None]
GramOperator = Callable[[Array], Array]

RECORD_EVERY = 100

BASIS_MAX = 64  # directions; more would make each iteration dearer than the products they save
CARRIED_MAX = 1e-12  # of the residual: far above what rounding alone leaves outside of the basis


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
    Where exp(-z) overflows to infinity, the result is 0, within 1e-308 of the true one: nothing to warn of.
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
        In nats; finite for every finite z.

    Notes
    -----
    -y log a - (1 - y) log(1 - a), with a = sigmoid(z), is log(1 + exp(z)) - y z. Written with the logits it never
    takes the logarithm of 0, as the textbook form does when a rounds to 0 or 1. Each image's share of the mean is
    taken before the sum, which therefore cannot overflow, and the sum is rounded once, so that the last bits say
    little about the machine.
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


def gram_operator(x: Array) -> GramOperator:
    """Give the function that multiplies by K = xᵀx + 1, the Gram matrix of the images, each with a 1 for the bias.

    Parameters
    ----------
    x : ndarray of float64, shape (d, m)

    Returns
    -------
    callable
        From q (m,) to K q (m,).

    Notes
    -----
    With fewer images than features, K is smaller than x and is computed once: a product then reads m² numbers.
    Otherwise K could be far larger than x, and a product is xᵀ(x q) + Σ q, which reads 2 d m.

    K is kept in parts. With the mean image μ (d, 1), the rest c = x - μ1ᵀ and u = cᵀμ, it is
    cᵀc + u1ᵀ + 1uᵀ + (μᵀμ + 1) 11ᵀ. What all images share makes K's entries large and cancels in its products with
    residuals, and the digits of cᵀc would go with it.
    """
    d, m = x.shape
    if m >= d:
        return lambda q: (x @ q) @ x + q.sum()
    mean = x.mean(axis=1)
    centred = x - mean[:, None]
    gram, u, shared = centred.T @ centred, mean @ centred, mean @ mean + 1
    return lambda q: gram @ q + u * q.sum() + (u @ q + shared * q.sum())


def fit(
    x: Array,
    y: npt.ArrayLike,
    *,
    lr: float,
    iterations: int,
    gram: GramOperator | None = None,
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
        Learning rate, above 0; the logits overflow at rates near the largest float64.
    iterations : int
        Number of updates.
    gram : callable, optional
        The `gram_operator` of `x`, for several fits of the same images; computed where it is not given.
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
    reads x twice for that, once for the logits and once for the gradient, and spends its time there. Here, the same
    iterates, but for the last bits of float64, come from about a hundred products with the Gram matrix in all.

    With the residual r = a - y, an update is w ← w - (lr / m) x r, b ← b - (lr / m) Σ r. So it moves the logits by
    -(lr / m) K r, where K = xᵀx + 1 is the Gram matrix of the images, each with a 1 for the bias. The residuals
    change slowly and smoothly: those of thousands of iterations lie, to rounding, in some hundred dimensions. An
    orthonormal basis Q of them is kept (by Gram-Schmidt, twice), and K Q beside it. The part of r in its span,
    Q (Qᵀr), moves the logits by K Q (Qᵀr), for which K is not needed. The rest, e = r - Q (Qᵀr), is never dropped:
    while it is tiny, it is carried over and added to the next residual; once it is more than `CARRIED_MAX` of it, its
    direction joins the basis, and for K e alone K is. So the logits are at any time off by (lr / m) K e with the
    one e that is carried, however many iterations there were. At the end, w = -(lr / m) x s and b = -(lr / m) Σ s,
    with the sum s of all residuals.

    A basis of n directions costs 3 n m multiplications an iteration, the textbook loop 2 d m. A full basis starts
    again from nothing, so that no learning rate makes a fit much slower than the textbook loop.
    """
    x, labels = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.ndim != 2 or labels.shape != (1, x.shape[-1]) or x.size == 0:
        raise ValueError(f"x has shape {x.shape} and y {labels.shape}; they must be (d, m) and (1, m), with d, m >= 1")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr is {lr}; it must be above 0 and finite")
    if iterations < 0 or record_every < 1:
        raise ValueError(f"iterations is {iterations} and record_every {record_every}; at least 0 and 1 are needed")

    m = x.shape[1]
    step = -lr / m
    gram = gram or gram_operator(x)
    z, carried, residual_sum = np.zeros(m), np.zeros(m), np.zeros(m)
    basis, gram_basis, n = np.empty((BASIS_MAX, m)), np.empty((BASIS_MAX, m)), 0  # a direction q a row, and its K q
    costs = []
    for i in range(iterations):
        if i % record_every == 0:
            costs.append(cost(z, labels[0]))
            if on_record:
                on_record(i, costs[-1])
        residual = sigmoid(z) - labels[0]
        residual_sum += residual
        residual += carried
        coefficients = basis[:n] @ residual
        carried = residual - coefficients @ basis[:n]
        z += step * (coefficients @ gram_basis[:n])
        if norm(carried) > CARRIED_MAX * norm(residual):
            if n == BASIS_MAX:
                n = 0
            rest = carried - (basis[:n] @ carried) @ basis[:n]  # orthogonal now: the first time, rounding spoiled it
            carried -= rest
            size = norm(rest)
            q = basis[n] = rest / size
            gram_basis[n] = gram(q)
            z += step * size * gram_basis[n]
            n += 1
    return Fit(step * (x @ residual_sum)[:, None], step * float(residual_sum.sum()), np.array(costs))
