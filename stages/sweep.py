"""Train and score each of the learning rates to compare."""

from birds import files, logistic, metrics, precision, stage
from birds.params import Params


def main(params: Params) -> None:
    data = {name: files.read_arrays(f"data/preprocessed/{name}.npz") for name in ("train", "test")}
    train = data["train"]
    scores: dict[str, object] = {"dataset": stage.dataset()}
    rows = []
    fits = logistic.fit_each(train["x"], train["y"], lrs=[*params.sweep_lr.values()], iterations=params.iterations)
    for written, fit in zip(params.sweep_lr, fits, strict=True):
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
