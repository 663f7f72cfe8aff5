"""Draw the pictures, each from what earlier stages wrote."""

from functools import partial
from itertools import groupby

import numpy as np

from birds import arrays, cifar10, figures, files, logistic, metrics, stage
from birds.params import Params

EXAMPLES = (0, 20, 300, 1000, 1500)  # the columns of the training set that the study shows
TEST_EXAMPLE = 10  # the column of the test set that it shows
N_SUREST = 6


def main(params: Params) -> None:
    scores, sweep = files.read_json("metrics/accuracy.json"), files.read_json("metrics/sweep.json")
    model, dataset = arrays.read_npz("data/model/model.npz"), scores["dataset"]
    target = str(model["target_class"])
    names = cifar10.label_names(target)
    train, test, holdout = (arrays.read_npz(f"data/split/{name}.npz") for name in metrics.SETS)
    probabilities = arrays.read_npz("data/probabilities.npz")

    columns = [column for column in EXAMPLES if column < len(train["images"])]
    captions = [f"column {column}: {names[train['labels'][column]]}" for column in columns]
    shown = train["images"][columns]
    examples = partial(figures.labelled_images, shown, captions, "Training examples", dataset)

    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    a = probabilities["test"][column]
    caption = f"true: {names[test['labels'][column]]}\npredicted: {names[logistic.predict(a)]} (a = {a:.4f})"
    title = f"Test image {column}"
    test_example = partial(figures.labelled_images, test["images"][[column]], [caption], title, dataset)

    a, labels = probabilities["holdout"], holdout["labels"]
    surest = np.argsort(np.abs(a - labels), kind="stable")
    surest = np.concatenate([surest[:N_SUREST], surest[::-1][:N_SUREST]])
    captions = [f"{names[labels[n]]}, a = {a[n]:.3f}" for n in surest]
    title, shown = "Holdout: the surest hits above, the worst mistakes below", holdout["images"][surest]
    hits_and_mistakes = partial(figures.labelled_images, shown, captions, title, dataset, n_rows=2)

    def sweep_label(lr: str) -> str:
        percents = (f"{name} {sweep[lr][name]['accuracy']:.2f} %" for name in ("train", "test"))
        return f"learning rate {lr}: {', '.join(percents)}"

    def by(key: str, path: str) -> dict[str, list[dict[str, str]]]:
        return {value: list(rows) for value, rows in groupby(files.read_csv(path), lambda row: row[key])}

    costs = {f"learning rate {model['lr']:g}": files.read_csv("plots/cost.csv")}
    sweep_costs = {sweep_label(lr): rows for lr, rows in by("lr", "plots/sweep.csv").items()}
    roc, reliability = (by("set", f"plots/evaluation/{name}.csv") for name in ("roc", "reliability"))
    confusion, recalls = scores["holdout"]["confusion"], scores["holdout"]["recall_by_class"]
    pictures = {
        "examples": examples,
        "test_example": test_example,
        "cost": partial(figures.cost_curves, costs, dataset),
        "sweep": partial(figures.cost_curves, sweep_costs, dataset),
        "weights": partial(figures.weight_maps, model["w"], target, dataset),
        "hits_and_mistakes": hits_and_mistakes,
        "roc": partial(figures.roc_curves, roc, target, dataset),
        "reliability": partial(figures.reliability_diagram, reliability, target, dataset),
        "confusion": partial(figures.confusion_matrix, confusion, names, dataset),
        "recall_by_class": partial(figures.recall_bars, recalls, target, dataset),
    }
    figures.draw_all({f"plots/images/{name}.png": draw for name, draw in pictures.items()})
    stage.warn_of_stand_in(dataset)


if __name__ == "__main__":
    stage.run(main)
