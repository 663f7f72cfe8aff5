"""The holdout images that the page offers to try."""

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from birds.data.cifar10 import CLASSES, PIXEL_MAX
from birds.files import Arrays
from birds.model.logistic import THRESHOLD, decide
from birds.report.sentences import with_article

N_IMAGES = 8  # of each kind
UNDECIDED = 0.05  # the largest distance from the threshold

Indices = list[int]
Floats = npt.NDArray[np.floating[Any]]


def kinds(holdout: Arrays, a: npt.NDArray[np.float32]) -> list[dict[str, Any]]:
    """Choose and describe images of each kind. Larger objects come first.

    Half of the hits are of the target class. A kind without images is left out.
    """
    images = holdout["images"]
    y = holdout["labels"]
    is_hit = decide(a) == y
    error = np.abs(a - y)
    distance = np.abs(a - THRESHOLD)

    target_hits = _smallest(error, is_hit & (y == 1), N_IMAGES // 2)
    other_hits = _smallest(error, is_hit & (y == 0), N_IMAGES // 2)
    mistakes = _smallest(-error, ~is_hit, N_IMAGES)
    undecided = _smallest(distance, distance < UNDECIDED, N_IMAGES)
    chosen = {
        "Surest hits": (
            _larger_first(target_hits, images) + _larger_first(other_hits, images)
        ),
        "Worst mistakes": _larger_first(mistakes, images),
        "Undecided": _larger_first(undecided, images),
    }
    return [
        {"name": kind, "images": _described(kind, indices, holdout)}
        for kind, indices in chosen.items()
        if indices
    ]


def _smallest(values: Floats, is_allowed: npt.NDArray[np.bool], count: int) -> Indices:
    """Return the indices of the smallest values among the allowed ones."""
    allowed = np.flatnonzero(is_allowed)
    order = np.argsort(values[allowed], kind="stable")
    smallest: Indices = allowed[order][:count].tolist()
    return smallest


def _larger_first(indices: Indices, images: npt.NDArray[np.uint8]) -> Indices:
    return sorted(indices, key=lambda n: _object_size(images[n]), reverse=True)


def _object_size(image: npt.NDArray[np.uint8]) -> int:
    """Count the pixels that differ from the mean of the border."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    difference = np.abs(image - border.mean(axis=0)).max(axis=2)
    return int((difference > PIXEL_MAX // 4).sum())


def _described(kind: str, indices: Indices, holdout: Arrays) -> list[dict[str, Any]]:
    """Give each image's true class and label, and its pixels."""
    described = []
    for position, n in enumerate(indices, start=1):
        name = CLASSES[holdout["classes"][n]]
        described.append(
            {
                "alt": f"{name}, {position} of the {kind.lower()}",
                "name": with_article(name),
                "label": holdout["labels"][n],
                "bmp": _bmp(holdout["images"][n]),
            }
        )
    return described


def _bmp(image: npt.NDArray[np.uint8]) -> str:
    """Encode an image so that the page can read its pixels without a canvas."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, "BMP")
    return base64.b64encode(content.getvalue()).decode()
