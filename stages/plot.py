"""Draw the plots from what earlier stages wrote."""

from itertools import groupby

import numpy as np

from birds import files, paths, stage
from birds.data import cifar10
from birds.model import logistic
from birds.params import Params
from birds.report import plots

EXAMPLES = (0, 20, 300, 1000, 1500)  # the columns of the training set that the study shows
TEST_EXAMPLE = 10  # the column of the test set that it shows
N_SUREST = 6


def main(params: Params) -> None:
    scores, sweep = files.read_json(paths.SCORES)["holdout"], files.read_json(paths.SWEEP)
    model, probabilities = files.read_npz(paths.MODEL), files.read_npz(paths.PROBABILITIES)
    train, test, holdout = map(files.read_npz, (paths.TRAIN, paths.TEST, paths.HOLDOUT))
    dataset, target = stage.dataset(), str(model["target_class"])
    names = cifar10.label_names(target)

    columns = [column for column in EXAMPLES if column < len(train["images"])]
    captions = [f"column {column}: {names[train['labels'][column]]}" for column in columns]
    examples = plots.labelled_images(train["images"][columns], captions, "Training examples", dataset)

    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    a = probabilities["test"][column]
    caption = f"true: {names[test['labels'][column]]}\npredicted: {names[logistic.decide(a)]} (a = {a:.4f})"
    test_example = plots.labelled_images(test["images"][[column]], [caption], f"Test image {column}", dataset)

    a, labels = probabilities["holdout"], holdout["labels"]
    order = np.argsort(np.abs(a - labels), kind="stable")
    chosen = np.concatenate([order[:N_SUREST], order[::-1][:N_SUREST]])
    captions = [f"{names[labels[n]]}, a = {a[n]:.3f}" for n in chosen]
    title = "Holdout: the surest hits above, the worst mistakes below"
    hits_and_mistakes = plots.labelled_images(holdout["images"][chosen], captions, title, dataset, n_rows=2)

    def curves(path: str, key: str) -> dict[str, list[dict[str, str]]]:
        return {value: list(rows) for value, rows in groupby(files.read_csv(path), lambda row: row[key])}

    def sweep_label(lr: str) -> str:
        return f"learning rate {lr}: " + ", ".join(f"{name} {accuracy:.2f} %" for name, accuracy in sweep[lr].items())

    costs = {f"learning rate {model['lr']:g}": files.read_csv(paths.COSTS)}
    sweep_costs = {sweep_label(lr): rows for lr, rows in curves(paths.SWEEP_COSTS, "lr").items()}
    figures = {
        "examples": examples,
        "test_example": test_example,
        "cost": plots.cost_curves(costs, dataset),
        "sweep": plots.cost_curves(sweep_costs, dataset),
        "weights": plots.weight_maps(model["w"], target, dataset),
        "hits_and_mistakes": hits_and_mistakes,
        "roc": plots.roc_curves(curves(paths.ROC, "set"), dataset),
        "reliability": plots.reliability_diagram(curves(paths.RELIABILITY, "set"), target, dataset),
        "confusion": plots.confusion_matrix(scores["confusion"], names, dataset),
        "recall_by_class": plots.recall_bars(scores["recall_by_class"], target, dataset),
    }
    for name, figure in figures.items():
        plots.save(figure, f"{paths.IMAGES}/{name}.png")


if __name__ == "__main__":
    stage.run(main)
