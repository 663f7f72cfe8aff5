"""The plots are complete and do not depend on the machine."""

import importlib
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from birds.report import plots

CURVES = {f"run {n}": [(i, 1 / (i + n)) for i in range(3)] for n in (1, 2)}


def test_a_plot_contains_no_date_and_no_version(tmp_path: Path) -> None:
    plots.save(plots.cost_curves(CURVES, "cifar10"), tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as plot:
        assert len(plot.getcolors(2**20) or []) > 10
        assert {*plot.info} <= {"dpi"}


@pytest.mark.parametrize("n", [1, 2, 5, 12])
@pytest.mark.parametrize("n_rows", [1, 2])
def test_every_image_and_caption_is_inside_the_plot(n: int, n_rows: int) -> None:
    images = np.zeros((n, 32, 32, 3), np.uint8)
    figure = plots.labelled_images(images, ["one\ntwo"] * n, "A title", "synthetic", n_rows)
    check_all_is_inside(figure, n)


def check_all_is_inside(figure: Figure, n_images: int) -> None:
    """Check that all images and texts are inside the plot and that texts do not overlap."""
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert len(axes.images) == len(axes.texts) == n_images
    for artist in [*axes.images, *axes.texts, *figure.texts]:
        box = artist.get_window_extent()
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    boxes = [text.get_window_extent() for text in [*axes.texts, *figure.texts]]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("name", ["a.png", "W" * 200 + ".jpeg", "$a_b$.png", "a\udce4.png"])
@pytest.mark.parametrize("size", [(1, 1), (340, 2), (2, 340), (270, 340)])
@pytest.mark.parametrize("dataset", ["cifar10", "synthetic"])
def test_a_photo_and_its_captions_are_inside_the_plot(name: str, size: tuple[int, int], dataset: str) -> None:
    photo, resized = np.zeros((*size, 3), np.uint8), np.zeros((32, 32, 3))
    photos = [(name, photo, resized, "no automobile, a = 0.1234")] * 2
    check_all_is_inside(plots.before_and_after(photos, dataset), 4)


def test_twelve_learning_rates_are_drawn_in_twelve_distinct_ways() -> None:
    curves = {f"learning rate {n}": [(0.0, 1.0), (100.0, 1 / n)] for n in range(1, 13)}
    figure = plots.cost_curves(curves, "cifar10")
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == [*curves]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 12
    for line, points in zip(lines, curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), points)


def test_a_test_set_of_one_image_shows_that_image() -> None:
    test = {"images": np.full((1, 32, 32, 3), 7, np.uint8), "labels": np.array([1], np.uint8)}
    figure = plots.test_example(test, np.array([0.25], np.float32), ("no bird", "bird"), "cifar10")
    assert "Test image 0\n" in figure.get_suptitle()
    (text,) = figure.axes[0].texts
    assert text.get_text() == "true: bird\npredicted: no bird (a = 0.2500)"
    (image,) = figure.axes[0].images
    np.testing.assert_array_equal(image.get_array(), test["images"][0])


def test_a_small_training_set_shows_the_examples_that_it_has() -> None:
    train: plots.Set = {"images": np.zeros((300, 32, 32, 3), np.uint8), "labels": np.arange(300) % 2}
    figure = plots.training_examples(train, ("no bird", "bird"), "cifar10")
    assert [text.get_text() for text in figure.axes[0].texts] == ["column 0: no bird", "column 20: no bird"]


def test_a_class_without_images_has_no_bar() -> None:
    recalls = {"airplane": 40.0, "bird": 60.0, "cat": None, "deer": 0.0}
    figure = plots.recall_bars(recalls, "bird", "cifar10")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["deer", "airplane", "bird"]
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [0, 40, 60]  # type: ignore[attr-defined]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [
        colour.lower() for colour in (plots.COLOURS[0], plots.COLOURS[0], plots.COLOURS[1])
    ]


def test_the_most_confident_hits_come_before_the_worst_mistakes() -> None:
    holdout = {"images": np.zeros((14, 32, 32, 3), np.uint8), "labels": np.zeros(14, np.uint8)}
    a = np.linspace(0, 1, 14, dtype=np.float32)
    figure = plots.hits_and_mistakes(holdout, a, ("no bird", "bird"), "cifar10")
    shown = [*range(6), *range(13, 7, -1)]
    assert [text.get_text() for text in figure.axes[0].texts] == [f"no bird, a = {n / 13:.3f}" for n in shown]


def test_the_confusion_matrix_gives_counts_and_percentages_of_each_row() -> None:
    counts = {"true_negative": 3, "false_positive": 1, "false_negative": 0, "true_positive": 0}
    figure = plots.confusion_matrix(counts, ("no bird", "bird"), "cifar10")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["3\n75.0 %", "1\n25.0 %", "0\n0.0 %", "0\n0.0 %"]


@pytest.mark.parametrize("scale", [0, 0.25])
def test_the_weights_of_each_channel_are_drawn(scale: float) -> None:
    image = scale * np.random.default_rng(0).uniform(-1, 1, (32, 32, 3))
    *maps, as_image, _ = plots.weight_maps(image.reshape(-1, 1), "bird", "cifar10").axes
    for n, (axes, name) in enumerate(zip(maps, ("red", "green", "blue"), strict=True)):
        assert axes.get_title() == name
        np.testing.assert_array_equal(axes.images[0].get_array(), image[:, :, n])
    expected = 0.5 + image / (2 * np.abs(image).max()) if scale else np.full(image.shape, 0.5)
    np.testing.assert_allclose(np.asarray(as_image.images[0].get_array()), expected, atol=1e-15)


def test_the_axes_are_labelled() -> None:
    cost, roc = plots.cost_curves(CURVES, "cifar10"), plots.roc_curves(CURVES, "cifar10")
    reliability = plots.reliability_diagram(CURVES, "bird", "cifar10")
    assert [(figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) for figure in (cost, roc, reliability)] == [
        ("iteration", "cost (nats per image)"),
        ("false positive rate (%)", "true positive rate (%)"),
        ("predicted probability of bird (%)", "observed frequency of bird (%)"),
    ]


def test_a_users_matplotlibrc_does_not_change_a_plot(tmp_path: Path) -> None:
    plots.save(plots.cost_curves(CURVES, "cifar10"), tmp_path / "expected.png")
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 30\nlines.linewidth: 9\nsavefig.dpi: 30\n")
    with mpl.rc_context(fname=tmp_path / "matplotlibrc"):
        importlib.reload(plots)
        plots.save(plots.cost_curves(CURVES, "cifar10"), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes() == (tmp_path / "expected.png").read_bytes()
