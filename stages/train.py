"""Train the model by gradient descent. Record the cost every 100 iterations, and snapshots of the weights."""

import math

from birds import files, paths, stage
from birds.model import gram_descent, rounding
from birds.model.logistic import RECORD_EVERY
from birds.params import Params

SNAPSHOTS_MAX = 21  # for the page; the last one is the model


def main(params: Params) -> None:
    x, y = map(files.read_npy, paths.columns("train"))
    snapshots_at = snapshot_iterations(params.iterations)
    fit = gram_descent.fit(
        x,
        y,
        lr=params.lr,
        iterations=params.iterations,
        on_record=show,
        snapshots_at=snapshots_at,
    )
    snapshots = {**fit.snapshots, params.iterations: (fit.w, fit.b)}
    files.write_npz(
        paths.MODEL,
        w=rounding.weights(fit.w),
        b=rounding.weights(fit.b),
        lr=params.lr,
        target_class=params.target_class,
        dataset=stage.dataset(),
        snapshot_iterations=[*snapshots],
        snapshot_w=rounding.weights([w[:, 0] for w, _ in snapshots.values()]),
        snapshot_b=rounding.weights([b for _, b in snapshots.values()]),
    )
    files.write_csv(
        paths.COSTS, ["iteration", "cost"], rounding.costs(fit.costs).items()
    )


def snapshot_iterations(iterations: int) -> range:
    """Choose evenly spaced iterations with a recorded cost, fewer than `SNAPSHOTS_MAX`."""
    n_recorded = math.ceil(iterations / RECORD_EVERY)
    return range(
        0, iterations, RECORD_EVERY * math.ceil(n_recorded / (SNAPSHOTS_MAX - 1))
    )


def show(iteration: int, cost: float) -> None:
    print(f"iteration {iteration}: cost {cost:.6f}", flush=True)


if __name__ == "__main__":
    stage.run(main)
