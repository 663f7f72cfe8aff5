"""Draw the pictures, each from what earlier stages wrote."""

from itertools import groupby

import numpy as np

from birds import cifar10, figures, files, logistic, metrics, stage
from birds.params import Params

EXAMPLES = (0, 20, 300, 1000, 1500)  # the columns of the training set that the study shows
TEST_EXAMPLE = 10  # the column of the test set that it shows
N_SUREST = 6


def main(params: Params) -> None:
    scores, sweep = files.read_json("metrics/accuracy.json"), files.read_json("metrics/sweep.json")
    model, dataset = files.read_arrays("data/model/model.npz"), scores["dataset"]
    target = str(model["target_class"])
    names = cifar10.label_names(target)
    train, test, holdout = (files.read_arrays(f"data/split/{name}.npz") for name in metrics.SETS)
    probabilities = files.read_arrays("data/probabilities.npz")

    columns = [column for column in EXAMPLES if column < len(train["images"])]
    captions = [f"column {column}: {names[train['labels'][column]]}" for column in columns]
    examples = figures.labelled_images(train["images"][columns], captions, "Training examples", dataset)

    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    a = probabilities["test"][column]
    caption = f"true: {names[test['labels'][column]]}\npredicted: {names[logistic.predict(a)]} (a = {a:.4f})"
    test_example = figures.labelled_images(test["images"][[column]], [caption], f"Test image {column}", dataset)

    a, labels = probabilities["holdout"], holdout["labels"]
    surest = np.argsort(np.abs(a - labels), kind="stable")
    shown = np.concatenate([surest[:N_SUREST], surest[::-1][:N_SUREST]])
    captions = [f"{names[labels[n]]}, a = {a[n]:.3f}" for n in shown]
    title = "Holdout: the surest hits above, the worst mistakes below"

    def sweep_label(lr: str) -> str:
        percents = (f"{name} {sweep[lr][name]['accuracy']:.2f} %" for name in ("train", "test"))
        return f"learning rate {lr}: {', '.join(percents)}"

    def by(key: str, path: str) -> dict[str, list[dict[str, str]]]:
        return {value: list(rows) for value, rows in groupby(files.read_csv(path), lambda row: row[key])}

    costs = {f"learning rate {model['lr']:g}": files.read_csv("plots/cost.csv")}
    sweep_costs = {sweep_label(lr): rows for lr, rows in by("lr", "plots/sweep.csv").items()}
    pictures = {
        "examples": examples,
        "test_example": test_example,
        "cost": figures.cost_curves(costs, dataset),
        "sweep": figures.cost_curves(sweep_costs, dataset),
        "weights": figures.weight_maps(model["w"], target, dataset),
        "hits_and_mistakes": figures.labelled_images(holdout["images"][shown], captions, title, dataset, n_rows=2),
        "roc": figures.roc_curves(by("set", "plots/evaluation/roc.csv"), target, dataset),
        "reliability": figures.reliability_diagram(by("set", "plots/evaluation/reliability.csv"), target, dataset),
        "confusion": figures.confusion_matrix(scores["holdout"]["confusion"], names, dataset),
        "recall_by_class": figures.recall_bars(scores["holdout"]["recall_by_class"], target, dataset),
    }
    for name, figure in pictures.items():
        figures.save(figure, f"plots/images/{name}.png")
    stage.warn_of_stand_in(dataset)


if __name__ == "__main__":
    stage.run(main)
