"""Train and score one model for each learning rate of sweep_lr."""

from birds import files, paths, rounding, stage
from birds.evaluation import metrics
from birds.model import gram_descent, logistic
from birds.params import Params


def main(params: Params) -> None:
    sets = {name: tuple(map(files.read_npy, paths.columns(name))) for name in ("train", "test")}
    fits = gram_descent.fit_each(*sets["train"], lrs=params.sweep_lr, iterations=params.iterations)
    accuracies, rows = {}, []
    for lr, fit in zip(params.sweep_lr, fits, strict=True):
        w, b = rounding.weights(fit.w), rounding.weights(fit.b)
        accuracies[str(lr)] = {name: metrics.accuracy(y, logistic.predict(w, b, x)) for name, (x, y) in sets.items()}
        rows += [(lr, *row) for row in rounding.costs(fit.costs).items()]
    files.write_json(paths.SWEEP, {"dataset": stage.dataset(), **accuracies})
    files.write_csv(paths.SWEEP_COSTS, ["lr", "iteration", "cost"], rows)


if __name__ == "__main__":
    stage.run(main)
