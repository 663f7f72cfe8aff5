"""What the model has learned, in numbers that need no mathematics."""

from typing import Any

import numpy as np

from birds import rounding
from birds.data.cifar10 import CHANNELS, IMAGE_SHAPE, N_FEATURES
from birds.evaluation import metrics
from birds.model.logistic import Array, Floats, predict, predict_proba

SHIFT = 2  # pixels


def insights(w: Floats, b: Floats, x: Array, y: metrics.Labels) -> dict[str, Any]:
    """Compute what plain colours give, and what changes to the images change.

    Returns
    -------
    dict
        ``plain_colours``: the probabilities of a red, a green and a blue image. ``average_colour_accuracy``: the
        accuracy in percent if each image is replaced by its average colour. ``changed_verdicts``: the percentage of
        verdicts that change if all images are mirrored, shifted to the right by `SHIFT` pixels (which come back on the
        left), turned upside down, or recoloured: red and green swapped. ``shift``: `SHIFT`.
    """

    def verdicts(changed: Array) -> metrics.Labels:
        return np.ravel(predict(w, b, changed.reshape(N_FEATURES, -1)))

    images = x.reshape(*IMAGE_SHAPE, -1)
    changes = {
        "mirrored": images[:, ::-1],
        "shifted": np.roll(images, SHIFT, axis=1),
        "turned": images[::-1, ::-1],
        "recoloured": images[:, :, [1, 0, 2]],
    }
    average_colours = np.broadcast_to(images.mean(axis=(0, 1)), images.shape)
    plain = np.tile(np.eye(CHANNELS), (N_FEATURES // CHANNELS, 1))
    unchanged = verdicts(images)
    return {
        "plain_colours": rounding.probabilities(predict_proba(w, b, plain)[0]).tolist(),
        "average_colour_accuracy": metrics.accuracy(y, verdicts(average_colours)),
        "changed_verdicts": {
            name: 100 * int((verdicts(changed) != unchanged).sum()) / len(y) for name, changed in changes.items()
        },
        "shift": SHIFT,
    }
