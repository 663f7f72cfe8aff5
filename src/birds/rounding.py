"""How precisely results are written, so that every machine writes the same bytes.

Float64 results differ between machines in their last bits: the processor's BLAS kernel, the number of threads and the
vector instructions set the order of the sums. So everything that is written is either exact (integers, or one
correctly rounded operation on them) or rounded here: far above that noise, and far below what matters. Later stages
compute from what was written.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

COST_DECIMALS = 12
WEIGHT_BITS = 24
SCORE_DECIMALS = 9


def weights(w: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round weights, or a bias, to multiples of 2 ** -`WEIGHT_BITS`, in float32.

    Float32 alone would round the smallest weights as finely as the noise, since its steps shrink with the value.
    """
    step = 2.0**-WEIGHT_BITS
    return np.asarray(np.rint(np.asarray(w) / step) * step, np.float32)


def probabilities(a: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Round probabilities to float32."""
    return a.astype(np.float32)


def costs(by_iteration: Mapping[int, float]) -> dict[int, str]:
    """Write the cost of each iteration with `COST_DECIMALS`."""
    return {iteration: f"{cost:.{COST_DECIMALS}f}" for iteration, cost in by_iteration.items()}


def scores(values: dict[str, Any]) -> dict[str, Any]:
    """Round those of `birds.evaluation.metrics.scores` that are sums of floats to `SCORE_DECIMALS`."""
    return values | {name: round(values[name], SCORE_DECIMALS) for name in ("log_loss", "brier")}


def decimals(row: Iterable[float]) -> list[str]:
    """Write floats with `SCORE_DECIMALS`, and ints as they are."""
    return [f"{value:.{SCORE_DECIMALS}f}" if isinstance(value, float) else str(value) for value in row]
