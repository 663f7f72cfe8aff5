"""What the model has learned, in numbers that need no mathematics."""

from typing import Any

import numpy as np

from birds.data.cifar10 import CHANNELS, IMAGE_SHAPE, N_FEATURES
from birds.evaluation import metrics
from birds.model import rounding
from birds.model.logistic import Array, Floats, predict, predict_proba

SHIFT = 2  # pixels


def measure(w: Floats, b: Floats, x: Array, y: metrics.Labels) -> dict[str, Any]:
    """Compute how colour alone is classified, and how many predictions change.

    Returns
    -------
    dict
        ``plain_colours``: the probabilities of a red, a green and a blue image.
        ``average_colour_accuracy``: the accuracy in percent if each image is replaced
        by its average colour. ``changed_predictions``: the percentage of predictions
        that change if all images are mirrored, shifted to the right by `SHIFT` pixels
        (which come back on the left), turned upside down, or recoloured: red and green
        swapped. ``shift``: `SHIFT`.
    """
    # Moving an image to the right gives the same logit as moving the weights to the
    # left, and the weights are fewer. The other changes are their own opposites.
    weights = w.reshape(IMAGE_SHAPE)
    changes = {
        "mirrored": weights[:, ::-1],
        "shifted": np.roll(weights, -SHIFT, axis=1),
        "turned": weights[::-1, ::-1],
        "recoloured": weights[:, :, [1, 0, 2]],
    }
    changed_weights = np.stack(list(changes.values())).reshape(-1, N_FEATURES)
    is_changed = predict(changed_weights.T, b, x) != predict(w, b, x)
    changed_predictions = {}
    for name, by_image in zip(changes, is_changed, strict=True):
        changed_predictions[name] = 100 * int(by_image.sum()) / len(y)

    # The logit of an average colour: each pixel gets the average weights.
    average = np.broadcast_to(weights.mean(axis=(0, 1)), IMAGE_SHAPE)
    averaged = predict(average.reshape(N_FEATURES, 1), b, x)[0]
    plain = np.tile(np.eye(CHANNELS), (N_FEATURES // CHANNELS, 1))
    plain_colours = rounding.probabilities(predict_proba(w, b, plain)[0])
    return {
        "plain_colours": plain_colours.tolist(),
        "average_colour_accuracy": metrics.accuracy(y, averaged),
        "changed_predictions": changed_predictions,
        "shift": SHIFT,
    }
