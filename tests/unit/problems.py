"""Small classification problems for the tests of the model."""

import numpy as np

from birds.model.logistic import Array


def problem(m: int, d: int, seed: int) -> tuple[Array, Array]:
    """Create x (d, m) and y (1, m) of overlapping classes, with both labels present."""
    random = np.random.default_rng(seed)
    y = np.arange(m)[None, :] % 2
    return random.random((d, m)) + 0.2 * y, y.astype(np.float64)
