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
DIAGONAL = [[0, 0], [100, 100]]
CURVES = {"train": [[0, 0], [20, 60], [100, 100]], "test": DIAGONAL}
COUNTS = {
    "true_negative": 30,
    "false_positive": 10,
    "false_negative": 1,
    "true_positive": 4,
}
ACCURACIES = {"airplane": 40.0, "automobile": 100.0, "cat": None, "deer": 0.0}


def image_set(labels: Sequence[int]) -> dict[str, Array]:
    """An image for each label. The first is black, and each next one brighter by 1."""
    images = np.zeros((len(labels), 32, 32, 3), np.uint8)
    for n in range(len(labels)):
        images[n] = n % 256
    return {"images": images, "labels": np.array(labels)}


def probabilities(n: int) -> Array:
    return np.linspace(0, 1, n, dtype=np.float32)


def photo(
    name: str, height: int = 30, width: int = 30
) -> tuple[str, Array, Array, str]:
    """A black photo and its verdict. The model sees white."""
    black = np.zeros((height, width, 3), np.uint8)
    white = np.ones((32, 32, 3))
    return name, black, white, "no automobile, a = 0.1234"


# One function for each plot, with the longest title and captions


def examples() -> Figure:
    return drawing.training_examples(image_set([0] * 30), LONG_NAMES, "synthetic")


def example() -> Figure:
    test = image_set([0])
    return drawing.test_example(test, probabilities(1), LONG_NAMES, "synthetic")


def hits_and_mistakes() -> Figure:
    holdout = image_set([0, 1] * 7)
    a = probabilities(14)
    return drawing.hits_and_mistakes(holdout, a, LONG_NAMES, "synthetic")


def photos() -> Figure:
    wide = photo("W" * 200, height=1)
    high = photo("b.png", width=1)
    return drawing.before_and_after([wide, high], "synthetic")


def cost() -> Figure:
    return drawing.cost_curves(CURVES, "synthetic")


def roc() -> Figure:
    return drawing.roc_curves(CURVES, "synthetic")


def reliability() -> Figure:
    return drawing.reliability_diagram(CURVES, "automobile", "synthetic")


def confusion() -> Figure:
    return drawing.confusion_matrix(COUNTS, NAMES, "synthetic")


def bars() -> Figure:
    return drawing.accuracy_bars(ACCURACIES, "automobile", "synthetic")


def weights() -> Figure:
    """The first pixel's red speaks for the class, its green against it."""
    w = np.zeros((3072, 1))
    w[0] = 0.25
    w[1] = -0.25
    return drawing.weight_maps(w, "automobile", "synthetic")


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


def greys(figure: Figure) -> list[int]:
    """The grey of each image, which tells apart those of `image_set`."""
    return [image[0, 0, 0] for image in images(figure)]


def cells(figure: Figure) -> dict[tuple[float, float], str]:
    """The text at each column and row of a matrix."""
    return {text.get_position(): text.get_text() for text in figure.gca().texts}


@every_plot
def test_nothing_is_cut_off(plot: Plot) -> None:
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

    title_and_captions = figure.texts + figure.gca().texts
    for one, other in combinations(title_and_captions, 2):
        area = one.get_window_extent()
        assert not area.overlaps(other.get_window_extent())


def test_the_training_examples_are_those_of_the_tutorial() -> None:
    labels = [0] * 1501
    labels[300] = 1

    figure = drawing.training_examples(image_set(labels), NAMES, "cifar10")

    assert captions(figure) == [
        "column 0: no bird",
        "column 20: no bird",
        "column 300: bird",
        "column 1000: no bird",
        "column 1500: no bird",
    ]
    assert greys(figure) == [0, 20, 300 % 256, 1000 % 256, 1500 % 256]


def test_a_small_training_set_has_fewer_examples() -> None:
    figure = drawing.training_examples(image_set([0] * 20), NAMES, "cifar10")

    assert captions(figure) == ["column 0: no bird"]


def test_a_small_test_set_shows_its_last_image() -> None:
    test = image_set([0, 1])

    figure = drawing.test_example(test, probabilities(2), NAMES, "cifar10")

    assert figure.get_suptitle() == "Test image 1\nCIFAR-10"
    assert greys(figure) == [1]


def test_the_surest_hits_come_before_the_worst_mistakes() -> None:
    """The probabilities rise from 0 to 1, so the darkest birds are the mistakes."""
    birds = image_set([1] * 14)

    figure = drawing.hits_and_mistakes(birds, probabilities(14), NAMES, "cifar10")

    assert greys(figure)[:6] == [13, 12, 11, 10, 9, 8]
    assert greys(figure)[6:] == [0, 1, 2, 3, 4, 5]


def test_hits_and_mistakes_have_their_labels_and_probabilities() -> None:
    holdout = image_set([0] + [1] * 13)

    figure = drawing.hits_and_mistakes(holdout, probabilities(14), NAMES, "cifar10")

    assert captions(figure)[0] == "no bird, a = 0.000"
    assert captions(figure)[1] == "bird, a = 1.000"


def test_hits_stand_above_mistakes() -> None:
    axes = hits_and_mistakes().gca()

    heights = [text.get_position()[1] for text in axes.texts]
    assert axes.yaxis_inverted()
    assert max(heights[:6]) < min(heights[6:])


SUREST = "Holdout: most confident hits (top) and worst mistakes (bottom)"
NEAREST = "Holdout: nearest to the true label (top) and farthest from it (bottom)"


@pytest.mark.parametrize(("n_hits", "title"), [(5, NEAREST), (6, SUREST), (7, NEAREST)])
def test_only_six_hits_and_six_mistakes_are_called_so(n_hits: int, title: str) -> None:
    birds = image_set([1] * 12)
    a = np.full(12, 0.1, np.float32)
    a[:n_hits] = 0.9

    figure = drawing.hits_and_mistakes(birds, a, NAMES, "cifar10")

    assert figure.get_suptitle().startswith(title)


def test_a_photo_comes_before_what_the_model_sees() -> None:
    figure = drawing.before_and_after([photo("a.png")], "cifar10")

    seen = "what the model sees:\nno automobile, a = 0.1234"
    assert captions(figure) == ["a.png", seen]
    assert greys(figure) == [0, 1]


def test_each_photo_has_a_row() -> None:
    figure = drawing.before_and_after([photo("a.png"), photo("b.png")], "cifar10")

    a, a_seen, b, b_seen = [text.get_position() for text in figure.gca().texts]
    assert a[0] == b[0] < a_seen[0] == b_seen[0]
    assert a[1] == a_seen[1] < b[1] == b_seen[1]


@pytest.mark.parametrize("width", [1, 900])
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
        (bars, "correctly classified (%)", ""),
    ],
)
def test_the_axes_are_named(plot: Plot, x: str, y: str) -> None:
    axes = plot().gca()

    assert axes.get_xlabel() == x
    assert axes.get_ylabel() == y


@pytest.mark.parametrize("plot", [cost, roc, reliability])
def test_a_legend_names_the_curves(plot: Plot) -> None:
    legends: list[Any] = plot().findobj(Legend)

    assert [words(legend.get_texts()) for legend in legends] == [["train", "test"]]


def test_only_plots_with_scales_have_a_grid() -> None:
    curves = cost().gca()
    matrix = confusion().gca()

    assert curves.xaxis.get_gridlines()[0].get_visible()
    assert not matrix.xaxis.get_gridlines()[0].get_visible()


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


def test_costs_with_many_digits_fit_beside_the_axis() -> None:
    figure = drawing.cost_curves({"run": [[0, 0.693147], [1900, 0.6931]]}, "cifar10")

    figure.draw_without_rendering()

    assert figure.get_tightbbox().x0 > 0


@pytest.mark.parametrize(
    ("plot", "name"), [(roc, "guessing"), (reliability, "perfectly calibrated")]
)
def test_the_diagonal_is_drawn_and_named(plot: Plot, name: str) -> None:
    axes = plot().gca()

    *_, diagonal = axes.lines
    np.testing.assert_equal(diagonal.get_xydata(), DIAGONAL)
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

    assert words(axes.get_xticklabels()) == ["no bird", "bird"]
    assert words(axes.get_yticklabels()) == ["no bird", "bird"]


def test_a_cell_of_the_confusion_matrix_is_the_bluer_the_larger_its_share() -> None:
    (image,) = confusion().gca().images

    np.testing.assert_equal(image.get_array(), [[0.75, 0.25], [0.2, 0.8]])
    assert image.get_clim() == (0, 1)
    assert image.get_cmap().name == "Blues"


def test_the_text_of_a_dark_cell_is_white() -> None:
    colours = [text.get_color() for text in confusion().gca().texts]

    assert colours == ["white", "black", "black", "white"]


def test_a_row_without_images_has_shares_of_zero() -> None:
    counts = COUNTS | {"false_negative": 0, "true_positive": 0}

    figure = drawing.confusion_matrix(counts, NAMES, "cifar10")

    assert cells(figure)[0, 1] == "0\n0.0 %"
    assert cells(figure)[1, 1] == "0\n0.0 %"


def test_the_accuracy_bars_are_sorted_and_leave_out_classes_without_images() -> None:
    axes = bars().gca()

    lengths: list[Any] = list(axes.patches)
    assert words(axes.get_yticklabels()) == ["deer", "airplane", "automobile"]
    assert words(axes.texts) == ["0.0 %", "40.0 %", "100.0 %"]
    assert [bar.get_width() for bar in lengths] == [0, 40, 100]


def test_the_bar_of_the_target_class_has_its_own_colour() -> None:
    deer, airplane, automobile = bars().gca().patches

    assert to_hex(deer.get_facecolor()) == "#0072b2"
    assert to_hex(airplane.get_facecolor()) == "#0072b2"
    assert to_hex(automobile.get_facecolor()) == "#d55e00"


def test_a_line_marks_the_accuracy_of_guessing() -> None:
    (line,) = bars().gca().lines

    assert line.get_xdata() == [50, 50]


def test_the_title_of_the_accuracy_bars_names_the_target_class() -> None:
    title = bars().get_suptitle()

    assert title.startswith("Automobile or not: accuracy by class")


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
        cost()

        assert mpl.rcParams["font.size"] == 30
