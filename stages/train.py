"""Train the model by gradient descent; record the cost every 100 iterations."""

from birds import files, paths, progress, rounding, stage
from birds.model import gram_descent
from birds.params import Params


def main(params: Params) -> None:
    x, y = map(files.read_npy, paths.columns("train"))
    with progress.shown(params.iterations) as on_record:
        fit = gram_descent.fit(x, y, lr=params.lr, iterations=params.iterations, on_record=on_record)
    files.write_npz(
        paths.MODEL,
        w=rounding.weights(fit.w),
        b=rounding.weights(fit.b),
        lr=params.lr,
        target_class=params.target_class,
        dataset=stage.dataset(),
    )
    files.write_csv(paths.COSTS, ["iteration", "cost"], rounding.costs(fit.costs).items())


if __name__ == "__main__":
    stage.run(main)
