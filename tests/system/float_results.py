"""Train like the stages, and write the results before they are rounded to the .npz file on the command line."""

import sys

import numpy as np

from birds import files, params, paths, rounding
from birds.model import gram_descent, logistic


def main(path: str) -> None:
    chosen = params.read_params()
    x, y = map(files.read_npy, paths.columns("train"))
    gram = gram_descent.Gram(x)
    snapshots_at = files.read_npz(paths.SNAPSHOTS)["iterations"]
    fits = [
        gram_descent.fit(x, y, lr=lr, iterations=chosen.iterations, snapshots_at=snapshots_at, gram=gram)
        for lr in (chosen.lr, *chosen.sweep_lr)
    ]
    models = [(fit.w, fit.b) for fit in fits] + [*fits[0].snapshots.values()]
    w, b = rounding.weights(fits[0].w), rounding.weights(fits[0].b)
    sets = [files.read_npy(paths.columns(name)[0]) for name in paths.SETS]
    files.write_npz(
        path,
        weights=np.concatenate([np.append(w, b) for w, b in models]),
        costs=np.concatenate([[*fit.costs.values()] for fit in fits]),
        probabilities=np.concatenate([logistic.predict_proba(w, b, columns)[0] for columns in sets]),
    )


if __name__ == "__main__":
    main(sys.argv[1])
