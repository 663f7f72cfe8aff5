"""Train by gradient descent; write the model and its cost every 100 iterations."""

from birds import arrays, files, logistic, precision, progress, stage
from birds.params import Params


def main(params: Params) -> None:
    x, y = (arrays.read_npy(f"data/preprocessed/{name}_train.npy") for name in "xy")
    with progress.shown(params.iterations) as on_record:
        fit = logistic.fit(x, y, lr=params.lr, iterations=params.iterations, on_record=on_record)
    w, b = precision.weights(fit)
    arrays.write_npz(
        "data/model/model.npz", w=w, b=b, lr=params.lr, target_class=params.target_class, dataset=stage.dataset()
    )
    files.write_csv("plots/cost.csv", ["iteration", "cost"], precision.cost_rows(fit))


if __name__ == "__main__":
    stage.run(main)
