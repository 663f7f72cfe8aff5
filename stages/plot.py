"""Draw the plots from what earlier stages wrote."""

import os

from birds import files, paths
from birds.data import cifar10
from birds.params import Params
from birds.runner import run_stage

Curves = dict[str, list[tuple[float, float]]]


def main(params: Params) -> None:
    # matplotlib is imported here, where the errors of its settings become one line.
    os.environ["MPLBACKEND"] = "agg"  # a notebook sets one that is not installed
    from birds.report import drawing

    model = files.read_npz(paths.MODEL)
    source = str(model["source"])
    target_class = str(model["target_class"])
    names = cifar10.label_names(target_class)
    train = files.read_npz(paths.TRAIN)
    test = files.read_npz(paths.TEST)
    holdout = files.read_npz(paths.HOLDOUT)
    a = files.read_npz(paths.PROBABILITIES)
    scores = files.read_json(paths.SCORES)["holdout"]
    reliability = read_curves(paths.RELIABILITY)
    plots = {
        "examples": drawing.training_examples(train, names, source),
        "test_example": drawing.test_example(test, a["test"], names, source),
        "cost": drawing.cost_curves(read_cost(model["lr"].item()), source),
        "sweep": drawing.cost_curves(read_sweep(), source),
        "weights": drawing.weight_maps(model["w"], target_class, source),
        "hits_and_mistakes": drawing.hits_and_mistakes(
            holdout, a["holdout"], names, source
        ),
        "roc": drawing.roc_curves(read_curves(paths.ROC), source),
        "reliability": drawing.reliability_diagram(reliability, target_class, source),
        "confusion": drawing.confusion_matrix(scores["confusion"], names, source),
        "accuracy_by_class": drawing.accuracy_bars(
            scores["accuracy_by_class"], target_class, source
        ),
    }
    for name, plot in plots.items():
        drawing.save(plot, f"{paths.PLOTS}/{name}.png")


def read_curves(path: str) -> Curves:
    """Read a table. Its first columns are the name of the curve, x and y."""
    curves: Curves = {}
    for row in files.read_csv(path):
        point = float(row[1]), float(row[2])
        curves.setdefault(row[0], []).append(point)
    return curves


def read_cost(lr: float) -> Curves:
    costs = []
    for iteration, cost in files.read_csv(paths.COSTS):
        costs.append((float(iteration), float(cost)))
    return {f"learning rate {lr:g}": costs}


def read_sweep() -> Curves:
    """Read the costs of each learning rate. The names tell the final accuracies."""
    accuracies = files.read_json(paths.SWEEP)
    curves = {}
    for lr, costs in read_curves(paths.SWEEP_COSTS).items():
        train = accuracies[lr]["train"]
        test = accuracies[lr]["test"]
        curves[f"learning rate {lr}: train {train:.2f} %, test {test:.2f} %"] = costs
    return curves


if __name__ == "__main__":
    run_stage(main)
