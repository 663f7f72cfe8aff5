"""How precisely results are written, so that every machine writes the same bytes.

Float64 results differ in their last bits from one machine to another: with the processor's BLAS kernel, the number
of threads and the vector instructions, since these set the order of the sums. So everything that is written is
either exact (integers, or one correctly rounded operation on them) or rounded here, far above that noise and far
below what matters; and later stages compute from what was written.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from birds.logistic import RECORD_EVERY, Array, Fit

COST_DECIMALS = 12
WEIGHT_BITS = 24
SCORE_DECIMALS = 9

Written = npt.NDArray[np.float32]


def weights(fit: Fit) -> tuple[Written, Written]:
    """Round a fit's weights (d, 1) and bias () to multiples of 2 ** -`WEIGHT_BITS`, in float32.

    Float32 alone would round the smallest weights as finely as the noise, since its steps shrink with the value.
    """
    step = 2.0**-WEIGHT_BITS
    return (np.rint(fit.w / step) * step).astype(np.float32), np.array(np.rint(fit.b / step) * step, np.float32)


def probabilities(a: Array) -> Written:
    """Round probabilities to float32."""
    return a.astype(np.float32)


def cost_rows(fit: Fit) -> Iterator[tuple[int, str]]:
    """Yield each recorded iteration with its cost, rounded to `COST_DECIMALS`."""
    for record, cost in enumerate(fit.costs):
        yield record * RECORD_EVERY, f"{cost:.{COST_DECIMALS}f}"


def scores(exact_but_two: dict[str, Any]) -> dict[str, Any]:
    """Round those of `birds.metrics.scores` that are sums of floats to `SCORE_DECIMALS`; the others are exact."""
    return exact_but_two | {name: round(exact_but_two[name], SCORE_DECIMALS) for name in ("log_loss", "brier")}


def decimals(row: Iterable[float]) -> list[str]:
    """Write floats with `SCORE_DECIMALS`, and ints as they are."""
    return [f"{value:.{SCORE_DECIMALS}f}" if isinstance(value, float) else str(value) for value in row]
