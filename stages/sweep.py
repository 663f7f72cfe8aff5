"""Train and score each of the learning rates to compare."""

from birds import arrays, files, logistic, metrics, precision, stage
from birds.params import Params


def main(params: Params) -> None:
    data = {
        name: tuple(arrays.read_npy(f"data/preprocessed/{array}_{name}.npy") for array in "xy")
        for name in ("train", "test")
    }
    scores: dict[str, object] = {"dataset": stage.dataset()}
    rows = []
    gram = logistic.gram_operator(data["train"][0])
    for written, lr in params.sweep_lr.items():
        fit = logistic.fit(*data["train"], lr=lr, iterations=params.iterations, gram=gram)
        w, b = precision.weights(fit)
        scores[written] = {
            name: {"accuracy": metrics.accuracy(y, logistic.predict(logistic.predict_proba(w, b, x)))}
            for name, (x, y) in data.items()
        }
        rows += [(written, *row) for row in precision.cost_rows(fit)]
    files.write_json("metrics/sweep.json", scores)
    files.write_csv("plots/sweep.csv", ["lr", "iteration", "cost"], rows)


if __name__ == "__main__":
    stage.run(main)
