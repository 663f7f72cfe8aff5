"""Draw the plots from what earlier stages wrote."""

from itertools import groupby
from operator import itemgetter

from birds import files, paths
from birds.data import cifar10
from birds.params import Params
from birds.report import plots
from birds.runner import run_stage


def main(params: Params) -> None:
    scores, sweep = (
        files.read_json(paths.SCORES)["holdout"],
        files.read_json(paths.SWEEP),
    )
    model, probabilities = (
        files.read_npz(paths.MODEL),
        files.read_npz(paths.PROBABILITIES),
    )
    train, test, holdout = map(files.read_npz, (paths.TRAIN, paths.TEST, paths.HOLDOUT))
    dataset, target = str(model["source"]), str(model["target_class"])
    names = cifar10.label_names(target)

    def curves(path: str) -> dict[str, plots.Points]:
        """Read a table of curves. The first column names the curve, and the next two are x and y."""
        rows = files.read_csv(path)
        return {
            name: [(float(x), float(y)) for _, x, y, *_ in curve]
            for name, curve in groupby(rows, itemgetter(0))
        }

    def sweep_label(lr: str) -> str:
        return f"learning rate {lr}: " + ", ".join(
            f"{name} {accuracy:.2f} %" for name, accuracy in sweep[lr].items()
        )

    costs = [
        (float(iteration), float(cost))
        for iteration, cost in files.read_csv(paths.COSTS)
    ]
    sweep_costs = {
        sweep_label(lr): points for lr, points in curves(paths.SWEEP_COSTS).items()
    }
    drawn = {
        "examples": plots.training_examples(train, names, dataset),
        "test_example": plots.test_example(test, probabilities["test"], names, dataset),
        "cost": plots.cost_curves({f"learning rate {model['lr']:g}": costs}, dataset),
        "sweep": plots.cost_curves(sweep_costs, dataset),
        "weights": plots.weight_maps(model["w"], target, dataset),
        "hits_and_mistakes": plots.hits_and_mistakes(
            holdout, probabilities["holdout"], names, dataset
        ),
        "roc": plots.roc_curves(curves(paths.ROC), dataset),
        "reliability": plots.reliability_diagram(
            curves(paths.RELIABILITY), target, dataset
        ),
        "confusion": plots.confusion_matrix(scores["confusion"], names, dataset),
        "recall_by_class": plots.recall_bars(
            scores["recall_by_class"], target, dataset
        ),
    }
    for name, plot in drawn.items():
        plots.save(plot, f"{paths.PLOTS}/{name}.png")


if __name__ == "__main__":
    run_stage(main)
