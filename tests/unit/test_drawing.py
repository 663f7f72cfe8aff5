"""What the plots show, read from the figures."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from PIL import Image

from birds.report import drawing

Array = np.ndarray[Any, Any]
Plot = Callable[[], Figure]

NAMES = ("no bird", "bird")
LONG_NAMES = ("no automobile", "automobile")
CURVES = {
    "train": [[0, 0], [20, 60], [100, 100]],
    "test": [[0, 0], [50, 70], [100, 100]],
}
COUNTS = {
    "true_negative": 30,
    "false_positive": 10,
    "false_negative": 1,
    "true_positive": 4,
}
ACCURACIES = {"airplane": 40.0, "automobile": 100.0, "cat": None, "deer": 0.0}


def image_set(labels: Sequence[int]) -> dict[str, Array]:
    """An image for each label. Image n has the grey level n, modulo 256."""
    images = np.zeros((len(labels), 32, 32, 3), np.uint8)
    for n in range(len(labels)):
        images[n] = n % 256
    return {"images": images, "labels": np.array(labels)}


def rising(n: int) -> Array:
    """Probabilities from 0 to 1."""
    return np.linspace(0, 1, n, dtype=np.float32)


def photo(
    name: str, height: int = 30, width: int = 30
) -> tuple[str, Array, Array, str]:
    """A black photo and its verdict. The model sees white."""
    black = np.zeros((height, width, 3), np.uint8)
    white = np.ones((32, 32, 3))
    return name, black, white, "no automobile, a = 0.1234"


# One function for each plot, with the longest title and names


def training_images() -> Figure:
    # The last example is column 1500.
    train = image_set([0] * 1501)
    return drawing.training_examples(train, LONG_NAMES, "synthetic")


def one_test_image() -> Figure:
    return drawing.test_example(image_set([0]), rising(1), LONG_NAMES, "synthetic")


def hits_and_mistakes() -> Figure:
    # Without a hit, the title is the longer one.
    holdout = image_set([0] * 12)
    a = np.ones(12, np.float32)
    return drawing.hits_and_mistakes(holdout, a, LONG_NAMES, "synthetic")


def photos() -> Figure:
    wide = photo("W" * 200, height=1)
    high = photo("b.png", width=1)
    return drawing.before_and_after([wide, high], "synthetic")


def cost() -> Figure:
    return drawing.cost_curves(CURVES, "synthetic")


def sweep(n_runs: int = 12) -> Figure:
    """As many runs as can be told apart. Their costs differ in the fifth decimal."""
    curves = {}
    for n in range(n_runs):
        name = f"learning rate 0.000{n}: train 100.00 %, test 100.00 %"
        curves[name] = [[0, 0.693147], [1900, 0.6931]]
    return drawing.cost_curves(curves, "synthetic")


def roc() -> Figure:
    return drawing.roc_curves(CURVES, "synthetic")


def reliability() -> Figure:
    return drawing.reliability_diagram(CURVES, "automobile", "synthetic")


def confusion() -> Figure:
    return drawing.confusion_matrix(COUNTS, LONG_NAMES, "synthetic")


def bars() -> Figure:
    return drawing.accuracy_bars(ACCURACIES, "automobile", "synthetic")


def weights() -> Figure:
    """The first pixel's red speaks for the class, its green against it."""
    w = np.zeros((3072, 1))
    w[0] = 0.00025
    w[1] = -0.00025
    return drawing.weight_maps(w, "automobile", "synthetic")


every_plot = pytest.mark.parametrize(
    "plot",
    [
        training_images,
        one_test_image,
        hits_and_mistakes,
        photos,
        cost,
        sweep,
        roc,
        reliability,
        confusion,
        bars,
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


def grey_levels(figure: Figure) -> list[int]:
    """The grey level of each image, which tells apart those of `image_set`."""
    return [image[0, 0, 0] for image in images(figure)]


def tops(figure: Figure) -> list[float]:
    """The upper end of each image. The y axis points down."""
    assert figure.gca().yaxis_inverted()
    return [image.get_extent()[3] for image in figure.gca().images]


def cells(figure: Figure) -> dict[tuple[float, float], str]:
    """The text at each column and row of a matrix."""
    return {text.get_position(): text.get_text() for text in figure.gca().texts}


@every_plot
def test_nothing_reaches_beyond_the_figure(plot: Plot) -> None:
    figure = plot()

    figure.draw_without_rendering()

    drawn = figure.get_tightbbox()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= figure.get_figwidth()
    assert drawn.y1 <= figure.get_figheight()


@every_plot
def test_no_text_covers_another(plot: Plot) -> None:
    figure = plot()

    figure.draw_without_rendering()

    texts: list[Any] = figure.findobj(Text)
    visible = [text for text in texts if text.get_visible() and text.get_text()]
    assert len(visible) > 1
    for one, other in combinations(visible, 2):
        area = one.get_window_extent()
        assert not area.overlaps(other.get_window_extent())


def test_the_training_examples_are_those_of_the_tutorial(published: Any) -> None:
    labels = [0] * 1501
    expected = []
    for column, label in published["example_labels"].items():
        labels[int(column)] = label
        expected.append(f"column {column}: {NAMES[label]}")

    figure = drawing.training_examples(image_set(labels), NAMES, "cifar10")

    assert captions(figure) == expected
    # Columns 0, 20, 300, 1000 and 1500
    assert grey_levels(figure) == [0, 20, 300 % 256, 1000 % 256, 1500 % 256]


def test_a_small_training_set_has_fewer_examples() -> None:
    figure = drawing.training_examples(image_set([0] * 20), NAMES, "cifar10")

    assert captions(figure) == ["column 0: no bird"]


def test_a_test_set_without_image_10_shows_its_last_image() -> None:
    figure = drawing.test_example(image_set([0, 1]), rising(2), NAMES, "cifar10")

    assert figure.get_suptitle() == "Test image 1\nCIFAR-10"
    assert grey_levels(figure) == [1]


@pytest.mark.parametrize(
    "plot", [training_images, one_test_image, hits_and_mistakes, photos, weights]
)
def test_each_image_is_drawn_whole(plot: Plot) -> None:
    axes = plot().gca()

    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        # The y axis points down.
        assert axes.get_xlim()[0] <= left < right <= axes.get_xlim()[1] + 1e-9
        assert axes.get_ylim()[0] + 1e-9 >= bottom > top >= axes.get_ylim()[1]


def test_each_caption_is_centred_closely_above_its_image() -> None:
    figure = photos()

    figure.draw_without_rendering()

    axes = figure.gca()
    for image, text in zip(axes.images, axes.texts, strict=True):
        shown = image.get_window_extent()
        caption = text.get_window_extent()
        assert 0 < caption.y0 - shown.y1 < 10  # pixels
        # The centres are equal to a pixel.
        assert caption.x0 + caption.x1 == pytest.approx(shown.x0 + shown.x1, abs=2)


def test_the_surest_hits_stand_above_the_worst_mistakes() -> None:
    """The probabilities rise from 0 to 1, so the darkest birds are the mistakes."""
    birds = image_set([1] * 14)

    figure = drawing.hits_and_mistakes(birds, rising(14), NAMES, "cifar10")

    assert grey_levels(figure)[:6] == [13, 12, 11, 10, 9, 8]
    assert grey_levels(figure)[6:] == [0, 1, 2, 3, 4, 5]
    assert max(tops(figure)[:6]) < min(tops(figure)[6:])


def test_hits_and_mistakes_have_their_labels_and_probabilities() -> None:
    holdout = image_set([0] + [1] * 13)

    figure = drawing.hits_and_mistakes(holdout, rising(14), NAMES, "cifar10")

    assert captions(figure)[0] == "no bird, a = 0.000"
    assert captions(figure)[1] == "bird, a = 1.000"
    assert captions(figure)[6] == "bird, a = 0.077"  # a mistake, 1 / 13


CONFIDENT_TITLE = "Holdout: most confident hits (top) and worst mistakes (bottom)"
NEAREST_TITLE = "Holdout: nearest to the true label (top) and farthest from it (bottom)"


@pytest.mark.parametrize(
    ("n_hits", "n_mistakes", "title"),
    [
        (5, 7, NEAREST_TITLE),
        (7, 5, NEAREST_TITLE),
        (6, 6, CONFIDENT_TITLE),
        (7, 7, CONFIDENT_TITLE),
    ],
)
def test_the_title_speaks_of_hits_and_mistakes_if_there_are_six_of_both(
    n_hits: int, n_mistakes: int, title: str
) -> None:
    birds = image_set([1] * (n_hits + n_mistakes))
    a = np.repeat([0.9, 0.1], [n_hits, n_mistakes]).astype(np.float32)

    figure = drawing.hits_and_mistakes(birds, a, NAMES, "cifar10")

    assert figure.get_suptitle() == f"{title}\nCIFAR-10"


def test_a_photo_stands_left_of_what_the_model_sees() -> None:
    figure = drawing.before_and_after([photo("a.png")], "cifar10")

    black, white = images(figure)
    left, right = figure.gca().images
    assert np.all(black == 0)
    assert np.all(white == 1)
    # One ends before the other begins.
    assert not figure.gca().xaxis_inverted()
    assert left.get_extent()[1] < right.get_extent()[0]


def test_a_photo_has_its_name_as_caption_and_what_the_model_sees_its_verdict() -> None:
    figure = drawing.before_and_after([photo("a.png")], "cifar10")

    verdict = "what the model sees:\nno automobile, a = 0.1234"
    assert captions(figure) == ["a.png", verdict]


def test_each_photo_has_a_row() -> None:
    figure = drawing.before_and_after([photo("a.png"), photo("b.png")], "cifar10")

    a, a_seen, b, b_seen = tops(figure)
    assert a == a_seen
    assert b == b_seen
    assert a < b


@pytest.mark.parametrize("width", [1, 900])
def test_a_photo_keeps_its_proportions(width: int) -> None:
    figure = drawing.before_and_after([photo("a.png", 30, width)], "cifar10")

    left, right, bottom, top = figure.gca().images[0].get_extent()
    assert (right - left) / (bottom - top) == pytest.approx(width / 30)
    assert figure.gca().get_aspect() == 1


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("$\\x$.png", "$\\x$.png"),
        # 28 characters on two lines: the first 14, a dot and the last 13
        ("W" * 200 + ".jpeg", "W" * 14 + "\n…" + "W" * 8 + ".jpeg"),
        ("a\udce4.png", "a\\udce4.png"),
    ],
    ids=["like a formula", "long", "not UTF-8"],
)
def test_unusual_file_names_can_be_drawn(
    tmp_path: Path, name: str, caption: str
) -> None:
    figure = drawing.before_and_after([photo(name)], "cifar10")

    drawing.save(figure, tmp_path / "plot.png")

    assert captions(figure)[0] == caption


@pytest.mark.parametrize(
    ("plot", "x", "y"),
    [
        (cost, "iteration", "cost (nats per image)"),
        (roc, "false positive rate (%)", "true positive rate (%)"),
        (
            reliability,
            "predicted probability of automobile (%)",
            "observed frequency of automobile (%)",
        ),
        (confusion, "predicted", "true"),
        (bars, "correctly classified (%)", ""),  # the classes need no name
    ],
)
def test_the_axes_are_named(plot: Plot, x: str, y: str) -> None:
    axes = plot().gca()

    assert axes.get_xlabel() == x
    assert axes.get_ylabel() == y


@pytest.mark.parametrize("plot", [cost, roc, reliability])
def test_a_legend_names_the_curves(plot: Plot) -> None:
    figure: Any = plot()

    (legend,) = figure.findobj(Legend)
    points = {line.get_color(): line.get_xydata() for line in figure.gca().lines}
    named = {}
    for text, sample in zip(legend.get_texts(), legend.get_lines(), strict=True):
        named[text.get_text()] = points[sample.get_color()].tolist()
    assert named == CURVES


def test_curves_have_a_grid_and_a_matrix_has_none() -> None:
    curves = cost().gca()
    matrix = confusion().gca()

    assert curves.xaxis.get_gridlines()[0].get_visible()
    assert curves.yaxis.get_gridlines()[0].get_visible()
    assert not matrix.xaxis.get_gridlines()[0].get_visible()
    assert not matrix.yaxis.get_gridlines()[0].get_visible()


def test_twelve_curves_can_be_told_apart() -> None:
    axes = sweep(12).gca()

    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 12


@pytest.mark.parametrize("n_runs", [1, 12])
def test_the_legend_of_the_costs_stands_below_the_name_of_the_axis(n_runs: int) -> None:
    figure = sweep(n_runs)

    figure.draw_without_rendering()

    legend = figure.legends[0].get_window_extent()
    name = figure.gca().xaxis.label.get_window_extent()
    assert legend.y1 < name.y0


def test_costs_with_five_decimals_are_not_cut_off_at_the_left() -> None:
    figure = sweep()

    figure.draw_without_rendering()

    assert "0.69310" in words(figure.gca().get_yticklabels())
    assert figure.get_tightbbox().x0 > 0


@pytest.mark.parametrize(
    ("plot", "name"), [(roc, "guessing"), (reliability, "perfectly calibrated")]
)
def test_the_diagonal_is_drawn_and_named(plot: Plot, name: str) -> None:
    axes = plot().gca()

    _train, _test, diagonal = axes.lines
    np.testing.assert_equal(diagonal.get_xydata(), [[0, 0], [100, 100]])
    assert words(axes.texts) == [name]


@pytest.mark.parametrize("plot", [roc, reliability])
def test_percentages_have_the_same_scale_on_both_axes(plot: Plot) -> None:
    axes = plot().gca()

    assert axes.get_xlim() == (0, 100)
    assert axes.get_ylim() == (0, 100)
    assert axes.get_aspect() == 1


def test_the_confusion_matrix_has_counts_and_shares_of_each_row() -> None:
    assert cells(confusion()) == {
        (0, 0): "30\n75.0 %",
        (1, 0): "10\n25.0 %",
        (0, 1): "1\n20.0 %",
        (1, 1): "4\n80.0 %",
    }


def test_the_rows_and_columns_of_the_confusion_matrix_are_the_labels() -> None:
    axes = confusion().gca()

    assert words(axes.get_xticklabels()) == ["no automobile", "automobile"]
    assert words(axes.get_yticklabels()) == ["no automobile", "automobile"]


def test_a_cell_of_the_confusion_matrix_is_the_bluer_the_larger_its_share() -> None:
    (image,) = confusion().gca().images

    np.testing.assert_equal(image.get_array(), [[0.75, 0.25], [0.2, 0.8]])
    assert image.get_clim() == (0, 1)
    assert image.get_cmap().name == "Blues"


def test_the_text_of_a_dark_cell_is_white() -> None:
    colours = [text.get_color() for text in confusion().gca().texts]

    # 75, 25, 20 and 80 %
    assert colours == ["white", "black", "black", "white"]


def test_a_row_with_one_image_has_shares_of_0_and_100_percent() -> None:
    counts = COUNTS | {"false_negative": 0, "true_positive": 1}

    figure = drawing.confusion_matrix(counts, NAMES, "cifar10")

    assert cells(figure)[0, 1] == "0\n0.0 %"
    assert cells(figure)[1, 1] == "1\n100.0 %"


def test_a_row_without_images_has_shares_of_zero() -> None:
    counts = COUNTS | {"false_negative": 0, "true_positive": 0}

    figure = drawing.confusion_matrix(counts, NAMES, "cifar10")

    assert cells(figure)[0, 1] == "0\n0.0 %"
    assert cells(figure)[1, 1] == "0\n0.0 %"


def test_the_accuracy_bars_rise_from_the_worst_class_at_the_bottom() -> None:
    axes = bars().gca()

    lengths: list[Any] = list(axes.patches)
    assert not axes.yaxis_inverted()
    assert words(axes.get_yticklabels()) == ["deer", "airplane", "automobile"]
    assert [bar.get_width() for bar in lengths] == [0, 40, 100]


def test_an_accuracy_stands_beside_each_bar() -> None:
    axes = bars().gca()

    assert words(axes.texts) == ["0.0 %", "40.0 %", "100.0 %"]


def test_a_class_without_images_has_no_accuracy_bar() -> None:
    axes = bars().gca()

    assert ACCURACIES["cat"] is None
    assert "cat" not in words(axes.get_yticklabels())


def test_the_bar_of_the_target_class_has_its_own_colour() -> None:
    deer, airplane, automobile = bars().gca().patches

    # Blue and vermilion of Okabe and Ito: https://jfly.uni-koeln.de/color/
    assert to_hex(deer.get_facecolor()) == "#0072b2"
    assert to_hex(airplane.get_facecolor()) == "#0072b2"
    assert to_hex(automobile.get_facecolor()) == "#d55e00"


def test_a_line_marks_the_accuracy_of_guessing() -> None:
    (line,) = bars().gca().lines

    assert line.get_xdata() == [50, 50]
    assert line.get_linewidth() > 0


def test_the_title_of_the_accuracy_bars_names_the_target_class() -> None:
    title = bars().get_suptitle()

    assert title.startswith("Automobile or not: accuracy by class")


def test_the_maps_of_the_weights_have_captions() -> None:
    assert captions(weights()) == [
        "all weights as an image",
        "weights of red",
        "weights of green",
        "weights of blue",
    ]


def test_the_image_of_the_weights_is_scaled_to_0_and_1_around_one_half() -> None:
    image = images(weights())[0]

    expected = np.full((32, 32, 3), 0.5)
    expected[0, 0] = [1, 0, 0.5]  # the largest, its opposite and no weight
    np.testing.assert_equal(image, expected)


def test_weights_are_orange_for_the_class_purple_against_it_and_else_grey() -> None:
    _all, red, green, blue = images(weights())

    # The ends and the middle of ColorBrewer's PuOr
    assert to_hex(red[0, 0]) == "#7f3b08"
    assert to_hex(green[0, 0]) == "#2d004b"
    assert_light_grey(red[1:])
    assert_light_grey(blue)


def assert_light_grey(image: Array) -> None:
    """Compare with #f7f7f7. No one of the map's 256 colours is exactly the middle."""
    np.testing.assert_allclose(image, 0xF7 / 255, atol=0.01)


def test_the_title_of_the_weights_tells_the_meaning_of_their_colours() -> None:
    title = weights().get_suptitle()

    assert title.startswith('Weights from −0.00025 (purple, against "automobile")')
    assert "to 0.00025 (orange, for it)" in title


def test_the_weights_of_an_untrained_model_have_no_colour() -> None:
    figure = drawing.weight_maps(np.zeros((3072, 1)), "bird", "cifar10")

    whole, red, green, blue = images(figure)
    assert np.all(whole == 0.5)
    for image in red, green, blue:
        assert_light_grey(image)


def test_a_plot_is_a_png_with_nothing_but_its_pixels(tmp_path: Path) -> None:
    drawing.save(confusion(), tmp_path / "plot.png")

    with Image.open(tmp_path / "plot.png") as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        assert image.info == {}


def test_a_plot_has_100_pixels_per_inch(tmp_path: Path) -> None:
    figure = confusion()

    drawing.save(figure, tmp_path / "plot.png")

    width, height = 100 * figure.get_size_inches()
    with Image.open(tmp_path / "plot.png") as image:
        assert image.size == pytest.approx((width, height))


def test_a_bar_keeps_its_colour_in_the_file(tmp_path: Path) -> None:
    drawing.save(bars(), tmp_path / "plot.png")

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


def test_drawing_leaves_the_users_settings_alone() -> None:
    with mpl.rc_context({"font.size": 30}):
        before = mpl.rcParams.copy()

        cost()

        assert mpl.rcParams.copy() == before
