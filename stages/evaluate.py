"""Score the model on the training set, the test set and the holdout, which was never used for training."""

from typing import Any

from birds import files, paths, stage
from birds.data import cifar10
from birds.evaluation import insights, metrics
from birds.model import logistic, rounding
from birds.params import Params


def main(params: Params) -> None:
    model = files.read_npz(paths.MODEL)
    scores: dict[str, dict[str, Any]] = {}
    labels, probabilities, roc, reliability, learning = {}, {}, [], [], []
    for name in paths.SETS:
        x, (y,) = map(files.read_npy, paths.columns(name))
        (z,) = logistic.logits(model["w"], model["b"], x)
        a = rounding.probabilities(logistic.sigmoid(z))
        labels[name], probabilities[name] = y, a
        scores[name] = rounding.scores(metrics.scores(y, a, z))
        roc += [
            (name, *rounding.decimals(point))
            for point in zip(*metrics.roc_curve(y, a), strict=True)
        ]
        reliability += [
            (name, *rounding.decimals(row)) for row in metrics.reliability(y, a)
        ]
        rows = logistic.logits(model["snapshot_w"].T, model["snapshot_b"][:, None], x)
        for iteration, row in zip(model["snapshot_iterations"], rows, strict=True):
            accuracy = metrics.accuracy(y, logistic.decide(logistic.sigmoid(row)))
            learning.append(
                (name, iteration, *rounding.decimals((logistic.cost(row, y), accuracy)))
            )

    y, a, classes = (
        labels["holdout"],
        probabilities["holdout"],
        files.read_npz(paths.HOLDOUT)["classes"],
    )
    scores["holdout"]["recall_by_class"] = metrics.recall_by_class(
        classes, y, a, cifar10.CLASSES
    )
    x_holdout = files.read_npy(paths.columns("holdout")[0])
    scores["holdout"]["insights"] = insights.insights(
        model["w"], model["b"], x_holdout, y
    )
    names = cifar10.label_names(str(model["target_class"]))
    confusion = [
        (names[label], names[prediction])
        for label, prediction in zip(y, logistic.decide(a), strict=True)
    ]

    accuracies = {name: score["accuracy"] for name, score in scores.items()}
    files.write_json(paths.ACCURACY, {"source": str(model["dataset"]), **accuracies})
    files.write_json(paths.SCORES, scores)
    files.write_npz(paths.PROBABILITIES, **probabilities)
    files.write_csv(
        paths.ROC, ["set", "false_positive_rate", "true_positive_rate"], roc
    )
    files.write_csv(
        paths.RELIABILITY, ["set", "predicted", "observed", "images"], reliability
    )
    files.write_csv(paths.LEARNING, ["set", "iteration", "cost", "accuracy"], learning)
    files.write_csv(paths.CONFUSION, ["actual", "predicted"], confusion)


if __name__ == "__main__":
    stage.run(main)
