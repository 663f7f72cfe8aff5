"""What the plots show, read from the figures."""

import importlib
import os
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, roc_curve

from birds.report import drawing

Array = np.ndarray[Any, Any]
Plot = Callable[..., Figure]

NAMES = ("no bird", "bird")
LONG_NAMES = ("no automobile", "automobile")
DIAGONAL = [[0, 0], [100, 100]]
CURVES = {
    "train": [[0, 0], [20, 60], [100, 100]],
    "test": DIAGONAL,
}
COUNTS = {
    "true_negative": 30,
    "false_positive": 10,
    "false_negative": 1,
    "true_positive": 4,
}
ACCURACIES = {
    "airplane": 40.0,
    "automobile": 100.0,
    "cat": None,
    "deer": 0.0,
}


def image_set(n: int) -> dict[str, Array]:
    """Images of one grey each, from 0 up. The label of every second one is 1."""
    images = np.zeros((n, 32, 32, 3), np.uint8)
    for grey in range(n):
        images[grey] = grey % 256
    return {"images": images, "labels": np.arange(n) % 2}


def probabilities(n: int) -> Array:
    return np.linspace(0, 1, n, dtype=np.float32)


def photo(
    name: str, height: int = 30, width: int = 40
) -> tuple[str, Array, Array, str]:
    """A black photo and its verdict. The model sees white."""
    black = np.zeros((height, width, 3), np.uint8)
    white = np.ones((32, 32, 3))
    return name, black, white, "no automobile, a = 0.1234"


# One function for each plot, with the longest captions


def examples(source: str = "cifar10") -> Figure:
    return drawing.training_examples(image_set(30), LONG_NAMES, source)


def example(source: str = "cifar10") -> Figure:
    return drawing.test_example(image_set(1), probabilities(1), LONG_NAMES, source)


def hits_and_mistakes(source: str = "cifar10") -> Figure:
    a = probabilities(14)
    return drawing.hits_and_mistakes(image_set(14), a, LONG_NAMES, source)


def photos(source: str = "cifar10") -> Figure:
    wide = photo("W" * 200, height=1)
    high = photo("b.png", width=1)
    return drawing.before_and_after([wide, high], source)


def cost(source: str = "cifar10") -> Figure:
    return drawing.cost_curves(CURVES, source)


def roc(source: str = "cifar10") -> Figure:
    return drawing.roc_curves(CURVES, source)


def reliability(source: str = "cifar10") -> Figure:
    return drawing.reliability_diagram(CURVES, "automobile", source)


def confusion(source: str = "cifar10") -> Figure:
    return drawing.confusion_matrix(COUNTS, NAMES, source)


def recall(source: str = "cifar10") -> Figure:
    return drawing.accuracy_bars(ACCURACIES, "automobile", source)


def weights(source: str = "cifar10") -> Figure:
    """The first pixel's red speaks for the class, its green against it."""
    w = np.zeros((3072, 1))
    w[0] = 0.25
    w[1] = -0.25
    return drawing.weight_maps(w, "automobile", source)


with_curves = pytest.mark.parametrize("plot", [cost, roc, reliability])
in_percent = pytest.mark.parametrize("plot", [roc, reliability])
every_plot = pytest.mark.parametrize(
    "plot",
    [
        examples,
        example,
        hits_and_mistakes,
        photos,
        cost,
        roc,
        reliability,
        confusion,
        recall,
        weights,
    ],
)

# What can be read from a figure


def words(texts: Iterable[Text]) -> list[str]:
    return [text.get_text() for text in texts]


def captions(figure: Figure) -> list[str]:
    return words(figure.gca().texts)


def images(figure: Figure) -> list[Any]:
    return [image.get_array() for image in figure.gca().images]


def greys(figure: Figure) -> list[int]:
    """The grey of each image, which tells apart those of `image_set`."""
    return [image[0, 0, 0] for image in images(figure)]


def points(axes: Axes) -> dict[str, Any]:
    """The points of each line that has a name."""
    named = {}
    for line in axes.lines:
        label = str(line.get_label())
        if not label.startswith("_"):
            named[label] = line.get_xydata()
    return named


def nameless(axes: Axes) -> Any:
    """The points of the line that has no name."""
    (line,) = (line for line in axes.lines if str(line.get_label()).startswith("_"))
    return line.get_xydata()


def cells(axes: Axes) -> dict[tuple[float, float], str]:
    """The text at each column and row of a matrix."""
    return {text.get_position(): text.get_text() for text in axes.texts}


@every_plot
def test_each_plot_says_what_its_data_are(plot: Plot) -> None:
    real = plot("cifar10").get_suptitle()
    synthetic = plot("synthetic").get_suptitle()

    assert real.splitlines()[-1] == "CIFAR-10"
    assert synthetic.splitlines()[-1] == "SYNTHETIC DATA, NOT CIFAR-10"


@every_plot
def test_nothing_is_cut_off(plot: Plot) -> None:
    figure = plot("synthetic")

    figure.draw_without_rendering()

    drawn = figure.get_tightbbox()
    with_margins = figure.bbox_inches
    assert Bbox.union([drawn, with_margins]).bounds == with_margins.bounds


@every_plot
def test_no_text_covers_another(plot: Plot) -> None:
    figure = plot("synthetic")

    figure.draw_without_rendering()

    boxes = [text.get_window_extent() for text in figure.texts + figure.gca().texts]
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)


def test_the_training_examples_are_those_of_the_tutorial() -> None:
    train = image_set(1501)
    train["labels"][:] = 0
    train["labels"][300] = 1

    figure = drawing.training_examples(train, NAMES, "cifar10")

    assert captions(figure) == [
        "column 0: no bird",
        "column 20: no bird",
        "column 300: bird",
        "column 1000: no bird",
        "column 1500: no bird",
    ]
    assert greys(figure) == [0, 20, 300 % 256, 1000 % 256, 1500 % 256]


def test_a_small_training_set_has_fewer_examples() -> None:
    figure = drawing.training_examples(image_set(20), NAMES, "cifar10")

    assert captions(figure) == ["column 0: no bird"]


def test_the_test_example_is_image_10_with_its_label_and_prediction() -> None:
    a = np.full(12, 0.75, np.float32)

    figure = drawing.test_example(image_set(12), a, NAMES, "cifar10")

    assert figure.get_suptitle() == "Test image 10\nCIFAR-10"
    assert captions(figure) == ["true: no bird\npredicted: bird (a = 0.7500)"]
    assert greys(figure) == [10]


def test_a_small_test_set_shows_its_last_image() -> None:
    figure = drawing.test_example(image_set(2), probabilities(2), NAMES, "cifar10")

    assert figure.get_suptitle() == "Test image 1\nCIFAR-10"
    assert greys(figure) == [1]


def test_the_surest_hits_come_before_the_worst_mistakes() -> None:
    holdout = image_set(14)
    holdout["labels"][:] = 1

    figure = drawing.hits_and_mistakes(holdout, probabilities(14), NAMES, "cifar10")

    assert greys(figure)[:6] == [13, 12, 11, 10, 9, 8]
    assert greys(figure)[6:] == [0, 1, 2, 3, 4, 5]


def test_hits_and_mistakes_have_their_labels_and_probabilities() -> None:
    holdout = image_set(14)
    holdout["labels"][:] = 1
    holdout["labels"][0] = 0

    figure = drawing.hits_and_mistakes(holdout, probabilities(14), NAMES, "cifar10")

    assert captions(figure)[0] == "no bird, a = 0.000"
    assert captions(figure)[1] == "bird, a = 1.000"


def test_hits_stand_above_mistakes() -> None:
    axes = hits_and_mistakes().gca()

    heights = [text.get_position()[1] for text in axes.texts]
    assert axes.yaxis_inverted()
    assert max(heights[:6]) < min(heights[6:])


def test_a_photo_comes_before_what_the_model_sees() -> None:
    figure = drawing.before_and_after([photo("a.png")], "cifar10")

    seen = "what the model sees:\nno automobile, a = 0.1234"
    assert captions(figure) == ["a.png", seen]
    assert greys(figure) == [0, 1]


def test_a_photo_stands_to_the_left_of_what_the_model_sees() -> None:
    figure = drawing.before_and_after([photo("a.png")], "cifar10")

    before, after = figure.gca().texts
    assert before.get_position()[0] < after.get_position()[0]


@pytest.mark.parametrize("width", [1, 30, 900])
def test_a_photo_keeps_its_proportions(width: int) -> None:
    figure = drawing.before_and_after([photo("a.png", 30, width)], "cifar10")

    left, right, bottom, top = figure.gca().images[0].get_extent()
    assert (right - left) / (bottom - top) == pytest.approx(width / 30)
    assert figure.gca().get_aspect() == 1


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("$\\x$.png", "$\\x$.png"),  # no formula
        ("W" * 200 + ".jpeg", "W" * 14 + "\n…" + "W" * 8 + ".jpeg"),
        ("a\udce4.png", "a\\udce4.png"),
    ],
)
def test_every_file_name_can_be_drawn(tmp_path: Path, name: str, caption: str) -> None:
    figure = drawing.before_and_after([photo(name)], "cifar10")

    drawing.save(figure, tmp_path / "plot.png")

    assert captions(figure)[0] == caption


@with_curves
def test_each_curve_has_its_points(plot: Plot) -> None:
    np.testing.assert_equal(points(plot().gca()), CURVES)


@with_curves
def test_the_legend_names_each_curve(plot: Plot) -> None:
    figure = plot()

    legend: Any = figure.gca().get_legend()
    if figure.legends:
        (legend,) = figure.legends
    train, test = legend.get_lines()
    assert words(legend.get_texts()) == ["train", "test"]
    assert train.get_color() == "#0072B2"
    assert test.get_color() == "#D55E00"


@pytest.mark.parametrize("plot", [cost, roc, reliability, recall])
def test_a_plot_with_scales_has_a_grid(plot: Plot) -> None:
    axes = plot().gca()

    assert axes.xaxis.get_gridlines()[0].get_visible()
    assert axes.yaxis.get_gridlines()[0].get_visible()


def test_the_confusion_matrix_has_no_grid() -> None:
    axes = confusion().gca()

    assert not axes.xaxis.get_gridlines()[0].get_visible()
    assert not axes.yaxis.get_gridlines()[0].get_visible()


def test_twelve_curves_can_be_told_apart() -> None:
    curves = {f"learning rate {n}": DIAGONAL for n in range(12)}

    axes = drawing.cost_curves(curves, "cifar10").gca()

    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 12


@pytest.mark.parametrize("n", [1, 12])
def test_the_legend_of_the_costs_stands_below_the_axis(n: int) -> None:
    name = "learning rate {}: train 100.00 %, test 100.00 %"
    curves = {name.format(n): DIAGONAL for n in range(n)}

    figure = drawing.cost_curves(curves, "cifar10")

    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    axis = figure.gca().xaxis.label.get_window_extent()
    assert legend.x0 > 0
    assert legend.y0 > 0
    assert legend.y1 < axis.y0


@pytest.mark.parametrize("last", [0.69312, 0.6931, 1e-5, 123456])
def test_costs_of_any_size_fit_beside_the_axis(last: float) -> None:
    figure = drawing.cost_curves({"run": [[0, 0.693147], [1900, last]]}, "cifar10")

    figure.draw_without_rendering()

    drawn = figure.get_tightbbox()
    assert drawn.x0 > 0


def test_the_axes_of_the_costs_are_named() -> None:
    axes = cost().gca()

    assert axes.get_xlabel() == "iteration"
    assert axes.get_ylabel() == "cost (nats per image)"


def test_the_roc_curves_have_the_axes_of_scikit_learn() -> None:
    y = [0, 1, 0, 1]
    a = [0.1, 0.4, 0.6, 0.8]
    expected = RocCurveDisplay.from_predictions(
        y, a, ax=Figure().subplots(), drop_intermediate=False
    )
    false_positive, true_positive, _ = roc_curve(y, a, drop_intermediate=False)
    curve = 100 * np.transpose([false_positive, true_positive])

    axes = drawing.roc_curves({"test": curve}, "cifar10").gca()

    np.testing.assert_equal(points(axes)["test"] / 100, expected.line_.get_xydata())
    assert axes.get_xlabel() == "false positive rate (%)"
    assert expected.ax_.get_xlabel().startswith("False Positive Rate")
    assert axes.get_ylabel() == "true positive rate (%)"


def test_guessing_is_the_diagonal_of_the_roc_curves() -> None:
    axes = roc().gca()

    assert words(axes.texts) == ["guessing"]
    np.testing.assert_equal(nameless(axes), DIAGONAL)


def test_the_diagonal_of_the_reliability_diagram_is_that_of_scikit_learn() -> None:
    expected = CalibrationDisplay.from_predictions(
        [0, 1], [0.2, 0.8], ax=Figure().subplots()
    )
    reference = expected.ax_.lines[0]

    axes = reliability().gca()

    assert words(axes.texts) == [str(reference.get_label()).lower()]
    assert words(axes.texts) == ["perfectly calibrated"]
    np.testing.assert_equal(nameless(axes) / 100, reference.get_xydata())


def test_the_axes_of_the_reliability_diagram_are_named() -> None:
    axes = reliability().gca()

    assert axes.get_xlabel() == "predicted probability of automobile (%)"
    assert axes.get_ylabel() == "observed frequency of automobile (%)"


@in_percent
def test_percentages_have_the_same_scale_on_both_axes(plot: Plot) -> None:
    axes = plot().gca()

    assert axes.get_xlim() == (0, 100)
    assert axes.get_ylim() == (0, 100)
    assert axes.get_aspect() == 1


@in_percent
def test_the_name_of_the_diagonal_stands_just_below_it(plot: Plot) -> None:
    (text,) = plot().gca().texts

    x, y = text.get_position()
    assert x - 5 < y < x
    assert text.get_rotation() == 45


def test_the_confusion_matrix_has_counts_and_shares_of_each_row() -> None:
    assert cells(confusion().gca()) == {
        (0, 0): "30\n75.0 %",
        (1, 0): "10\n25.0 %",
        (0, 1): "1\n20.0 %",
        (1, 1): "4\n80.0 %",
    }


def test_the_confusion_matrix_has_the_rows_and_columns_of_scikit_learn() -> None:
    labels = np.repeat([0, 0, 1, 1], [30, 10, 1, 4])
    predictions = np.repeat([0, 1, 0, 1], [30, 10, 1, 4])
    expected = ConfusionMatrixDisplay.from_predictions(
        labels, predictions, ax=Figure().subplots()
    ).ax_

    axes = confusion().gca()

    for position, count in cells(expected).items():
        assert cells(axes)[position].startswith(f"{count}\n")
    assert axes.yaxis_inverted()
    assert expected.yaxis_inverted()


def test_the_confusion_matrix_names_its_axes_and_labels() -> None:
    axes = confusion().gca()

    assert axes.get_xlabel() == "predicted"
    assert words(axes.get_xticklabels()) == ["no bird", "bird"]
    assert axes.get_ylabel() == "true"
    assert words(axes.get_yticklabels()) == ["no bird", "bird"]


def test_a_cell_of_the_confusion_matrix_is_the_bluer_the_larger_its_share() -> None:
    (image,) = confusion().gca().images

    np.testing.assert_equal(image.get_array(), [[0.75, 0.25], [0.2, 0.8]])
    assert image.get_clim() == (0, 1)
    assert image.get_cmap().name == "Blues"


def test_the_text_of_a_dark_cell_is_white() -> None:
    top_left, top_right, bottom_left, bottom_right = confusion().gca().texts

    assert top_left.get_color() == "white"
    assert top_right.get_color() == "black"
    assert bottom_left.get_color() == "black"
    assert bottom_right.get_color() == "white"


def test_a_row_without_images_has_shares_of_zero() -> None:
    counts = COUNTS | {"false_negative": 0, "true_positive": 0}

    axes = drawing.confusion_matrix(counts, NAMES, "cifar10").gca()

    assert cells(axes)[0, 1] == "0\n0.0 %"
    assert cells(axes)[1, 1] == "0\n0.0 %"


def test_the_accuracy_bars_are_sorted_and_leave_out_classes_without_images() -> None:
    axes = recall().gca()

    assert words(axes.get_yticklabels()) == ["deer", "airplane", "automobile"]
    assert words(axes.texts) == ["0.0 %", "40.0 %", "100.0 %"]
    bars: Any = axes.patches
    assert [bar.get_width() for bar in bars] == [0, 40, 100]


def test_the_bar_of_the_target_class_has_its_own_colour() -> None:
    deer, airplane, automobile = recall().gca().patches

    assert to_hex(deer.get_facecolor()) == "#0072b2"
    assert to_hex(airplane.get_facecolor()) == "#0072b2"
    assert to_hex(automobile.get_facecolor()) == "#d55e00"


def test_a_line_marks_what_guessing_would_reach() -> None:
    (line,) = recall().gca().lines

    assert line.get_xdata() == [50, 50]


def test_the_recall_is_named_with_its_class() -> None:
    figure = recall()

    assert figure.get_suptitle().startswith("Automobile or not: accuracy by class")
    assert figure.gca().get_xlabel() == "correctly classified (%)"


def test_the_weights_are_drawn_as_an_image_and_for_each_colour() -> None:
    assert captions(weights()) == [
        "all weights as an image",
        "weights of red",
        "weights of green",
        "weights of blue",
    ]


def test_in_the_image_of_the_weights_half_is_no_weight() -> None:
    image = images(weights())[0]

    assert image[0, 0].tolist() == [1, 0, 0.5]
    assert np.all(image[1:] == 0.5)


def test_weights_for_the_class_are_orange_and_those_against_it_violet() -> None:
    _, red, green, blue = images(weights())

    # The ends and the middle of ColorBrewer's PuOr
    assert to_hex(red[0, 0]) == "#7f3b08"
    assert to_hex(green[0, 0]) == "#2d004b"
    np.testing.assert_allclose(blue[0, 0], 0xF7 / 255, atol=0.01)


def test_the_title_tells_the_meaning_of_the_colours() -> None:
    title = weights().get_suptitle()

    assert title.startswith('Weights from −0.25 (purple, against "automobile")')
    assert "to 0.25 (orange, for it)" in title


def test_an_untrained_model_is_drawn_without_colour() -> None:
    figure = drawing.weight_maps(np.zeros((3072, 1)), "bird", "cifar10")

    assert np.all(images(figure)[0] == 0.5)


def test_a_plot_is_a_png_with_nothing_but_its_pixels(tmp_path: Path) -> None:
    drawing.save(confusion(), tmp_path / "plot.png")

    with Image.open(tmp_path / "plot.png") as image:
        assert image.format == "PNG"
        assert image.size == (470, 490)
        assert image.mode == "RGB"
        assert image.info == {}


def test_a_plot_keeps_its_colours_in_the_file(tmp_path: Path) -> None:
    drawing.save(recall(), tmp_path / "plot.png")

    with Image.open(tmp_path / "plot.png") as image:
        found = {colour for _, colour in image.getcolors(2**20) or []}
    assert (0xD5, 0x5E, 0x00) in found  # the bar of the target class


def test_a_plot_does_not_depend_on_the_users_settings(tmp_path: Path) -> None:
    drawing.save(cost(), tmp_path / "expected.png")
    settings: Any = {"axes.facecolor": "red", "font.size": 30, "figure.dpi": 30}

    with mpl.rc_context(settings):
        drawing.save(cost(), tmp_path / "plot.png")

    expected = (tmp_path / "expected.png").read_bytes()
    assert (tmp_path / "plot.png").read_bytes() == expected


def test_drawing_leaves_the_users_settings_alone(tmp_path: Path) -> None:
    with mpl.rc_context({"font.size": 30, "axes.grid": False}):
        importlib.reload(drawing)
        drawing.save(cost(), tmp_path / "plot.png")

        assert mpl.rcParams["font.size"] == 30
        assert not mpl.rcParams["axes.grid"]


def test_drawing_leaves_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "svg")
    before = dict(os.environ)

    importlib.reload(drawing)

    assert os.environ == before
