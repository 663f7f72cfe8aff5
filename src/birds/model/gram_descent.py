"""Gradient descent on the Gram matrix: the iterates of `logistic.fit`, much faster.

Three ideas lead from the textbook loop to `fit`. The numbers are multiplications per
iteration in the tutorial's case: d = 3,072 features, m = 1,900 images, learning rate
0.005. The textbook loop multiplies by x twice, for the logits and for the gradient:
2 d m = 11.7 million.

1. Work with logits. With the residuals r = a - y, an update is w ← w - (lr / m) x r and
   b ← b - (lr / m) Σ r. It moves the logits by -(lr / m) K r, where K = xᵀx + 1 is the
   Gram matrix of the images, each extended by a 1 for the bias. So the loop needs only
   K. At the end, w and b follow from the sum of all residuals. This takes m² = 3.6
   million.

2. Residuals repeat themselves. They change slowly: each is nearly a combination of
   earlier ones. So keep an orthonormal basis Q of the residuals, and K Q. The part of r
   in the span of Q is Q (Qᵀr). It moves the logits by -(lr / m) K Q (Qᵀr), without a
   product with K. Only a residual that leaves the span adds a direction to Q, with one
   product K q: 113 of 2,000 residuals do. This takes 0.2 million for the products, and
   3 n m, at most 0.4 million, for n directions.

3. Nothing is dropped. A rest e = r - Q (Qᵀr) that adds no direction is tiny, but
   thousands of rests could add up. So e is carried over: it is added to the next
   residual.

Invariant: at the start of every iteration, z = -(lr / m) K (s - e), with s the sum of
the residuals so far. Each iteration adds r to s, and moves z by all of r + e that it
does not carry over. So the invariant holds for any basis, orthonormal or not, emptied
or not: only e, and never a sum of rests, separates z from the logits of w and b. The
basis only determines how often K is needed. With fewer than about 100 features, the
textbook loop can be faster.
"""

from collections.abc import Container

import numpy as np
import numpy.typing as npt

from birds.model.logistic import (
    RECORD_EVERY,
    Array,
    Fit,
    OnRecord,
    as_arrays,
    cost,
    sigmoid,
)

# Directions in the basis. More would cost more than they save in products.
BASIS_MAX = 64
# Relative to the residual. Rounding alone leaves far less outside the span.
CARRIED_MAX = 1e-12


class Gram:
    """The Gram matrix K = xᵀx + 1 of the images x (d, m). ``Gram(x) @ q`` is K q.

    Notes
    -----
    With fewer images than features, K is smaller than x and is computed once.
    Otherwise, K could be far larger than x, so each product is xᵀ(x q) + Σ q.

    K is kept in parts. With the mean image μ (d, 1), c = x - μ1ᵀ and u = cᵀμ, K is
    cᵀc + u1ᵀ + 1uᵀ + (μᵀμ + 1) 11ᵀ. The terms with μ make the entries of K large, but
    cancel in products with residuals. In a single matrix, this cancellation would lose
    digits of cᵀc.
    """

    def __init__(self, x: Array) -> None:
        self.x = x
        self.is_computed = x.shape[1] < x.shape[0]
        if self.is_computed:
            mean = x.mean(axis=1)
            centred = x - mean[:, None]
            self.centred_gram = centred.T @ centred
            self.u = mean @ centred
            self.constant = mean @ mean + 1

    def __matmul__(self, q: Array) -> Array:
        total = q.sum()
        product: Array
        if self.is_computed:
            of_mean = self.u @ q + self.constant * total
            product = self.centred_gram @ q + self.u * total + of_mean
        else:
            product = (self.x @ q) @ self.x + total
        return product


def fit(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    lr: float,
    iterations: int,
    record_every: int = RECORD_EVERY,
    on_record: OnRecord | None = None,
    snapshots_at: Container[int] = (),
    gram: Gram | None = None,
) -> Fit:
    """Train by full-batch gradient descent from w = 0, b = 0.

    Parameters
    ----------
    x, y, lr, iterations, record_every, on_record, snapshots_at
        See `birds.model.logistic.fit`. If `lr` is near the largest float64, the logits
        overflow.
    gram : Gram, optional
        ``Gram(x)``, to share it between several learning rates.
    """
    x, y = as_arrays(x, y)
    gram = gram or Gram(x)
    labels = y[0]
    step = -lr / len(labels)
    z = np.zeros_like(labels)  # the logits
    s = np.zeros_like(labels)  # the sum of the residuals so far
    e = np.zeros_like(labels)  # the part of the residuals that is carried over
    basis = np.empty((BASIS_MAX, len(labels)))  # its first n rows are directions q
    gram_basis = np.empty_like(basis)  # K q for each
    n = 0
    costs = {}
    sums = {}
    for i in range(iterations):
        # Record the state before the update.
        if i % record_every == 0:
            costs[i] = cost(z, labels)
            if on_record:
                on_record(i, costs[i])
        if i in snapshots_at:
            sums[i] = s.copy()
        # Compute the residuals. Add what is carried over.
        r = sigmoid(z) - labels
        s += r
        r += e
        # Move the logits by the part of r in the span of the basis. Carry e over.
        coefficients = basis[:n] @ r
        e = r - coefficients @ basis[:n]
        z += step * (coefficients @ gram_basis[:n])
        # If e is not tiny, add its direction to the basis, and move the logits.
        if e @ e > CARRIED_MAX**2 * (r @ r):
            if n == BASIS_MAX:
                n = 0  # the basis is full: start it again
            # Project again: rounding errors of the first projection are large beside a
            # small e. Twice is enough: L. Giraud et al., Numerische Mathematik 101,
            # 2005, pp. 87-100.
            outside = e - (basis[:n] @ e) @ basis[:n]
            e -= outside
            size = np.linalg.norm(outside)
            basis[n] = outside / size
            gram_basis[n] = gram @ basis[n]
            z += step * size * gram_basis[n]
            n += 1

    # Compute the weights and the bias from the sums of the residuals.
    sums[iterations] = s
    columns = np.transpose(list(sums.values()))
    w = step * (x @ columns)
    b = step * columns.sum(axis=0)
    models = {}
    for column, i in enumerate(sums):
        models[i] = w[:, [column]], float(b[column])  # [column] keeps w a (d, 1)
    last_w, last_b = models.pop(iterations)
    return Fit(last_w, last_b, costs, models)
