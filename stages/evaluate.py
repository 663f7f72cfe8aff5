"""Score the model on all three sets. The holdout was never used for training."""

from birds import files, paths
from birds.data import cifar10
from birds.evaluation import insights, metrics, tables
from birds.evaluation.metrics import Labels, Probabilities
from birds.model import rounding
from birds.model.logistic import logits, sigmoid
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    model = files.read_npz(paths.MODEL)
    probabilities = {}
    scores = {}
    roc = []
    reliability = []
    learning = []
    for name, path in paths.COLUMNS_OF.items():
        columns = files.read_npz(path)
        x = columns["x"]
        y = columns["y"][0]
        z = logits(model["w"], model["b"], x)[0]
        a = rounding.probabilities(sigmoid(z))
        probabilities[name] = a
        scores[name] = metrics.scores(y, a, z)
        roc += tables.roc(name, y, a)
        reliability += tables.reliability(name, y, a)
        learning += tables.learning(name, x, y, model)
        if name == "holdout":
            classes = files.read_npz(paths.HOLDOUT)["classes"]
            scores[name]["recall_by_class"] = metrics.recall_by_class(classes, y, a)
            scores[name]["insights"] = insights.measure(model["w"], model["b"], x, y)
            write_confusion(y, a, str(model["target_class"]))

    accuracies = {name: each["accuracy"] for name, each in scores.items()}
    files.write_json(paths.ACCURACY, {"source": str(model["source"])} | accuracies)
    files.write_json(paths.SCORES, scores)
    files.write_npz(paths.PROBABILITIES, **probabilities)
    files.write_csv(paths.ROC, tables.ROC, roc)
    files.write_csv(paths.RELIABILITY, tables.RELIABILITY, reliability)
    files.write_csv(paths.LEARNING, tables.LEARNING, learning)


def write_confusion(y: Labels, a: Probabilities, target_class: str) -> None:
    rows = tables.confusion(y, a, cifar10.label_names(target_class))
    files.write_csv(paths.CONFUSION, tables.CONFUSION, rows)


if __name__ == "__main__":
    run_stage(main)
