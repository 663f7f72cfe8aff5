"""Score the model on the training set, the test set and the holdout, which nobody trained on."""

from typing import Any

from birds import arrays, cifar10, files, logistic, metrics, precision, preprocessing, stage
from birds.params import Params


def main(params: Params) -> None:
    model = arrays.read_npz("data/model/model.npz")
    sets = {name: arrays.read_npz(f"data/split/{name}.npz") for name in metrics.SETS}
    probabilities, roc, reliability = {}, [], []
    scores: dict[str, dict[str, Any]] = {}
    for name, data in sets.items():
        labels, x = data["labels"], preprocessing.normalize(preprocessing.flatten(data["images"]))
        a = precision.probabilities(logistic.predict_proba(model["w"], model["b"], x)[0])
        probabilities[name] = a
        scores[name] = precision.scores(metrics.scores(labels, a))
        points = zip(*metrics.roc_curve(labels, a), strict=True)
        roc += [(name, *precision.decimals(point)) for point in points]
        reliability += [(name, *precision.decimals(row)) for row in metrics.reliability(labels, a)]

    holdout, a = sets["holdout"], probabilities["holdout"]
    labels = holdout["labels"]
    scores["holdout"]["recall_by_class"] = metrics.recall_by_class(holdout["classes"], labels, a, cifar10.CLASSES)
    names = cifar10.label_names(str(model["target_class"]))
    confusion = [(names[label], names[guess]) for label, guess in zip(labels, logistic.predict(a), strict=True)]

    arrays.write_npz("data/probabilities.npz", **probabilities)
    files.write_json("metrics/accuracy.json", {"dataset": str(model["dataset"]), **scores})
    files.write_csv("plots/evaluation/roc.csv", ["set", "false_positive_rate", "true_positive_rate"], roc)
    files.write_csv("plots/evaluation/reliability.csv", ["set", "predicted", "observed", "images"], reliability)
    files.write_csv("plots/evaluation/confusion.csv", ["actual", "predicted"], confusion)


if __name__ == "__main__":
    stage.run(main)
