"""Train and score one model for each learning rate of sweep_lr."""

from birds import files, paths
from birds.evaluation import metrics
from birds.model import gram_descent, logistic, rounding
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    train = files.read_npz(paths.COLUMNS_OF["train"])
    test = files.read_npz(paths.COLUMNS_OF["test"])
    gram = gram_descent.Gram(train["x"])  # the same for every learning rate
    results = {"source": files.read_json(paths.DATASET)["source"]}
    costs = []
    for lr in params.sweep_lr:
        fit = gram_descent.fit(
            train["x"],
            train["y"],
            lr=lr,
            iterations=params.iterations,
            gram=gram,
        )
        for iteration, cost in rounding.costs(fit.costs).items():
            costs.append([lr, iteration, cost])

        w = rounding.weights(fit.w)
        b = rounding.weights(fit.b)
        accuracies = {}
        for name, columns in ("train", train), ("test", test):
            predictions = logistic.predict(w, b, columns["x"])
            accuracies[name] = metrics.accuracy(columns["y"], predictions)
        results[str(lr)] = accuracies
        show(lr, accuracies)
    files.write_json(paths.SWEEP, results)
    files.write_csv(paths.SWEEP_COSTS, ["lr", "iteration", "cost"], costs)


def show(lr: float, accuracies: dict[str, float]) -> None:
    """Print the accuracies at once, also when the output is a pipe."""
    shown = [f"{name} {accuracy:.2f} %" for name, accuracy in accuracies.items()]
    print(f"learning rate {lr}: {', '.join(shown)}", flush=True)


if __name__ == "__main__":
    run_stage(main)
