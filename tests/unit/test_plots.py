"""The plots are complete and do not depend on the machine."""

import importlib
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from birds.report import plots

NAMES = ("no bird", "bird")


def check(figure: Figure, captions: list[str]) -> None:
    """Check the captions, and that all images and texts are inside the plot without overlaps."""
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == captions
    assert len(axes.images) == len(captions)
    texts = [text.get_window_extent() for text in [*axes.texts, *figure.texts]]
    assert not any(one.overlaps(other) for one, other in combinations(texts, 2))
    drawn = Bbox.union([*texts, *(image.get_window_extent() for image in axes.images)])
    assert Bbox.union([drawn, figure.bbox]).bounds == figure.bbox.bounds


@pytest.mark.parametrize("size", [(1, 1), (340, 2), (2, 340), (270, 340)])
def test_photos_stand_before_what_the_model_sees(size: tuple[int, int]) -> None:
    names = {
        "$\\x$.png": "$\\x$.png",
        "W" * 200 + ".jpeg": "W" * 14 + "\n…" + "W" * 8 + ".jpeg",
        "a\udce4.png": "a\\udce4.png",
    }
    photo = (
        np.zeros((*size, 3), np.uint8),
        np.ones((32, 32, 3)),
        "no automobile, a = 0.1234",
    )
    figure = plots.before_and_after([(name, *photo) for name in names], "synthetic")
    seen = "what the model sees:\nno automobile, a = 0.1234"
    check(figure, [text for caption in names.values() for text in (caption, seen)])
    assert [
        np.asarray(image.get_array()).max() for image in figure.axes[0].images
    ] == 3 * [0, 1]


@pytest.mark.parametrize("n", [1, 2, 14, 30])
def test_images_have_captions_with_labels_and_predictions(n: int) -> None:
    images: plots.Set = {
        "images": np.zeros((n, 32, 32, 3), np.uint8),
        "labels": np.arange(n) % 2,
    }
    a = np.linspace(0.1, 0.9, n, dtype=np.float32)
    examples = [f"column {column}: no bird" for column in (0, 20) if column < n]
    check(plots.training_examples(images, NAMES, "cifar10"), examples)
    column = min(10, n - 1)
    true, predicted = NAMES[column % 2], NAMES[int(a[column] >= 0.5)]
    example = plots.test_example(images, a, NAMES, "synthetic")
    check(example, [f"true: {true}\npredicted: {predicted} (a = {a[column]:.4f})"])
    assert (
        example.get_suptitle() == f"Test image {column}\nSYNTHETIC DATA, NOT CIFAR-10"
    )


def test_the_most_confident_hits_come_before_the_worst_mistakes() -> None:
    holdout = {
        "images": np.zeros((14, 32, 32, 3), np.uint8),
        "labels": np.ones(14, np.uint8),
    }
    a = np.linspace(0, 1, 14, dtype=np.float32)
    captions = [f"bird, a = {n / 13:.3f}" for n in [*range(13, 7, -1), *range(6)]]
    check(plots.hits_and_mistakes(holdout, a, NAMES, "cifar10"), captions)


@pytest.mark.parametrize("last", [0.69312, 0.6931, 0.69, 1e-5, 123456.0])
@pytest.mark.parametrize("n", [1, 12])
def test_cost_curves_are_distinct_and_no_text_is_cut_off(n: int, last: float) -> None:
    label = "learning rate {}: train 100.00 %, test 100.00 %"
    curves = {label.format(lr): [(0, 0.693147), (1900 + lr, last)] for lr in range(n)}
    figure = plots.cost_curves(curves, "synthetic")
    lines = figure.axes[0].lines
    np.testing.assert_equal(
        {line.get_label(): line.get_xydata() for line in lines}, curves
    )
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == n
    figure.draw_without_rendering()
    assert (
        Bbox.union([figure.get_tightbbox(), figure.bbox_inches]).bounds
        == figure.bbox_inches.bounds
    )
    assert (
        figure.legends[0].get_window_extent().y1
        < figure.axes[0].xaxis.label.get_window_extent().y0
    )


def test_a_class_without_images_has_no_bar() -> None:
    recalls = {"airplane": 40.0, "bird": 60.0, "cat": None, "deer": 0.0}
    (axes,) = plots.recall_bars(recalls, "bird", "cifar10").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "deer",
        "airplane",
        "bird",
    ]
    assert [bar.get_extents().width > 0 for bar in axes.patches] == [False, True, True]
    deer, airplane, bird = (bar.get_facecolor() for bar in axes.patches)
    assert deer == airplane != bird


def test_the_confusion_matrix_gives_counts_and_percentages_of_each_row() -> None:
    counts = {
        "true_negative": 3,
        "false_positive": 1,
        "false_negative": 0,
        "true_positive": 0,
    }
    (axes,) = plots.confusion_matrix(counts, NAMES, "cifar10").axes
    found = {text.get_position(): text.get_text() for text in axes.texts}
    assert found == {
        (0, 0): "3\n75.0 %",
        (1, 0): "1\n25.0 %",
        (0, 1): "0\n0.0 %",
        (1, 1): "0\n0.0 %",
    }


@pytest.mark.parametrize("scale", [0, 0.25])
def test_the_weights_of_each_channel_are_drawn(scale: float) -> None:
    w = scale * np.random.default_rng(0).uniform(-1, 1, (32, 32, 3))
    figure = plots.weight_maps(w.reshape(-1, 1), "automobile", "synthetic")
    check(
        figure,
        [
            "all weights as an image",
            *(f"weights of {name}" for name in ("red", "green", "blue")),
        ],
    )
    as_image, *maps = (np.asarray(image.get_array()) for image in figure.axes[0].images)
    largest = np.abs(w).max() or 1
    np.testing.assert_allclose(as_image, 0.5 + w / (2 * largest), atol=1e-15)
    np.testing.assert_array_equal(
        maps, mpl.colormaps["PuOr_r"](np.moveaxis(as_image, 2, 0))[..., :3]
    )
    assert figure.get_suptitle().startswith(f"Weights from −{largest:.2g} (purple")


def test_a_plot_does_not_depend_on_a_users_matplotlibrc(tmp_path: Path) -> None:
    plots.save(
        plots.cost_curves({"run": [(0, 1)]}, "cifar10"), tmp_path / "expected.png"
    )
    (tmp_path / "matplotlibrc").write_text(
        "axes.facecolor: red\nfont.size: 30\nsavefig.dpi: 30\n"
    )
    with mpl.rc_context(fname=tmp_path / "matplotlibrc"):
        importlib.reload(plots)
        plots.save(
            plots.cost_curves({"run": [(0, 1)]}, "cifar10"), tmp_path / "plot.png"
        )
    assert (tmp_path / "plot.png").read_bytes() == (
        tmp_path / "expected.png"
    ).read_bytes()
