"""Train the model by gradient descent.

Record the cost at intervals, and keep snapshots of the weights for the page.
"""

import math

from birds import files, paths
from birds.model import gram_descent, rounding
from birds.model.logistic import RECORD_EVERY
from birds.params import Params
from birds.runner import run_stage

SNAPSHOTS_MAX = 20  # and one more, the model


def main(params: Params) -> None:
    train = files.read_npz(paths.COLUMNS_OF["train"])
    fit = gram_descent.fit(
        train["x"],
        train["y"],
        lr=params.lr,
        iterations=params.iterations,
        on_record=show,
        snapshots_at=snapshot_iterations(params.iterations),
    )
    files.write_csv(
        paths.COSTS, ["iteration", "cost"], rounding.costs(fit.costs).items()
    )

    snapshots = fit.snapshots
    snapshots[params.iterations] = fit.w, fit.b
    files.write_npz(
        paths.MODEL,
        w=rounding.weights(fit.w),
        b=rounding.weights(fit.b),
        lr=params.lr,
        target_class=params.target_class,
        source=files.read_json(paths.DATASET)["source"],
        snapshot_iterations=list(snapshots),
        snapshot_w=rounding.weights([w[:, 0] for w, _ in snapshots.values()]),
        snapshot_b=rounding.weights([b for _, b in snapshots.values()]),
    )


def snapshot_iterations(iterations: int) -> range:
    """Choose evenly spaced iterations with a recorded cost."""
    n_recorded = math.ceil(iterations / RECORD_EVERY)
    records_apart = math.ceil(n_recorded / SNAPSHOTS_MAX)
    return range(0, iterations, RECORD_EVERY * records_apart)


def show(iteration: int, cost: float) -> None:
    """Print a recorded cost at once, also when the output is a pipe."""
    print(f"iteration {iteration}: cost {cost:.6f}", flush=True)


if __name__ == "__main__":
    run_stage(main)
