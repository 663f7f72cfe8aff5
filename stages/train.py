"""Train the model by gradient descent; record the cost every 100 iterations."""

from birds import files, paths, rounding, stage
from birds.model import gram_descent
from birds.params import Params


def main(params: Params) -> None:
    x, y = map(files.read_npy, paths.columns("train"))
    fit = gram_descent.fit(x, y, lr=params.lr, iterations=params.iterations, on_record=show)
    files.write_npz(
        paths.MODEL,
        w=rounding.weights(fit.w),
        b=rounding.weights(fit.b),
        lr=params.lr,
        target_class=params.target_class,
        dataset=stage.dataset(),
    )
    files.write_csv(paths.COSTS, ["iteration", "cost"], rounding.costs(fit.costs).items())


def show(iteration: int, cost: float) -> None:
    print(f"iteration {iteration}: cost {cost:.6f}", flush=True)


if __name__ == "__main__":
    stage.run(main)
