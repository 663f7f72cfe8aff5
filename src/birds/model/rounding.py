"""Round the results, so that every machine writes the same bytes.

The last bits of float64 results differ between machines: the processor's BLAS kernel,
the number of threads and the vector instructions determine the order of summation. So
every value written is either exact (an integer, or the result of a few correctly
rounded operations on integers) or rounded here: far above that noise, and far below
what matters. Later stages compute from the written values.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

COST_DECIMALS = 12
WEIGHT_BITS = 24
SCORE_DECIMALS = 9


def weights(w: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round weights, or a bias, to multiples of 2 ** -`WEIGHT_BITS`, in float32.

    Float32 alone is not enough: its steps shrink with the value, and would be as fine
    as the noise for small weights.
    """
    step = 2.0**-WEIGHT_BITS
    return np.asarray(np.rint(np.asarray(w) / step) * step, np.float32)


def probabilities(a: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Round probabilities to float32."""
    return a.astype(np.float32)


def costs(by_iteration: Mapping[int, float]) -> dict[int, str]:
    """Format the cost of each iteration with `COST_DECIMALS` decimals."""
    return {
        iteration: f"{cost:.{COST_DECIMALS}f}"
        for iteration, cost in by_iteration.items()
    }


def score(value: float) -> float:
    """Round a score that is a sum of floats to `SCORE_DECIMALS` decimals."""
    return round(value, SCORE_DECIMALS)


def as_text(row: Iterable[float | str]) -> list[str]:
    """Format floats with `SCORE_DECIMALS` decimals, and ints and text as they are."""
    return [
        f"{value:.{SCORE_DECIMALS}f}" if isinstance(value, float) else str(value)
        for value in row
    ]
