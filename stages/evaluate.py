"""Score the model on all three sets. The holdout was never used for training."""

from typing import Any

from birds import files, paths
from birds.data import cifar10
from birds.evaluation import insights, metrics, tables
from birds.evaluation.metrics import Labels, Probabilities
from birds.model import rounding
from birds.model.logistic import Array, logits, sigmoid
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    model = files.read_npz(paths.MODEL)
    columns = {name: files.read_npz(path) for name, path in paths.COLUMNS_OF.items()}
    probabilities = {}
    scores = {}
    roc = []
    reliability = []
    learning = []
    for name, of_set in columns.items():
        x = of_set["x"]
        y = of_set["y"][0]
        z = logits(model["w"], model["b"], x)[0]
        a = rounding.probabilities(sigmoid(z))
        probabilities[name] = a
        scores[name] = metrics.scores(y, a, z)
        roc += tables.roc(name, y, a)
        reliability += tables.reliability(name, y, a)
        learning += tables.learning(name, x, y, model)

    x = columns["holdout"]["x"]
    y = columns["holdout"]["y"][0]
    a = probabilities["holdout"]
    scores["holdout"] |= score_further(model, x, y, a)
    confusion = tables.confusion(y, a, cifar10.label_names(str(model["target_class"])))

    accuracies = {name: each["accuracy"] for name, each in scores.items()}
    files.write_json(paths.ACCURACY, {"source": str(model["source"])} | accuracies)
    files.write_json(paths.SCORES, scores)
    files.write_npz(paths.PROBABILITIES, **probabilities)
    files.write_csv(paths.ROC, tables.ROC, roc)
    files.write_csv(paths.RELIABILITY, tables.RELIABILITY, reliability)
    files.write_csv(paths.LEARNING, tables.LEARNING, learning)
    files.write_csv(paths.CONFUSION, tables.CONFUSION, confusion)


def score_further(
    model: files.Arrays, x: Array, y: Labels, a: Probabilities
) -> dict[str, Any]:
    """Compute the scores that only the holdout has."""
    classes = files.read_npz(paths.HOLDOUT)["classes"]
    return {
        "accuracy_by_class": metrics.accuracy_by_class(classes, y, a),
        "insights": insights.measure(model["w"], model["b"], x, y),
    }


if __name__ == "__main__":
    run_stage(main)
