"""Train and score each of the learning rates to compare."""

from birds import files, logistic, metrics, precision, stage
from birds.params import Params


def main(params: Params) -> None:
    data = {name: files.read_arrays(f"data/preprocessed/{name}.npz") for name in ("train", "test")}
    train = data["train"]
    scores: dict[str, object] = {"dataset": str(train["dataset"])}
    rows = []
    for written, lr in params.sweep_lr.items():
        fit = logistic.fit(train["x"], train["y"], lr=lr, iterations=params.iterations)
        w, b = precision.weights(fit)
        scores[written] = {
            name: {"accuracy": metrics.accuracy(part["y"], logistic.predict(logistic.predict_proba(w, b, part["x"])))}
            for name, part in data.items()
        }
        rows += [(written, *row) for row in precision.cost_rows(fit)]
    files.write_json("metrics/sweep.json", scores)
    files.write_csv("plots/sweep.csv", ["lr", "iteration", "cost"], rows)


if __name__ == "__main__":
    stage.run(main)
