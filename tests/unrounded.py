"""Compute the results of a run before they are rounded, in the folder of a project."""

import numpy as np

from birds import files, paths
from birds.data.cifar10 import IMAGE_SHAPE, N_FEATURES
from birds.evaluation import metrics
from birds.model import gram_descent, logistic, rounding
from birds.model.logistic import Array, Fit, Floats
from birds.params import read_params


def unrounded_results() -> dict[str, Array]:
    """Return each kind of result. `birds.model.rounding` rounds all but decisions."""
    fits = train()
    probabilities = []
    scores = []
    decisions = []
    for path in paths.COLUMNS_OF.values():
        columns = files.read_npz(path)
        x = columns["x"]
        y = columns["y"][0]
        for w, b in models_of(fits[0]):
            z = logistic.logits(w, b, x)[0]
            decisions.append(logistic.sigmoid(z))
            scores.append(logistic.cost(z, y))
        a = logistic.sigmoid(z)  # of the trained model
        probabilities.append(a)
        scores.append(metrics.brier(y, rounding.probabilities(a)))
        for changed in changed_weights(w):
            decisions.append(logistic.predict_proba(changed, b, x)[0])
    return {
        "weights": np.concatenate([weights_of(fit) for fit in fits]),
        "costs": np.concatenate([list(fit.costs.values()) for fit in fits]),
        "probabilities": np.concatenate(probabilities),
        "scores": np.array(scores),
        "decisions": np.concatenate(decisions),
    }


def train() -> list[Fit]:
    """Train like the stages train and sweep."""
    params = read_params()
    train = files.read_npz(paths.COLUMNS_OF["train"])
    gram = gram_descent.Gram(train["x"])
    fits = []
    for lr in [params.lr] + params.sweep_lr:
        fit = gram_descent.fit(
            train["x"],
            train["y"],
            lr=lr,
            iterations=params.iterations,
            snapshots_at=range(0, params.iterations, logistic.RECORD_EVERY),
            gram=gram,
        )
        fits.append(fit)
    return fits


def models_of(fit: Fit) -> list[tuple[Floats, Floats]]:
    """Return each snapshot as it is written, and the trained model as the last one."""
    snapshots = list(fit.snapshots.values()) + [(fit.w, fit.b)]
    return [(rounding.weights(w), rounding.weights(b)) for w, b in snapshots]


def weights_of(fit: Fit) -> Array:
    """Return all weights and biases of a training."""
    snapshots = list(fit.snapshots.values()) + [(fit.w, fit.b)]
    return np.concatenate([np.append(w, b) for w, b in snapshots])


def changed_weights(w: Floats) -> list[Floats]:
    """Change the weights as `birds.evaluation.insights` does."""
    image = w.reshape(IMAGE_SHAPE)
    average = np.broadcast_to(image.mean(axis=(0, 1)), IMAGE_SHAPE)
    changed = [
        image[:, ::-1],
        np.roll(image, -2, axis=1),
        image[::-1, ::-1],
        image[:, :, [1, 0, 2]],
        average,
    ]
    return [each.reshape(N_FEATURES, 1) for each in changed]
