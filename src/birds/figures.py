"""The pictures, in one style: matplotlib figures of what the stages wrote."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from birds import files

Image = npt.NDArray[np.uint8] | npt.NDArray[np.float64]

# Okabe and Ito's palette, told apart by the colour-blind (https://jfly.uni-koeln.de/color/), with a line style each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", "-.", ":")

_STYLE: Any = {
    "figure.dpi": 120,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
mpl.rcdefaults()  # a user's matplotlibrc must not change the bytes
mpl.rcParams.update(_STYLE)

_DATASET_TITLES = {"cifar10": "CIFAR-10", "synthetic": "SYNTHETIC STAND-IN, NOT CIFAR-10"}


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as a PNG that carries no date and no version."""
    with files.replacing(path) as part:
        figure.savefig(part, format="png", metadata={"Software": None})


def labelled_images(images: npt.NDArray[np.uint8], captions: Sequence[str], title: str, dataset: str) -> Figure:
    """Draw images in a row, each under its caption.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, 3)
    captions : sequence of str
    title : str
    dataset : {'cifar10', 'synthetic'}
        Named in the title.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(max(2.1 * len(images), 4.6), 3.2))
    for axes, image, caption in zip(figure.subplots(1, len(images), squeeze=False)[0], images, captions, strict=True):
        show_image(axes, image, caption)
    figure.suptitle(_titled(title, dataset))
    return figure


def cost_curves(curves: Mapping[str, Sequence[Mapping[str, str]]], title: str, dataset: str) -> Figure:
    """Draw the cost over the iterations of one or more training runs.

    Parameters
    ----------
    curves : mapping
        From the label of a run to its rows, each with an ``iteration`` and a ``cost``.
    title : str
    dataset : {'cifar10', 'synthetic'}
        Named in the title.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    for n, (label, rows) in enumerate(curves.items()):
        iterations, costs = [int(row["iteration"]) for row in rows], [float(row["cost"]) for row in rows]
        style, colour = LINE_STYLES[n % len(LINE_STYLES)], COLOURS[n % len(COLOURS)]
        axes.plot(iterations, costs, style, color=colour, marker="o", markersize=3, label=label)
    axes.set_title(_titled(title, dataset))
    axes.set_xlabel("iteration")
    axes.set_ylabel("cost (nats per image)")
    figure.legend(loc="outside lower center")
    return figure


def before_and_after(pictures: Sequence[tuple[str, Image, Image, str]], dataset: str) -> Figure:
    """Draw pictures before and after resizing, a row each.

    Parameters
    ----------
    pictures : sequence of (name, picture, resized, verdict)
        Pictures are arrays (height, width, 3), uint8 or floats in [0, 1].
    dataset : {'cifar10', 'synthetic'}
        What the model was trained on; named in the title.

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(8, 0.6 + 3.9 * len(pictures)))
    rows = figure.subplots(len(pictures), 2, squeeze=False)
    for (left, right), (name, picture, resized, verdict) in zip(rows, pictures, strict=True):
        show_image(left, picture, f"{name}\n{picture.shape[1]} × {picture.shape[0]} pixels")
        show_image(right, resized, f"{verdict}\nas the model sees it: {resized.shape[1]} × {resized.shape[0]} pixels")
    figure.suptitle(_titled("Before and after resizing, classified by a model trained on", dataset))
    return figure


def show_image(axes: Axes, image: Image, caption: str) -> None:
    """Draw an image with sharp pixels and no axes."""
    axes.imshow(image, interpolation="nearest")
    axes.set_title(caption, fontsize=10, parse_math=False)
    axes.set_axis_off()


def _titled(title: str, dataset: str) -> str:
    return f"{title}\n{_DATASET_TITLES[dataset]}"
