"""Show how far what is written is from its rounding boundaries, beside what machines differ by.

Run by ``make margins``. The default parameters are trained in every environment of `machines`, and the float64 results
are compared before they are rounded.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import arrays, logistic, metrics, params, precision, preprocessing
from machines import environments

Array = npt.NDArray[np.float64]


def results() -> dict[str, Array]:
    """Train as the stages do, and give what they round."""
    chosen = params.read_params()
    x, y = (arrays.read_npy(f"data/preprocessed/{name}_train.npy") for name in "xy")
    lrs, gram = [chosen.lr, *chosen.sweep_lr.values()], logistic.gram_operator(x)
    fits = [logistic.fit(x, y, lr=lr, iterations=chosen.iterations, gram=gram) for lr in lrs]
    w, b = precision.weights(fits[0])
    return {
        "weights and bias": np.concatenate([np.append(fit.w, fit.b) for fit in fits]),
        "costs": np.concatenate([fit.costs for fit in fits]),
        "probabilities": np.concatenate([logistic.predict_proba(w, b, columns(name))[0] for name in metrics.SETS]),
    }


def columns(name: str) -> Array:
    """Prepare the images of a set as the stages do."""
    return preprocessing.normalize(preprocessing.flatten(arrays.read_npz(f"data/split/{name}.npz")["images"]))


def to_boundary(values: Array, kind: str) -> Array:
    """Compute how far values are from where their rounding changes."""
    steps = {"costs": 10.0**-precision.COST_DECIMALS, "weights and bias": 2.0**-precision.WEIGHT_BITS}
    if kind in steps:
        scaled = values / steps[kind]
        return np.abs(scaled - np.floor(scaled) - 0.5) * steps[kind]
    rounded = values.astype(np.float32)
    neighbours = [np.nextafter(rounded, np.float32(side)).astype(np.float64) for side in (-np.inf, np.inf)]
    return np.minimum(*[np.abs(values - (rounded.astype(np.float64) + neighbour) / 2) for neighbour in neighbours])


def main() -> None:
    """Print a line for each kind of value."""
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for environment in environments():
            path = Path(folder) / "results.npz"
            subprocess.run([sys.executable, __file__, path], env={**os.environ, **environment}, check=True)
            runs.append(arrays.read_npz(path))
    print(f"{len(runs)} environments; distances in the values' own unit\n")
    print("| value | how many | nearest to its boundary | largest difference seen | smallest ratio of the two |")
    print("|---|---|---|---|---|")
    for kind in runs[0]:
        values = np.array([run[kind] for run in runs])
        distance, difference = to_boundary(values, kind).min(axis=0), np.ptp(values, axis=0)
        ratio = (distance / np.maximum(difference, np.finfo(float).tiny)).min()
        print(f"| {kind} | {distance.size} | {distance.min():.1e} | {difference.max():.1e} | {ratio:.0f} |")


if __name__ == "__main__":
    if sys.argv[1:]:
        arrays.write_npz(sys.argv[1], **results())
    else:
        main()
