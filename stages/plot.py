"""Draw the plots from what earlier stages wrote."""

from itertools import groupby

from birds import files, paths, stage
from birds.data import cifar10
from birds.params import Params
from birds.report import plots


def main(params: Params) -> None:
    scores, sweep = files.read_json(paths.SCORES)["holdout"], files.read_json(paths.SWEEP)
    model, probabilities = files.read_npz(paths.MODEL), files.read_npz(paths.PROBABILITIES)
    train, test, holdout = map(files.read_npz, (paths.TRAIN, paths.TEST, paths.HOLDOUT))
    dataset, target = stage.dataset(), str(model["target_class"])
    names = cifar10.label_names(target)

    def curves(path: str, key: str) -> dict[str, list[dict[str, str]]]:
        return {value: list(rows) for value, rows in groupby(files.read_csv(path), lambda row: row[key])}

    def sweep_label(lr: str) -> str:
        return f"learning rate {lr}: " + ", ".join(f"{name} {accuracy:.2f} %" for name, accuracy in sweep[lr].items())

    costs = {f"learning rate {model['lr']:g}": files.read_csv(paths.COSTS)}
    sweep_costs = {sweep_label(lr): rows for lr, rows in curves(paths.SWEEP_COSTS, "lr").items()}
    figures = {
        "examples": plots.training_examples(train, names, dataset),
        "test_example": plots.test_example(test, probabilities["test"], names, dataset),
        "cost": plots.cost_curves(costs, dataset),
        "sweep": plots.cost_curves(sweep_costs, dataset),
        "weights": plots.weight_maps(model["w"], target, dataset),
        "hits_and_mistakes": plots.hits_and_mistakes(holdout, probabilities["holdout"], names, dataset),
        "roc": plots.roc_curves(curves(paths.ROC, "set"), dataset),
        "reliability": plots.reliability_diagram(curves(paths.RELIABILITY, "set"), target, dataset),
        "confusion": plots.confusion_matrix(scores["confusion"], names, dataset),
        "recall_by_class": plots.recall_bars(scores["recall_by_class"], target, dataset),
    }
    for name, figure in figures.items():
        plots.save(figure, f"{paths.IMAGES}/{name}.png")


if __name__ == "__main__":
    stage.run(main)
