"""Score the model on CIFAR-10's own test batch, which nobody trained on."""

from birds import cifar10, files, logistic, metrics, precision, preprocessing, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    images, classes = cifar10.read_batch(f"data/raw/{cifar10.TEST_BATCH_NAME}")
    chosen, labels = sampling.balance(classes, cifar10.CLASSES.index(params.target_class))
    model = files.read_arrays("data/model/model.npz")
    x = preprocessing.normalize(preprocessing.flatten(images[chosen]))
    probability = precision.probabilities(logistic.predict_proba(model["w"], model["b"], x)[0])
    scores = precision.scores(metrics.scores(labels, probability))
    scores["recall_by_class"] = metrics.recall_by_class(classes[chosen], labels, probability, cifar10.CLASSES)
    files.write_arrays("data/holdout.npz", images=images[chosen], labels=labels, probability=probability)
    files.write_json("metrics/holdout.json", {"dataset": stage.dataset(), "holdout": scores})


if __name__ == "__main__":
    stage.run(main)
