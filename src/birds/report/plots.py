"""Draw the plots with matplotlib, all in one style. Each is a `Figure` that names the dataset."""

import os
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import PIL.Image
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from birds import files
from birds.data.cifar10 import IMAGE_SHAPE, TITLES
from birds.model.logistic import decide

EXAMPLES = (0, 20, 300, 1000, 1500)  # columns of the training set
TEST_EXAMPLE = 10  # a column of the test set
N_SUREST = 6
MARGIN = 0.2  # inches around a plot
NAME_MAX = 28  # characters of a file name in a caption, on two lines

Points = Sequence[tuple[float, float]]  # x and y
Set = Mapping[
    str, npt.NDArray[Any]
]  # contains "images" (m, height, width, 3) and "labels" (m,)
Image = npt.NDArray[np.uint8] | npt.NDArray[np.float64]

# Okabe and Ito's palette, which colour-blind people can tell apart (https://jfly.uni-koeln.de/color/).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", "-.", ":")

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "figure.titlesize": "large",
    "grid.alpha": 0.3,
    "text.hinting": "no_hinting",
    "text.parse_math": False,  # file names can contain dollar signs
}
mpl.rcdefaults()  # the user's matplotlibrc must not change the bytes
mpl.rcParams.update(_STYLE)


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a plot as a PNG without a date, a version or an alpha channel."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    with files.replacing(path) as part:
        PIL.Image.fromarray(pixels).save(part, "PNG")


def training_examples(train: Set, names: tuple[str, str], dataset: str) -> Figure:
    """Draw the training images that the tutorial shows, with their labels."""
    columns = [column for column in EXAMPLES if column < len(train["images"])]
    captions = [
        f"column {column}: {names[train['labels'][column]]}" for column in columns
    ]
    return labelled_images(
        train["images"][columns], captions, "Training examples", dataset
    )


def test_example(
    test: Set, a: npt.NDArray[np.float32], names: tuple[str, str], dataset: str
) -> Figure:
    """Draw the test image that the tutorial shows, with its label and prediction."""
    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    predicted = f"{names[decide(a[column])]} (a = {a[column]:.4f})"
    caption = f"true: {names[test['labels'][column]]}\npredicted: {predicted}"
    return labelled_images(
        test["images"][[column]], [caption], f"Test image {column}", dataset
    )


def hits_and_mistakes(
    holdout: Set, a: npt.NDArray[np.float32], names: tuple[str, str], dataset: str
) -> Figure:
    """Draw the holdout images with the smallest and the largest difference between probability and label."""
    order = np.argsort(np.abs(a - holdout["labels"]), kind="stable")
    chosen = np.concatenate([order[:N_SUREST], order[::-1][:N_SUREST]])
    captions = [f"{names[holdout['labels'][n]]}, a = {a[n]:.3f}" for n in chosen]
    is_hit = decide(a[chosen]) == holdout["labels"][chosen]
    title = "Holdout: nearest to the true label (top) and farthest from it (bottom)"
    if is_hit[:N_SUREST].all() and not is_hit[N_SUREST:].any():
        title = "Holdout: most confident hits (top) and worst mistakes (bottom)"
    return labelled_images(
        holdout["images"][chosen], captions, title, dataset, n_rows=2
    )


def before_and_after(
    photos: Sequence[tuple[str, Image, Image, str]], dataset: str
) -> Figure:
    """Draw photos before and after resizing, one row each: file name, photo, resized photo and verdict."""
    images, captions = [], []
    for name, photo, resized, verdict in photos:
        printable = name.encode(errors="backslashreplace").decode()
        if len(printable) > NAME_MAX:
            printable = f"{printable[: NAME_MAX // 2]}…{printable[1 - NAME_MAX // 2 :]}"
        images += [photo, resized]
        captions += [
            textwrap.fill(printable, NAME_MAX // 2),
            f"what the model sees:\n{verdict}",
        ]
    title = "Before and after resizing.\nThe model is trained on"
    return labelled_images(images, captions, title, dataset, n_rows=len(photos))


def labelled_images(
    images: Sequence[Image] | npt.NDArray[Any],
    captions: Sequence[str],
    title: str,
    dataset: str,
    n_rows: int = 1,
) -> Figure:
    """Draw images in rows, each below its caption. Each is (height, width, 3), uint8 or floats in [0, 1]."""
    n_columns = -(-len(images) // n_rows)
    cell_width, cell_height = (
        1.1,
        1.15 + 0.12 * max(caption.count("\n") for caption in captions),
    )  # images have side 1
    size = max(2 * cell_width * n_columns, 4.6), 0.8 + 2 * cell_height * n_rows
    figure, axes = _figure(size, title, dataset, left=MARGIN, bottom=MARGIN)
    # One Axes for all images, because each is slow to create and draw.
    for n, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(n, n_columns)
        height, width = np.divide(image.shape[:2], max(image.shape[:2]))
        x, y = column * cell_width + 0.5, (row + 1) * cell_height - height / 2
        extent = (x - width / 2, x + width / 2, y + height / 2, y - height / 2)
        axes.imshow(image, interpolation="nearest", extent=extent)
        axes.text(
            x, y - height / 2 - 0.03, caption, ha="center", va="bottom", fontsize=10
        )
    axes.set(
        xlim=(0, n_columns * cell_width - 0.1),
        ylim=(n_rows * cell_height, 0),
        aspect="equal",
    )
    axes.set_axis_off()
    return figure


def cost_curves(curves: Mapping[str, Points], dataset: str) -> Figure:
    """Draw the cost over the iterations, one curve for each training run."""
    bottom = 0.8 + 0.24 * len(curves)
    figure, axes = _figure(
        (7.9, 3.5 + bottom), "Training cost", dataset, left=1, bottom=bottom
    )
    _draw_lines(axes, curves, marker="o")
    figure.legend(loc="lower center")
    axes.set(xlabel="iteration", ylabel="cost (nats per image)")
    return figure


def roc_curves(curves: Mapping[str, Points], dataset: str) -> Figure:
    """Draw receiver operating characteristics: false and true positive rates in percent, for each set."""
    figure, axes = _figure((5.9, 6.2), "Receiver operating characteristic", dataset)
    _draw_lines(axes, curves)
    _square_percents(axes, "guessing")
    axes.set(xlabel="false positive rate (%)", ylabel="true positive rate (%)")
    return figure


def reliability_diagram(
    curves: Mapping[str, Points], target_class: str, dataset: str
) -> Figure:
    """Draw predicted probabilities and observed frequencies in percent, for each set."""
    figure, axes = _figure((5.9, 6.2), "Reliability of the probabilities", dataset)
    _draw_lines(axes, curves, marker="o")
    _square_percents(axes, "perfectly calibrated")
    axes.set(
        xlabel=f"predicted probability of {target_class} (%)",
        ylabel=f"observed frequency of {target_class} (%)",
    )
    return figure


def confusion_matrix(
    counts: Mapping[str, int], names: tuple[str, str], dataset: str
) -> Figure:
    """Draw the counts of `birds.evaluation.metrics.Confusion`, with their percentages of each row."""
    matrix = np.reshape([*counts.values()], (2, 2))
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    figure, axes = _figure((4.7, 4.9), "Confusion matrix on the holdout", dataset)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(2, 2):
        text = f"{matrix[row, column]}\n{100 * shares[row, column]:.1f} %"
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column, row, text, ha="center", va="center", color=colour, fontsize=14
        )
    axes.grid(visible=False)
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def recall_bars(
    recalls: Mapping[str, float | None], target_class: str, dataset: str
) -> Figure:
    """Draw the percentage of each class that is correctly classified as the target or not."""
    known = {name: recall for name, recall in recalls.items() if recall is not None}
    names = sorted(known, key=lambda name: known[name])
    title = f"{target_class.capitalize()} or not: accuracy by class on the holdout"
    figure, axes = _figure((8.2, 4.8), title, dataset, left=1.1)
    colours = [COLOURS[1] if name == target_class else COLOURS[0] for name in names]
    bars = axes.barh(names, [known[name] for name in names], color=colours)
    axes.bar_label(bars, fmt="%.1f %%", padding=3)
    axes.axvline(50, color="black", linewidth=1, linestyle=":")
    axes.set(xlim=(0, 108), xlabel="correctly classified (%)")
    return figure


def weight_maps(
    w: npt.NDArray[np.floating[Any]], target_class: str, dataset: str
) -> Figure:
    """Draw the weights (d, 1) as one image, and as one map per colour channel."""
    image = w.reshape(IMAGE_SHAPE).astype(np.float64)
    largest = float(np.abs(image).max()) or 1.0
    scaled = 0.5 + image / (2 * largest)
    maps = [
        mpl.colormaps["PuOr_r"](channel)[:, :, :3]
        for channel in np.moveaxis(scaled, -1, 0)
    ]
    captions = [
        "all weights as an image",
        "weights of red",
        "weights of green",
        "weights of blue",
    ]
    title = f'Weights from −{largest:.2g} (purple, against "{target_class}") to {largest:.2g} (orange, for it)'
    return labelled_images([scaled, *maps], captions, title, dataset)


def _figure(
    size: tuple[float, float],
    title: str,
    dataset: str,
    *,
    left: float = 0.8,
    bottom: float = 0.6,
) -> tuple[Figure, Axes]:
    """Create a figure with a title. The size and the margins are in inches."""
    width, height = size
    figure = Figure(figsize=size)
    figure.suptitle(f"{title}\n{TITLES[dataset]}", y=1 - 0.1 / height)
    # Not by a layout engine, which takes a third of the time of drawing.
    figure.subplots_adjust(
        left / width, bottom / height, 1 - MARGIN / width, 1 - 0.7 / height
    )
    return figure, figure.subplots()


def _draw_lines(axes: Axes, curves: Mapping[str, Points], marker: str = "") -> None:
    """Draw one line per curve, each in its own colour and style."""
    for n, (label, points) in enumerate(curves.items()):
        style, colour = LINE_STYLES[n % len(LINE_STYLES)], COLOURS[n % len(COLOURS)]
        axes.plot(
            *zip(*points, strict=True),
            style,
            color=colour,
            marker=marker,
            markersize=3,
            label=label,
        )


def _square_percents(axes: Axes, diagonal: str) -> None:
    """Scale both axes from 0 to 100, label the diagonal, and put the legend below it."""
    axes.plot([0, 100], [0, 100], color="grey", linewidth=1)
    axes.annotate(
        diagonal,
        (70, 67),
        rotation=45,
        rotation_mode="anchor",
        ha="center",
        va="top",
        color="dimgrey",
    )
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
    axes.legend(loc="lower right")
