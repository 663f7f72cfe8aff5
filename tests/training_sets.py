"""Small training sets for the tests of the model."""

import numpy as np

from birds.model.logistic import Array


def overlapping_classes(m: int, d: int) -> tuple[Array, Array]:
    """Create x (d, m) and y (1, m). No plane separates the labels 0, 1, 0, 1, …"""
    y = np.arange(m)[None, :] % 2
    x = np.random.default_rng(1).random((d, m)) + 0.2 * y
    return x, y.astype(np.float64)
