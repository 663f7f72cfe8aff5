"""The HTML page: all results of a run in one file that opens anywhere, without a network."""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from birds.data.cifar10 import CHANNELS, CLASSES, PIXEL_MAX, SIDE, TITLES, label_names
from birds.model.logistic import THRESHOLD, decide
from birds.photos import BROWSER_FORMATS, FILE_BYTES_MAX, PIXELS_MAX, SIDE_MAX

N_SAMPLES = 8  # of each kind
UNDECIDED = 0.05  # the largest distance from the threshold
# ColorBrewer's PuOr, reversed: matplotlib's PuOr_r
COLOURS = (
    *("#2d004b", "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#f7f7f7"),
    *("#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08"),
)

Arrays = Mapping[str, npt.NDArray[Any]]

# The plots in the order of the page, with their captions.
CAPTIONS = {
    "cost": "Training cost over the iterations.",
    "sweep": "Training cost for each learning rate of the sweep, with the final accuracies.",
    "weights": "What the model has learned: one weight for each colour of each pixel.",
    "hits_and_mistakes": "The most confident correct and wrong predictions on the holdout.",
    "recall_by_class": "How often each class is correctly classified.",
    "confusion": "Confusion matrix on the holdout.",
    "roc": "True and false positive rates at every threshold.",
    "reliability": "How well the probabilities match the observed frequencies.",
    "examples": "Some training images.",
    "test_example": "One test image.",
}


def render(
    *,
    model: Arrays,
    scores: Mapping[str, Any],
    comparison: Mapping[str, Any],
    params: Mapping[str, Any],
    plots: Mapping[str, bytes],
    holdout: Arrays,
    mean: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float32],
    learning: Sequence[Sequence[str]],
) -> str:
    """Render the page as HTML that uses no other file and opens no connection.

    Parameters
    ----------
    model, scores, comparison : mapping
        The content of data/model/model.npz, metrics/scores.json and metrics/comparison.json.
    params : mapping
        The parameters of the run, by name.
    plots : mapping
        Maps each name in `CAPTIONS` to the content of its PNG.
    holdout : mapping
        The ``images`` (m, 32, 32, 3) and ``labels`` (m,) of the holdout, uint8, and its ``classes`` (m,), int64.
    mean : ndarray of float64, shape (32, 32, 3)
        The mean of the training images, from 0 to 255.
    probabilities : ndarray of float32, shape (m,)
        The probabilities of the holdout images.
    learning : sequence of rows
        The rows of plots/evaluation/learning.csv: the cost and the accuracy of each snapshot on each set.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_suffix("")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    dataset = str(model["source"])
    return environment.get_template("page.html.j2").render(
        is_real=dataset == "cifar10",
        dataset_title=TITLES[dataset],
        sets=[*scores],
        scores=scores,
        comparison=comparison,
        params=params,
        plots=[(caption, _base64(plots[name])) for name, caption in CAPTIONS.items()],
        samples=dict(_samples(holdout, probabilities)),
        data={
            "side": SIDE,
            "channels": CHANNELS,
            "pixel_max": PIXEL_MAX,
            "side_max": SIDE_MAX,
            "pixels_max": PIXELS_MAX,
            "file_bytes_max": FILE_BYTES_MAX,
            "colours": COLOURS,
            "formats": BROWSER_FORMATS,
            "shift": scores["holdout"]["insights"]["shift"],
            "threshold": THRESHOLD,
            "n_holdout": len(holdout["labels"]),
            "label_names": label_names(params["target_class"]),
            "labels": _base64(holdout["labels"].tobytes()),
            "probabilities": _base64(probabilities.astype("<f4").tobytes()),
            "mean": _base64((mean / PIXEL_MAX).astype("<f4").tobytes()),
            "weights": _base64(model["snapshot_w"].astype("<f4").tobytes()),
            "snapshots": _snapshots(model, learning),
        },
    )


def _samples(
    holdout: Arrays, a: npt.NDArray[np.float32]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Choose holdout images to try, by kind. Half of the hits are of the target class. Larger objects come first."""
    images, y, half = holdout["images"], holdout["labels"], N_SAMPLES // 2
    mistake, distance, is_hit = np.abs(a - y), np.abs(a - THRESHOLD), decide(a) == y
    kinds = {
        "Surest hits": [
            (mistake, is_hit & (y == 1), half),
            (mistake, is_hit & (y == 0), half),
        ],
        "Worst mistakes": [(-mistake, ~is_hit, N_SAMPLES)],
        "Undecided": [(distance, distance < UNDECIDED, N_SAMPLES)],
    }
    names = [CLASSES[number] for number in holdout["classes"]]
    for kind, groups in kinds.items():
        firsts = [
            [n for n in np.argsort(key, kind="stable") if among[n]][:count]
            for key, among, count in groups
        ]
        chosen = [
            n
            for first in firsts
            for n in sorted(first, key=lambda n: -_object_size(images[n]))
        ]
        yield (
            kind,
            [
                {"class": names[n], "label": y[n], "a": a[n], "bmp": _bmp(images[n])}
                for n in chosen
            ],
        )


def _object_size(image: npt.NDArray[np.uint8]) -> int:
    """Count the pixels that differ from the mean of the border."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return int((np.abs(image - border.mean(axis=0)).max(axis=2) > PIXEL_MAX // 4).sum())


def _snapshots(
    model: Arrays, learning: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """List each snapshot's iteration and bias, and its cost and accuracy on each set."""
    listed: list[dict[str, Any]] = [
        {"iteration": int(iteration), "b": float(b), "cost": {}, "accuracy": {}}
        for iteration, b in zip(
            model["snapshot_iterations"], model["snapshot_b"], strict=True
        )
    ]
    for name, rows in groupby(learning, itemgetter(0)):
        for snapshot, (_, _, cost, accuracy) in zip(listed, rows, strict=True):
            snapshot["cost"][name] = float(cost)
            snapshot["accuracy"][name] = float(accuracy)
    return listed


def _bmp(image: npt.NDArray[np.uint8]) -> str:
    """Encode an image without compression, so that the page reads its pixels without a canvas."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, "BMP")
    return _base64(content.getvalue())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
