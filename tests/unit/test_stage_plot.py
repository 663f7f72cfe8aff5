"""The stage plot draws what the earlier stages wrote, each result in its plot."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from birds import files, paths
from birds.report import drawing, page
from stage_files import project_params, write_bird_model
from stages import plot

Figures = dict[str, Figure]

# The grey of the first image of each set. The next ones are brighter by 1 each.
GREY = {"train": 10, "test": 60, "holdout": 110}


def write_images() -> None:
    labels = np.arange(12, dtype=np.uint8) % 2
    for name, path in paths.IMAGES_OF.items():
        greys = np.arange(GREY[name], GREY[name] + 12, dtype=np.uint8)
        images = np.repeat(greys, 32 * 32 * 3).reshape(12, 32, 32, 3)
        files.write_npz(path, images=images, labels=labels)


def write_results() -> None:
    """Write different values, so that none can be drawn in another's place."""
    write_bird_model(source="synthetic", lr=0.005)
    train = np.full(12, 0.3, np.float32)
    test = np.full(12, 0.4, np.float32)
    test[10] = 0.8273
    holdout = np.full(12, 0.5, np.float32)
    holdout[7] = 1
    files.write_npz(paths.PROBABILITIES, train=train, test=test, holdout=holdout)
    confusion = {
        "true_negative": 1,
        "false_positive": 2,
        "false_negative": 3,
        "true_positive": 4,
    }
    accuracies = {"bird": 60, "cat": 40}
    scores = {"holdout": {"confusion": confusion, "accuracy_by_class": accuracies}}
    files.write_json(paths.SCORES, scores)
    sweep = {"source": "synthetic", "0.1": {"train": 71.234, "test": 62.5}}
    files.write_json(paths.SWEEP, sweep)


TABLES = {
    paths.COSTS: """
        iteration,cost
        0,0.7
        100,0.6
    """,
    paths.SWEEP_COSTS: """
        lr,iteration,cost
        0.1,0,0.5
        0.1,100,0.4
    """,
    paths.ROC: """
        set,false_positive_rate,true_positive_rate
        train,0,0
        train,25,50
        test,0,10
        test,20,40
        holdout,5,15
        holdout,30,60
    """,
    paths.RELIABILITY: """
        set,predicted,observed,images
        train,35,30,7
        test,45,40,8
        test,65,60,9
        holdout,55,50,6
    """,
}


def write_tables() -> None:
    for path, indented in TABLES.items():
        table = dedent(indented).lstrip()
        files.write_bytes(path, table.encode())


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Run the stage, and keep its figures by name instead of writing them."""
    figures: Figures = {}

    def keep(figure: Figure, path: str) -> None:
        figures[Path(path).stem] = figure

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        patch.setattr(drawing, "save", keep)
        write_images()
        write_results()
        write_tables()
        plot.main(project_params())
    return figures


def points_by_line(figure: Figure) -> dict[str, list[list[float]]]:
    """Return the points of each line, by its name in the legend."""
    points = {}
    for line in figure.axes[0].lines:
        name = str(line.get_label())
        points[name] = np.asarray(line.get_xydata()).tolist()
    return points


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def greys(figure: Figure) -> list[int]:
    """Return the grey of each image, in the order in which they are drawn."""
    found = []
    for image in figure.axes[0].images:
        pixels = np.asarray(image.get_array())
        found.append(int(pixels[0, 0, 0]))
    return found


def test_exactly_the_plots_of_the_page_are_drawn(figures: Figures) -> None:
    assert set(figures) == set(page.CAPTIONS)


@pytest.mark.parametrize("name", page.CAPTIONS)
def test_each_plot_says_that_the_data_are_synthetic(
    figures: Figures, name: str
) -> None:
    title = figures[name].get_suptitle()

    assert title.endswith("\nSYNTHETIC DATA, NOT CIFAR-10")


def test_the_costs_are_drawn_over_the_iterations(figures: Figures) -> None:
    drawn = points_by_line(figures["cost"])

    assert drawn == {"learning rate 0.005": [[0, 0.7], [100, 0.6]]}


def test_the_costs_of_the_sweep_are_named_by_rate_and_accuracies(
    figures: Figures,
) -> None:
    ((name, points),) = points_by_line(figures["sweep"]).items()

    assert name == "learning rate 0.1: train 71.23 %, test 62.50 %"
    assert points == [[0, 0.5], [100, 0.4]]


def test_the_roc_curve_of_each_set_is_drawn(figures: Figures) -> None:
    drawn = points_by_line(figures["roc"])

    assert drawn["train"] == [[0, 0], [25, 50]]
    assert drawn["test"] == [[0, 10], [20, 40]]
    assert drawn["holdout"] == [[5, 15], [30, 60]]


def test_the_reliability_of_each_set_is_drawn(figures: Figures) -> None:
    drawn = points_by_line(figures["reliability"])

    assert drawn["train"] == [[35, 30]]
    assert drawn["test"] == [[45, 40], [65, 60]]
    assert drawn["holdout"] == [[55, 50]]


def test_the_example_is_the_first_training_image(figures: Figures) -> None:
    """Of the tutorial's columns 0, 20, 300, …, a set of 12 images only has column 0."""
    assert greys(figures["examples"]) == [GREY["train"]]


def test_the_test_example_is_test_image_10_with_its_label_and_prediction(
    figures: Figures,
) -> None:
    (text,) = texts(figures["test_example"])

    assert greys(figures["test_example"]) == [GREY["test"] + 10]
    assert text == "true: no bird\npredicted: bird (a = 0.8273)"


def test_the_hits_and_mistakes_are_all_12_holdout_images(figures: Figures) -> None:
    drawn = greys(figures["hits_and_mistakes"])

    assert sorted(drawn) == list(range(GREY["holdout"], GREY["holdout"] + 12))


def test_the_surest_hit_comes_first(figures: Figures) -> None:
    """Image 7 is the surest hit. All others have the probability 1/2."""
    assert greys(figures["hits_and_mistakes"])[0] == GREY["holdout"] + 7
    assert texts(figures["hits_and_mistakes"])[0] == "bird, a = 1.000"


def test_the_confusion_matrix_is_that_of_the_holdout(figures: Figures) -> None:
    counts = [text.split("\n")[0] for text in texts(figures["confusion"])]

    # true negatives, false positives, false negatives, true positives
    assert counts == ["1", "2", "3", "4"]


def test_each_bar_is_the_accuracy_of_its_class_on_the_holdout(figures: Figures) -> None:
    axes: Any = figures["accuracy_by_class"].axes[0]

    classes = [label.get_text() for label in axes.get_yticklabels()]
    lengths = [bar.get_width() for bar in axes.patches]

    # From the bottom up, the lowest accuracy first
    assert classes == ["cat", "bird"]
    assert lengths == [40, 60]
