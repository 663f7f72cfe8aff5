"""Gradient descent on the Gram matrix: the iterates of `birds.model.logistic.fit`, many times faster.

The textbook loop reads x twice per iteration, once for the logits and once for the gradient, and spends its time there.
This module needs only about a hundred products with the Gram matrix K = xᵀx + 1 of the images, each extended by a 1 for
the bias. The iterates are the same, except for the last bits of float64.

Invariant: before each update, the logits of the textbook loop are z - (lr / m) K e. Here z are the logits in `_fit`,
and e is the part of the residuals that is carried over. The norm of e is at most `CARRIED_MAX` times the norm of the
last residual.
"""

import math
from collections.abc import Callable, Container, Sequence

import numpy as np
from numpy.linalg import norm

from birds.model.logistic import RECORD_EVERY, Array, Fit, OnRecord, cost, sigmoid

GramOperator = Callable[[Array], Array]

BASIS_MAX = 64  # directions; more would cost more per iteration than they save in products
CARRIED_MAX = 1e-12  # relative to the residual: far above what rounding alone leaves outside the basis


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

    Parameters
    ----------
    x, y, lr, iterations, record_every, on_record, snapshots_at
        See `birds.model.logistic.fit`. The logits overflow at learning rates near the largest float64.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If the shapes do not match, or `lr`, `iterations` or `record_every` is out of range.

    Notes
    -----
    With the residual r = a - y, an update is w ← w - (lr / m) x r, b ← b - (lr / m) Σ r. It moves the logits by
    -(lr / m) K r. The residuals change slowly and smoothly: up to rounding, all residuals of thousands of iterations
    lie in a space of about a hundred dimensions. So `fit` keeps an orthonormal basis Q of the residuals (by
    Gram-Schmidt, twice), and K Q.

    The part of r in the span of Q is Q (Qᵀr). It moves the logits by -(lr / m) K Q (Qᵀr), which needs no product with
    K. The rest, e = r - Q (Qᵀr), is never dropped. While e is tiny, it is carried over and added to the next residual.
    Once e exceeds `CARRIED_MAX`, its direction joins the basis, and only then is a product with K needed. So the logits
    are always off by (lr / m) K e for a single e, no matter how many iterations have passed. At the end, and for each
    snapshot, w = -(lr / m) x s and b = -(lr / m) Σ s, where s is the sum of the residuals so far.

    A basis of n directions costs 3 n m multiplications per iteration; the textbook loop costs 2 d m. A full basis is
    emptied, so no learning rate makes this much slower than the textbook loop.
    """
    (result,) = fit_each(
        x,
        y,
        lrs=[lr],
        iterations=iterations,
        record_every=record_every,
        on_record=on_record,
        snapshots_at=snapshots_at,
    )
    return result


def fit_each(
    x: Array,
    y: Array,
    *,
    lrs: Sequence[float],
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
    snapshots_at: Container[int] = (),
) -> list[Fit]:
    """Train like `fit` for each learning rate, but compute the Gram matrix only once.

    Parameters
    ----------
    lrs : sequence of float
    x, y, iterations, record_every, on_record, snapshots_at
        See `fit`.

    Returns
    -------
    list of Fit
    """
    x, labels = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.ndim != 2 or labels.shape != (1, x.shape[-1]) or x.size == 0:
        raise ValueError(f"x has shape {x.shape} and y {labels.shape}; they must be (d, m) and (1, m), with d, m >= 1")
    if not all(0 < lr < math.inf for lr in lrs):
        raise ValueError(f"lr is {lrs}; it must be above 0 and finite")
    if iterations < 0 or record_every < 1:
        raise ValueError(f"iterations is {iterations} and record_every {record_every}; they must be at least 0 and 1")
    gram = gram_operator(x)
    return [_fit(x, labels[0], gram, lr, iterations, record_every, on_record, snapshots_at) for lr in lrs]


def _fit(
    x: Array,
    labels: Array,
    gram: GramOperator,
    lr: float,
    iterations: int,
    record_every: int,
    on_record: OnRecord | None,
    snapshots_at: Container[int],
) -> Fit:
    m = x.shape[1]
    step = -lr / m
    z, carried, residual_sum = np.zeros(m), np.zeros(m), np.zeros(m)
    basis, gram_basis, n = np.empty((BASIS_MAX, m)), np.empty((BASIS_MAX, m)), 0  # rows: directions q, and K q for each
    costs, residual_sums = {}, {}
    for i in range(iterations):
        if i % record_every == 0:
            costs[i] = cost(z, labels)
            if on_record:
                on_record(i, costs[i])
        if i in snapshots_at:
            residual_sums[i] = residual_sum.copy()
        residual = sigmoid(z) - labels
        residual_sum += residual
        residual += carried
        coefficients = basis[:n] @ residual
        carried = residual - coefficients @ basis[:n]
        z += step * (coefficients @ gram_basis[:n])
        if carried @ carried > CARRIED_MAX**2 * (residual @ residual):
            if n == BASIS_MAX:
                n = 0
            rest = carried - (basis[:n] @ carried) @ basis[:n]  # again: after one pass, rounding errors remain
            carried -= rest
            size = norm(rest)
            q = basis[n] = rest / size
            gram_basis[n] = gram(q)
            z += step * size * gram_basis[n]
            n += 1
    sums = np.transpose([*residual_sums.values(), residual_sum])
    w, b = step * (x @ sums), step * sums.sum(axis=0)
    snapshots = {i: (w[:, [n]], float(b[n])) for n, i in enumerate(residual_sums)}
    return Fit(w[:, [-1]], float(b[-1]), costs, snapshots)


def gram_operator(x: Array) -> GramOperator:
    """Return a function that multiplies by the Gram matrix K = xᵀx + 1.

    Parameters
    ----------
    x : ndarray of float64, shape (d, m)

    Returns
    -------
    callable
        Maps q (m,) to K q (m,).

    Notes
    -----
    With fewer images than features, K is smaller than x and is computed once. Each product then reads m² numbers.
    Otherwise, K could be far larger than x. Each product is then xᵀ(x q) + Σ q, which reads 2 d m numbers.

    K is kept in parts. With the mean image μ (d, 1), c = x - μ1ᵀ and u = cᵀμ, K is
    cᵀc + u1ᵀ + 1uᵀ + (μᵀμ + 1) 11ᵀ. The terms with μ make the entries of K large, but cancel in products with
    residuals. If K were a single matrix, this cancellation would lose digits of cᵀc.
    """
    d, m = x.shape
    if m >= d:
        return lambda q: (x @ q) @ x + q.sum()
    mean = x.mean(axis=1)
    centred = x - mean[:, None]
    gram, u, shared = centred.T @ centred, mean @ centred, mean @ mean + 1
    return lambda q: gram @ q + u * q.sum() + (u @ q + shared * q.sum())
