"""The pictures, in one style: matplotlib figures of what the stages wrote."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from birds import files
from birds.cifar10 import IMAGE_SHAPE

_SQUARE = (6, 7.6)
_CHANNEL_NAMES = ("red", "green", "blue")

Rows = Sequence[Mapping[str, str]]
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
        FigureCanvasAgg(figure).print_png(part, metadata={"Software": None})  # savefig would draw everything twice


def labelled_images(
    images: npt.NDArray[np.uint8], captions: Sequence[str], title: str, dataset: str, n_rows: int = 1
) -> Figure:
    """Draw images in rows, each under its caption.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, 3)
    captions : sequence of str, n of them
    title : str
    dataset : {'cifar10', 'synthetic'}
        Named in the title, as in every picture.
    n_rows : int
        How many rows the images fill.

    Returns
    -------
    Figure
    """
    n_columns = -(-len(images) // n_rows)
    figure = Figure(figsize=(max(2.1 * n_columns, 4.6), 0.6 + 2.6 * n_rows))
    panels = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for axes in panels:
        axes.set_axis_off()
    for axes, image, caption in zip(panels, images, captions, strict=False):
        show_image(axes, image, caption)
    figure.suptitle(_titled(title, dataset))
    return figure


def cost_curves(curves: Mapping[str, Rows], dataset: str) -> Figure:
    """Draw the cost over the iterations of one or more training runs.

    Parameters
    ----------
    curves : mapping
        From the label of a run to its rows, each with an ``iteration`` and a ``cost``.
    dataset : {'cifar10', 'synthetic'}

    Returns
    -------
    Figure
    """
    figure, axes = _lines(curves, "iteration", "cost", marker="o")
    axes.set(xlabel="iteration", ylabel="cost (nats per image)", title=_titled("Training cost", dataset))
    return figure


def roc_curves(curves: Mapping[str, Rows], target_class: str, dataset: str) -> Figure:
    """Draw receiver operating characteristics; rows have a ``false_positive_rate`` and a ``true_positive_rate``."""
    figure, axes = _lines(curves, "false_positive_rate", "true_positive_rate", figsize=_SQUARE)
    _square_percents(axes, "guessing")
    axes.set(
        xlabel=f"share of the others taken for {target_class} (%)",
        ylabel=f"share of {target_class} found (%)",
        title=_titled("Receiver operating characteristic", dataset),
    )
    return figure


def reliability_diagram(curves: Mapping[str, Rows], target_class: str, dataset: str) -> Figure:
    """Draw what was predicted against what came true; rows have a ``predicted`` and an ``observed``."""
    figure, axes = _lines(curves, "predicted", "observed", marker="o", figsize=_SQUARE)
    _square_percents(axes, "perfectly calibrated")
    axes.set(
        xlabel=f"predicted probability of {target_class} (%)",
        ylabel=f"of these, {target_class} (%)",
        title=_titled("Reliability of the probabilities", dataset),
    )
    return figure


def confusion_matrix(counts: Mapping[str, int], names: tuple[str, str], dataset: str) -> Figure:
    """Draw the counts of `birds.metrics.Confusion` with the share of each row."""
    matrix = np.array(
        [
            [counts["true_negative"], counts["false_positive"]],
            [counts["false_negative"], counts["true_positive"]],
        ]
    )
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    figure = Figure(figsize=(5.6, 4.8))
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(2, 2):
        text = f"{matrix[row, column]}\n{100 * shares[row, column]:.1f} %"
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=14)
    axes.grid(visible=False)
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.set(xlabel="predicted", ylabel="true", title=_titled("Confusion on the holdout", dataset))
    return figure


def recall_bars(recalls: Mapping[str, float | None], target_class: str, dataset: str) -> Figure:
    """Draw what share of each class is told rightly to be the target or not, the target in another colour."""
    known = {name: recall for name, recall in recalls.items() if recall is not None}
    names = sorted(known, key=lambda name: known[name])
    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    colours = [COLOURS[1] if name == target_class else COLOURS[0] for name in names]
    bars = axes.barh(names, [known[name] for name in names], color=colours)
    axes.bar_label(bars, fmt="%.1f %%", padding=3)
    axes.axvline(50, color="black", linewidth=1, linestyle=":")
    axes.set(
        xlim=(0, 108),
        xlabel="told rightly (%)",
        title=_titled(f"{target_class.capitalize()} or not, by class, on the holdout", dataset),
    )
    return figure


def weight_maps(w: npt.NDArray[np.floating[Any]], target_class: str, dataset: str) -> Figure:
    """Draw the weights (d, 1) as a map for each colour, and as a picture of what the model looks for."""
    image = w.reshape(IMAGE_SHAPE)
    largest = float(np.abs(image).max()) or 1.0
    figure = Figure(figsize=(10.5, 3.5))
    *maps, last = figure.subplots(1, len(_CHANNEL_NAMES) + 1)
    for axes, channel, name in zip(maps, np.moveaxis(image, 2, 0), _CHANNEL_NAMES, strict=True):
        drawn = axes.imshow(channel, cmap="PuOr_r", vmin=-largest, vmax=largest, interpolation="nearest")
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()
    figure.colorbar(drawn, ax=maps, label="weight", shrink=0.75, pad=0.02)
    show_image(last, (0.5 + image / (2 * largest)).astype(np.float64), f"what {target_class} looks like to it")
    figure.suptitle(_titled(f"Weights: what speaks for {target_class} (positive) and against", dataset))
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


def _lines(
    curves: Mapping[str, Rows], x: str, y: str, marker: str = "", figsize: tuple[float, float] = (8, 5)
) -> tuple[Figure, Axes]:
    """Draw a line for each label, told apart by colour and by style, and the legend below."""
    figure = Figure(figsize=figsize)
    axes = figure.subplots()
    for n, (label, rows) in enumerate(curves.items()):
        style, colour = LINE_STYLES[n % len(LINE_STYLES)], COLOURS[n % len(COLOURS)]
        xs, ys = ([float(row[name]) for row in rows] for name in (x, y))
        axes.plot(xs, ys, style, color=colour, marker=marker, markersize=3, label=label)
    figure.legend(loc="outside lower center")
    return figure, axes


def _square_percents(axes: Axes, diagonal: str) -> None:
    """Give both axes 0 to 100 and draw what the diagonal means."""
    axes.plot([0, 100], [0, 100], color="grey", linewidth=1)
    axes.annotate(diagonal, (70, 67), rotation=45, rotation_mode="anchor", ha="center", va="top", color="dimgrey")
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")


def _titled(title: str, dataset: str) -> str:
    return f"{title}\n{_DATASET_TITLES[dataset]}"
