"""Score the model on the training and the test set."""

from birds import files, logistic, metrics, precision, stage
from birds.params import Params


def main(params: Params) -> None:
    model = files.read_arrays("data/model/model.npz")
    scores: dict[str, object] = {"dataset": stage.dataset()}
    probabilities = {}
    for name in "train", "test":
        data = files.read_arrays(f"data/preprocessed/{name}.npz")
        probabilities[name] = precision.probabilities(logistic.predict_proba(model["w"], model["b"], data["x"])[0])
        scores[name] = precision.scores(metrics.scores(data["y"][0], probabilities[name]))
    files.write_arrays("data/probabilities.npz", **probabilities)
    files.write_json("metrics/accuracy.json", scores)


if __name__ == "__main__":
    stage.run(main)
