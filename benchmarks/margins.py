"""Compare the distances of the results from their rounding boundaries with the differences between machines.

Run by ``make margins``, after ``make repro``. This trains with the default parameters in every environment of
`machines`, and compares the float64 results before rounding.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import files, params, paths, rounding
from birds.model import gram_descent, logistic
from machines import environments

Array = npt.NDArray[np.float64]


def results() -> dict[str, Array]:
    """Train like the stages, and return the values that they round."""
    chosen = params.read_params()
    x, y = map(files.read_npy, paths.columns("train"))
    gram = gram_descent.Gram(x)
    snapshots_at = files.read_npz(paths.SNAPSHOTS)["iterations"]
    fits = [
        gram_descent.fit(x, y, lr=lr, iterations=chosen.iterations, snapshots_at=snapshots_at, gram=gram)
        for lr in (chosen.lr, *chosen.sweep_lr)
    ]
    weights = [(fit.w, fit.b) for fit in fits] + [*fits[0].snapshots.values()]
    w, b = rounding.weights(fits[0].w), rounding.weights(fits[0].b)
    sets = [files.read_npy(paths.columns(name)[0]) for name in paths.SETS]
    return {
        "weights and bias": np.concatenate([np.append(w, b) for w, b in weights]),
        "costs": np.concatenate([[*fit.costs.values()] for fit in fits]),
        "probabilities": np.concatenate([logistic.predict_proba(w, b, columns)[0] for columns in sets]),
    }


def to_boundary(values: Array, kind: str) -> Array:
    """Compute the distance of each value from its nearest rounding boundary."""
    steps = {"costs": 10.0**-rounding.COST_DECIMALS, "weights and bias": 2.0**-rounding.WEIGHT_BITS}
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
            runs.append(files.read_npz(path))
    print(f"{len(runs)} environments; distances and differences in the units of the values\n")
    print("| value | count | smallest distance | largest difference | smallest ratio of the two |")
    print("|---|---|---|---|---|")
    for kind in runs[0]:
        values = np.array([run[kind] for run in runs])
        distance, difference = to_boundary(values, kind).min(axis=0), np.ptp(values, axis=0)
        ratio = (distance / np.maximum(difference, np.finfo(float).tiny)).min()
        print(f"| {kind} | {distance.size} | {distance.min():.1e} | {difference.max():.1e} | {ratio:.0f} |")


if __name__ == "__main__":
    if sys.argv[1:]:
        files.write_npz(sys.argv[1], **results())
    else:
        main()
