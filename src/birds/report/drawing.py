"""Draw the plots with matplotlib, all in one style.

Each plot says whether it shows CIFAR-10 or synthetic data.
"""

import math
import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image

from birds import files
from birds.data.cifar10 import IMAGE_SHAPE, TITLES
from birds.errors import UserError
from birds.model.logistic import decide

try:
    import matplotlib as mpl
except UnicodeDecodeError as error:
    # matplotlib reads the user's matplotlibrc at this import, and logs its name first.
    message = "matplotlib's settings, the file above, must be UTF-8: convert them"
    raise UserError(message) from error
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

EXAMPLES = (0, 20, 300, 1000, 1500)  # columns of the training set
TEST_EXAMPLE = 10  # a column of the test set
N_SUREST = 6
MARGIN = 0.2  # inches around a plot
# Of images in rows, in lengths of an image's longer side
GAP = 0.1  # between two images
CAPTION = 0.15  # above an image, for a caption of one line
LINE = 0.12  # for each further line
NAME_MAX = 28  # characters of a file name in a caption

# The palette of Okabe and Ito, which colour-blind people can tell apart:
# https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", "-.", ":")

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    # 12 lines can be told apart.
    "axes.prop_cycle": cycler(color=2 * COLOURS, linestyle=3 * LINE_STYLES),
    "figure.titlesize": "large",
    "grid.alpha": 0.3,
    "lines.markersize": 3,
    "text.hinting": "no_hinting",
    "text.parse_math": False,  # file names can contain dollar signs
}

Image = npt.NDArray[np.uint8] | npt.NDArray[np.float64]
ImageSet = files.Arrays  # images (m, height, width, 3) and labels (m,)
# Maps the name of each curve to its points (n, 2).
Curves = Mapping[str, npt.ArrayLike]
Probabilities = npt.NDArray[np.float32]
Names = tuple[str, str]  # of the labels


@contextmanager
def in_style() -> Iterator[None]:
    """Decorate a function to draw in `STYLE`, whatever the user's own settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


@in_style()
def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a plot as a PNG without a date, a version or an alpha channel."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    with files.replacing(path) as part:
        PIL.Image.fromarray(pixels).save(part, "PNG")


@in_style()
def training_examples(train: ImageSet, names: Names, source: str) -> Figure:
    """Draw the training images that the tutorial shows, with their labels."""
    images = []
    captions = []
    for column in EXAMPLES:
        if column < len(train["images"]):
            images.append(train["images"][column])
            label = train["labels"][column]
            captions.append(f"column {column}: {names[label]}")
    return _labelled_images(images, captions, "Training examples", source)


@in_style()
def test_example(test: ImageSet, a: Probabilities, names: Names, source: str) -> Figure:
    """Draw the test image that the tutorial shows, with its label and prediction."""
    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    image = test["images"][column]
    true = names[test["labels"][column]]
    predicted = names[decide(a[column])]
    caption = f"true: {true}\npredicted: {predicted} (a = {a[column]:.4f})"
    return _labelled_images([image], [caption], f"Test image {column}", source)


@in_style()
def hits_and_mistakes(
    holdout: ImageSet, a: Probabilities, names: Names, source: str
) -> Figure:
    """Draw the holdout images nearest to their label, and those farthest from it."""
    labels = holdout["labels"]
    order = np.argsort(np.abs(a - labels), kind="stable")
    nearest = order[:N_SUREST]
    farthest = order[::-1][:N_SUREST]
    images = []
    captions = []
    for n in np.concatenate([nearest, farthest]):
        images.append(holdout["images"][n])
        captions.append(f"{names[labels[n]]}, a = {a[n]:.3f}")
    title = "Holdout: nearest to the true label (top) and farthest from it (bottom)"
    is_hit = decide(a) == labels
    if is_hit[nearest].all() and not is_hit[farthest].any():
        title = "Holdout: most confident hits (top) and worst mistakes (bottom)"
    return _labelled_images(images, captions, title, source, n_rows=2)


@in_style()
def before_and_after(
    photos: Sequence[tuple[str, Image, Image, str]], source: str
) -> Figure:
    """Draw each photo in a row: its file name, the photo, it resized, the verdict."""
    images = []
    captions = []
    for name, photo, resized, verdict in photos:
        images.append(photo)
        captions.append(_wrapped(name))
        images.append(resized)
        captions.append(f"what the model sees:\n{verdict}")
    # _figure ends this sentence with the name of the source.
    title = "Before and after resizing.\nThe model is trained on"
    return _labelled_images(images, captions, title, source, n_rows=len(photos))


@in_style()
def cost_curves(curves: Curves, source: str) -> Figure:
    """Draw the cost over the iterations, one curve for each training run."""
    bottom = 0.8 + 0.24 * len(curves)  # room for the legend
    size = (7.9, 3.5 + bottom)
    figure, axes = _figure(size, "Training cost", source, left=1, bottom=bottom)
    _draw_lines(axes, curves, marker="o")
    figure.legend(loc="lower center")
    axes.set(xlabel="iteration", ylabel="cost (nats per image)")
    return figure


@in_style()
def roc_curves(curves: Curves, source: str) -> Figure:
    """Draw the false and true positive rates of each set, in percent."""
    figure, axes = _figure((5.9, 6.2), "Receiver operating characteristic", source)
    _draw_lines(axes, curves)
    _scale_to_percent(axes, "guessing")
    axes.set(xlabel="false positive rate (%)", ylabel="true positive rate (%)")
    return figure


@in_style()
def reliability_diagram(curves: Curves, target_class: str, source: str) -> Figure:
    """Draw the predicted and observed frequencies of each set, in percent."""
    figure, axes = _figure((5.9, 6.2), "Reliability of the probabilities", source)
    _draw_lines(axes, curves, marker="o")
    _scale_to_percent(axes, "perfectly calibrated")
    axes.set(
        xlabel=f"predicted probability of {target_class} (%)",
        ylabel=f"observed frequency of {target_class} (%)",
    )
    return figure


@in_style()
def confusion_matrix(counts: Mapping[str, int], names: Names, source: str) -> Figure:
    """Draw the counts of a confusion matrix, and their shares of each row."""
    matrix = np.array(
        [
            [counts["true_negative"], counts["false_positive"]],
            [counts["false_negative"], counts["true_positive"]],
        ]
    )
    totals = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.maximum(1, totals)  # 0 in a row without images
    figure, axes = _figure((4.7, 4.9), "Confusion matrix on the holdout", source)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(2, 2):
        share = shares[row, column]
        text = f"{matrix[row, column]}\n{100 * share:.1f} %"
        colour = "white" if share > 0.5 else "black"
        axes.text(
            column, row, text, ha="center", va="center", color=colour, fontsize=14
        )
    axes.grid(visible=False)
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.set(xlabel="predicted", ylabel="true")
    return figure


@in_style()
def accuracy_bars(
    accuracies: Mapping[str, float | None], target_class: str, source: str
) -> Figure:
    """Draw how often each class is correctly classified as the target or not.

    A class without images has no bar.
    """
    known = {name: share for name, share in accuracies.items() if share is not None}
    names = sorted(known, key=lambda name: known[name])
    lengths = [known[name] for name in names]
    colours = [COLOURS[1] if name == target_class else COLOURS[0] for name in names]
    title = f"{target_class.capitalize()} or not: accuracy by class on the holdout"
    figure, axes = _figure((8.2, 4.8), title, source, left=1.1)
    bars = axes.barh(names, lengths, color=colours)
    axes.bar_label(bars, fmt="%.1f %%", padding=3)
    axes.axvline(50, color="black", linewidth=1, linestyle=":")  # guessing
    axes.set(xlim=(0, 108), xlabel="correctly classified (%)")
    return figure


@in_style()
def weight_maps(
    w: npt.NDArray[np.floating[Any]], target_class: str, source: str
) -> Figure:
    """Draw the weights (d, 1) as one image, and as one map per colour channel."""
    weights = w.reshape(IMAGE_SHAPE).astype(np.float64)
    largest = float(np.abs(weights).max()) or 1.0
    scaled = 0.5 + weights / (2 * largest)  # 0.5 is no weight
    images = [scaled]
    captions = ["all weights as an image"]
    for channel, colour in enumerate(("red", "green", "blue")):
        rgba = mpl.colormaps["PuOr_r"](scaled[:, :, channel])
        images.append(rgba[:, :, :3])
        captions.append(f"weights of {colour}")
    title = (
        f'Weights from −{largest:.2g} (purple, against "{target_class}") '
        f"to {largest:.2g} (orange, for it)"
    )
    return _labelled_images(images, captions, title, source)


def _figure(
    size: tuple[float, float],
    title: str,
    source: str,
    *,
    left: float = 0.8,
    bottom: float = 0.6,
) -> tuple[Figure, Axes]:
    """Create a figure with a title. The size and the margins are in inches."""
    width, height = size
    figure = Figure(figsize=size)
    figure.suptitle(f"{title}\n{TITLES[source]}", y=1 - 0.1 / height)
    # Not by a layout engine, which takes a third of the time of drawing.
    figure.subplots_adjust(
        left=left / width,
        bottom=bottom / height,
        right=1 - MARGIN / width,
        top=1 - 0.7 / height,
    )
    return figure, figure.subplots()


def _labelled_images(
    images: Sequence[Image],
    captions: Sequence[str],
    title: str,
    source: str,
    n_rows: int = 1,
) -> Figure:
    """Draw images in rows, each below its caption.

    Each is (height, width, 3), uint8 or floats in [0, 1].
    """
    n_columns = math.ceil(len(images) / n_rows)
    # The longer side of each image has length 1.
    n_breaks = max(caption.count("\n") for caption in captions)
    cell_width = 1 + GAP
    cell_height = 1 + CAPTION + LINE * n_breaks
    figure_width = max(2 * cell_width * n_columns, 4.6)  # room for the title
    figure_height = 0.8 + 2 * cell_height * n_rows
    figure, axes = _figure(
        (figure_width, figure_height), title, source, left=MARGIN, bottom=MARGIN
    )
    # One Axes for all images, because each is slow to create and draw.
    for n, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(n, n_columns)
        centre = column * cell_width + 0.5
        _draw_image(axes, image, caption, centre, (row + 1) * cell_height)
    axes.set(xlim=(0, n_columns * cell_width - GAP), ylim=(n_rows * cell_height, 0))
    axes.set_axis_off()
    return figure


def _draw_image(
    axes: Axes, image: Image, caption: str, centre: float, bottom: float
) -> None:
    """Draw an image and its caption. The y axis points down."""
    rows, columns, _ = image.shape
    height = rows / max(rows, columns)
    width = columns / max(rows, columns)
    top = bottom - height
    extent = (centre - width / 2, centre + width / 2, bottom, top)
    axes.imshow(image, interpolation="nearest", extent=extent)
    axes.text(centre, top - 0.03, caption, ha="center", va="bottom", fontsize=10)


def _wrapped(name: str) -> str:
    """Shorten and wrap a file name in any encoding, so that it fits above a photo."""
    name = name.encode(errors="backslashreplace").decode()
    half = NAME_MAX // 2
    if len(name) > NAME_MAX:
        name = f"{name[:half]}…{name[1 - half :]}"
    return textwrap.fill(name, half)


def _draw_lines(axes: Axes, curves: Curves, marker: str = "") -> None:
    """Draw one line per curve."""
    for label, points in curves.items():
        x, y = np.transpose(points)
        axes.plot(x, y, marker=marker, label=label)


def _scale_to_percent(axes: Axes, diagonal: str) -> None:
    """Scale both axes from 0 to 100, and name the diagonal."""
    axes.plot([0, 100], [0, 100], "-", color="grey", linewidth=1)
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
