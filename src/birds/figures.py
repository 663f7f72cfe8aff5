"""The pictures, in one style: matplotlib figures of what the stages wrote."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import PIL.Image
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from birds import files
from birds.cifar10 import IMAGE_SHAPE

# Lengths are in inches. What is placed by hand needs no layout engine, whose measuring takes longer than the drawing.
_TITLE_HEIGHT, _LINE_HEIGHT, _GAP = 0.65, 0.24, 0.25
_SIDE = 1.85  # of an image of CIFAR-10
_WIDE, _SQUARE = (6.8, 3.5), (4.8, 4.8)  # width and height of a graph within its axes
_CHANNEL_NAMES = ("red", "green", "blue")

Rows = Sequence[Mapping[str, str]]
Image = npt.NDArray[np.uint8] | npt.NDArray[np.float64]

# Okabe and Ito's palette, told apart by the colour-blind (https://jfly.uni-koeln.de/color/), with a line style each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", "-.", ":")

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.titley": 1.0,  # where it is by default, without measuring what may be in its way
    "grid.alpha": 0.3,
    "text.hinting": "no_hinting",  # the letters as they were drawn; fitting them to the pixels takes longer
}
mpl.rcdefaults()  # a user's matplotlibrc must not change the bytes
mpl.rcParams.update(_STYLE)

_DATASET_TITLES = {"cifar10": "CIFAR-10", "synthetic": "SYNTHETIC STAND-IN, NOT CIFAR-10"}


def draw_all(pictures: Mapping[str, Callable[[], Figure]]) -> None:
    """Draw pictures and write each to its path, one on each core.

    Parameters
    ----------
    pictures : mapping
        From a path to the function that makes its figure, which can be pickled.

    Notes
    -----
    Where processes are not safely forked (macOS) or not at all (Windows), they are drawn one after the other: a new
    process that imports matplotlib takes longer than it saves.
    """
    if sys.platform == "linux":
        with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
            pool.starmap(_draw, pictures.items(), chunksize=1)
    else:
        for path, figure in pictures.items():
            _draw(path, figure)


def _draw(path: str, figure: Callable[[], Figure]) -> None:
    save(figure(), path)


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as a PNG that carries no date and no version."""
    with files.replacing(path) as part:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # once; savefig would draw twice, the first time for a layout engine
        pixels = PIL.Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        pixels.save(part, format="PNG", compress_level=3)  # more would take longer than all other work on the bytes


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
    row_height = _LINE_HEIGHT * max(caption.count("\n") + 1 for caption in captions) + _SIDE + _GAP
    images_width = n_columns * (_SIDE + _GAP) - _GAP
    width = max(images_width + 2 * _GAP, 4.6)
    figure, sheet = _sheet(width, _TITLE_HEIGHT + n_rows * row_height, title, dataset)
    for n, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(n, n_columns)
        bottom = _TITLE_HEIGHT + (row + 1) * row_height - _GAP
        left = (width - images_width) / 2 + column * (_SIDE + _GAP)
        _place(sheet, image, caption, (left, bottom - _SIDE, _SIDE, _SIDE))
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
    figure, axes = _lines(_WIDE, "Training cost", dataset, curves, "iteration", "cost", marker="o")
    axes.set(xlabel="iteration", ylabel="cost (nats per image)")
    return figure


def roc_curves(curves: Mapping[str, Rows], target_class: str, dataset: str) -> Figure:
    """Draw receiver operating characteristics; rows have a ``false_positive_rate`` and a ``true_positive_rate``."""
    title = "Receiver operating characteristic"
    figure, axes = _lines(_SQUARE, title, dataset, curves, "false_positive_rate", "true_positive_rate")
    _square_percents(axes, "guessing")
    axes.set(xlabel=f"share of the others taken for {target_class} (%)", ylabel=f"share of {target_class} found (%)")
    return figure


def reliability_diagram(curves: Mapping[str, Rows], target_class: str, dataset: str) -> Figure:
    """Draw what was predicted against what came true; rows have a ``predicted`` and an ``observed``."""
    title = "Reliability of the probabilities"
    figure, axes = _lines(_SQUARE, title, dataset, curves, "predicted", "observed", marker="o")
    _square_percents(axes, "perfectly calibrated")
    axes.set(xlabel=f"predicted probability of {target_class} (%)", ylabel=f"of these, {target_class} (%)")
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
    figure, axes = _graph((3.6, 3.6), "Confusion on the holdout", dataset)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(2, 2):
        text = f"{matrix[row, column]}\n{100 * shares[row, column]:.1f} %"
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=14)
    axes.grid(visible=False)
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def recall_bars(recalls: Mapping[str, float | None], target_class: str, dataset: str) -> Figure:
    """Draw what share of each class is told rightly to be the target or not, the target in another colour."""
    known = {name: recall for name, recall in recalls.items() if recall is not None}
    names = sorted(known, key=lambda name: known[name])
    title = f"{target_class.capitalize()} or not, by class, on the holdout"
    figure, axes = _graph(_WIDE, title, dataset, left=1.15)
    colours = [COLOURS[1] if name == target_class else COLOURS[0] for name in names]
    bars = axes.barh(names, [known[name] for name in names], color=colours)
    axes.bar_label(bars, fmt="%.1f %%", padding=3)
    axes.axvline(50, color="black", linewidth=1, linestyle=":")
    axes.set(xlim=(0, 108), xlabel="told rightly (%)")
    return figure


def weight_maps(w: npt.NDArray[np.floating[Any]], target_class: str, dataset: str) -> Figure:
    """Draw the weights (d, 1) as a map for each colour, and as a picture of what the model looks for."""
    image = w.reshape(IMAGE_SHAPE).astype(np.float64)
    largest = float(np.abs(image).max()) or 1.0
    top, bar_width = _TITLE_HEIGHT + _LINE_HEIGHT, 1.15
    left = _GAP + len(_CHANNEL_NAMES) * (_SIDE + _GAP)
    width, height = left + bar_width + _GAP + _SIDE + _GAP, top + _SIDE + _GAP
    figure, sheet = _sheet(width, height, f"Weights: what speaks for {target_class} (positive) and against", dataset)
    for n, (channel, name) in enumerate(zip(np.moveaxis(image, 2, 0), _CHANNEL_NAMES, strict=True)):
        place = (_GAP + n * (_SIDE + _GAP), top, _SIDE, _SIDE)
        drawn = _place(sheet, channel, name, place, cmap="PuOr_r", vmin=-largest, vmax=largest)
    bar = figure.add_axes((left / width, _GAP / height, 0.12 / width, _SIDE / height))
    figure.colorbar(drawn, cax=bar, label="weight")
    picture = 0.5 + image / (2 * largest)
    _place(sheet, picture, f"what {target_class} looks like to it", (left + bar_width + _GAP, top, _SIDE, _SIDE))
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
    side, top = 3.4, _TITLE_HEIGHT + 2 * _LINE_HEIGHT
    row_height = 2 * _LINE_HEIGHT + side + _GAP
    title = "Before and after resizing, classified by a model trained on"
    figure, sheet = _sheet(2 * side + 3 * _GAP, _TITLE_HEIGHT + len(pictures) * row_height, title, dataset)
    for row, (name, picture, resized, verdict) in enumerate(pictures):
        before = f"{name}\n{picture.shape[1]} × {picture.shape[0]} pixels"
        after = f"{verdict}\nas the model sees it: {resized.shape[1]} × {resized.shape[0]} pixels"
        for column, (image, caption) in enumerate([(picture, before), (resized, after)]):
            width, height = (side * length / max(image.shape[:2]) for length in (image.shape[1], image.shape[0]))
            left = _GAP + column * (side + _GAP) + (side - width) / 2
            _place(sheet, image, caption, (left, top + row * row_height + (side - height) / 2, width, height))
    return figure


def _sheet(width: float, height: float, title: str, dataset: str) -> tuple[Figure, Axes]:
    """Make an empty figure with a title, and axes over all of it in inches from its upper left corner."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    axes.text(width / 2, 0.1, _titled(title, dataset), ha="center", va="top", fontsize="large")
    return figure, axes


def _place(
    sheet: Axes, image: Image, caption: str, place: tuple[float, float, float, float], **colours: Any
) -> AxesImage:
    """Draw an image with sharp pixels at left, top, width and height of a sheet, and its caption above."""
    left, top, width, height = place
    sheet.text(left + width / 2, top - 0.06, caption, ha="center", va="bottom", fontsize=10, parse_math=False)
    extent = (left, left + width, top + height, top)
    return sheet.imshow(image, extent=extent, aspect="auto", interpolation="nearest", **colours)


def _graph(
    size: tuple[float, float], title: str, dataset: str, left: float = 0.85, bottom: float = 0.65
) -> tuple[Figure, Axes]:
    """Make a figure of one graph with a title, the axes of the given size, and room left of and below them."""
    width, height = left + size[0] + _GAP, _TITLE_HEIGHT + size[1] + bottom
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((left / width, bottom / height, size[0] / width, size[1] / height))
    axes.set_title(_titled(title, dataset))
    return figure, axes


def _lines(
    size: tuple[float, float], title: str, dataset: str, curves: Mapping[str, Rows], x: str, y: str, marker: str = ""
) -> tuple[Figure, Axes]:
    """Draw a line for each label, told apart by colour and by style, and the legend below."""
    figure, axes = _graph(size, title, dataset, bottom=0.75 + _LINE_HEIGHT * len(curves))
    for n, (label, rows) in enumerate(curves.items()):
        style, colour = LINE_STYLES[n % len(LINE_STYLES)], COLOURS[n % len(COLOURS)]
        xs, ys = ([float(row[name]) for row in rows] for name in (x, y))
        axes.plot(xs, ys, style, color=colour, marker=marker, markersize=3, label=label)
    figure.legend(loc="lower center")
    return figure, axes


def _square_percents(axes: Axes, diagonal: str) -> None:
    """Give both axes 0 to 100 and draw what the diagonal means."""
    axes.plot([0, 100], [0, 100], color="grey", linewidth=1)
    axes.annotate(diagonal, (70, 67), rotation=45, rotation_mode="anchor", ha="center", va="top", color="dimgrey")
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")


def _titled(title: str, dataset: str) -> str:
    return f"{title}\n{_DATASET_TITLES[dataset]}"
