"""Tabulate what DVC draws: the ROC, the reliability and the confusion of the model."""

from birds import cifar10, files, logistic, metrics, precision, stage
from birds.params import Params


def main(params: Params) -> None:
    probabilities = files.read_arrays("data/probabilities.npz")
    holdout = files.read_arrays("data/holdout.npz")
    sets = {
        **{name: (files.read_arrays(f"data/split/{name}.npz")["labels"], a) for name, a in probabilities.items()},
        "holdout": (holdout["labels"], holdout["probability"]),
    }
    roc, reliability = [], []
    for name, (labels, probability) in sets.items():
        points = zip(*metrics.roc_curve(labels, probability), strict=True)
        roc += [(name, *precision.decimals(point)) for point in points]
        reliability += [(name, *precision.decimals(row)) for row in metrics.reliability(labels, probability)]
    files.write_csv("plots/roc.csv", ["set", "false_positive_rate", "true_positive_rate"], roc)
    files.write_csv("plots/reliability.csv", ["set", "predicted", "observed", "images"], reliability)

    names = cifar10.label_names(params.target_class)
    predicted = logistic.predict(holdout["probability"])
    pairs = [(names[label], names[guess]) for label, guess in zip(holdout["labels"], predicted, strict=True)]
    files.write_csv("plots/confusion.csv", ["actual", "predicted"], pairs)


if __name__ == "__main__":
    stage.run(main)
