"""Train and score one model for each learning rate of sweep_lr."""

from birds import files, paths, stage
from birds.evaluation import metrics
from birds.model import gram_descent, logistic, rounding
from birds.params import Params


def main(params: Params) -> None:
    sets = {
        name: tuple(map(files.read_npy, paths.columns(name)))
        for name in ("train", "test")
    }
    gram = gram_descent.Gram(sets["train"][0])
    accuracies, rows = {}, []
    for lr in params.sweep_lr:
        fit = gram_descent.fit(
            *sets["train"], lr=lr, iterations=params.iterations, gram=gram
        )
        w, b = rounding.weights(fit.w), rounding.weights(fit.b)
        accuracies[str(lr)] = {
            name: metrics.accuracy(y, logistic.predict(w, b, x))
            for name, (x, y) in sets.items()
        }
        rows += [(lr, *row) for row in rounding.costs(fit.costs).items()]
        shown = ", ".join(
            f"{name} {accuracy:.2f} %" for name, accuracy in accuracies[str(lr)].items()
        )
        print(f"learning rate {lr}: {shown}", flush=True)
    files.write_json(paths.SWEEP, {"source": stage.dataset(), **accuracies})
    files.write_csv(paths.SWEEP_COSTS, ["lr", "iteration", "cost"], rows)


if __name__ == "__main__":
    stage.run(main)
