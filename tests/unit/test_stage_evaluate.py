"""The stage evaluate scores the model on each set, and writes the tables.

All weights of the model are 0, so its bias b gives every image the same probability.
With b = 1, that is sigmoid(1) = 0.73105858: all images are called birds. A bird then
costs log(1 + exp(-1)) = 0.3132617, and any other image log(1 + exp(1)) = 1.3132617.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params, read_table, write_bird_model, write_columns
from stages import evaluate

STEP = 2.0**-24  # between rounded weights

CLASSES = [0, 2, 2, 3, 3]  # of the holdout: airplane, bird, bird, cat, cat
LABELS = {
    "train": [0] * 9 + [1],
    "test": [0, 0, 0, 1],
    "holdout": [0, 1, 1, 0, 0],
}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, y in LABELS.items():
        x = np.ones((3072, len(y)))
        write_columns(name, x, y)
    files.write_npz(paths.HOLDOUT, classes=CLASSES)


def evaluate_bias(b: float) -> None:
    """Evaluate a model of 2000 iterations whose weights are 0."""
    write_bird_model(b, iterations=2000)
    evaluate.main(project_params())


# For a small b, sigmoid(b) is 1/2 + b/4. The float32 below 1/2 is 1/2 - 2**-25.
@pytest.mark.parametrize(
    ("b", "accuracies"),
    [
        # 1/2 - 2**-26 is midway between the two, and is rounded to the even one, 1/2.
        pytest.param(-STEP, [10, 25, 40], id="all-are-called-birds"),
        # 1/2 - 2**-25
        pytest.param(-2 * STEP, [90, 75, 60], id="none-is-called-a-bird"),
    ],
)
def test_the_accuracy_of_each_set_is_decided_at_one_half_in_float32(
    b: float, accuracies: list[float]
) -> None:
    evaluate_bias(b)

    written = files.read_json(paths.ACCURACY)
    assert [written[name] for name in LABELS] == accuracies


@pytest.mark.parametrize("source", ["cifar10", "synthetic"])
def test_the_accuracies_name_the_source_of_the_images(source: str) -> None:
    write_bird_model(source=source)

    evaluate.main(project_params())

    assert files.read_json(paths.ACCURACY)["source"] == source


@pytest.mark.parametrize(
    ("name", "log_loss"),
    [
        ("train", 0.3132617 + 9 / 10),
        ("test", 0.3132617 + 3 / 4),
        ("holdout", 0.3132617 + 3 / 5),
    ],
)
def test_the_log_loss_of_each_set_is_written(name: str, log_loss: float) -> None:
    """It is 0.3132617, plus 1 for the share of the images that are no birds."""
    evaluate_bias(1)

    scores = files.read_json(paths.SCORES)[name]

    assert scores["log_loss"] == pytest.approx(log_loss)


@pytest.mark.parametrize("name", LABELS)
def test_the_probabilities_of_each_set_are_written_in_float32(name: str) -> None:
    evaluate_bias(1)

    a = files.read_npz(paths.PROBABILITIES)[name]

    expected = np.full(len(LABELS[name]), 0.73105858, np.float32)
    np.testing.assert_array_equal(a, expected, strict=True)


def test_the_accuracy_by_class_is_that_of_the_holdout() -> None:
    evaluate_bias(1)

    accuracies = files.read_json(paths.SCORES)["holdout"]["accuracy_by_class"]

    assert accuracies["bird"] == 100
    assert accuracies["airplane"] == accuracies["cat"] == 0
    assert accuracies["dog"] is None  # the holdout has no dog


def test_only_the_holdout_has_insights() -> None:
    """All average colours are called birds, too. Of the holdout, 2 of 5 images are."""
    evaluate_bias(1)

    scores = files.read_json(paths.SCORES)

    assert scores["holdout"]["insights"]["average_colour_accuracy"] == 40
    assert "insights" not in scores["train"]
    assert "insights" not in scores["test"]


def test_the_confusion_table_is_that_of_the_holdout() -> None:
    evaluate_bias(1)

    rows = read_table(paths.CONFUSION)

    pairs = Counter((row["actual"], row["predicted"]) for row in rows)
    assert pairs == {("no bird", "bird"): 3, ("bird", "bird"): 2}


def test_the_learning_curve_has_a_point_of_each_set() -> None:
    """There is one snapshot, the model. Its costs are those of the log loss above."""
    evaluate_bias(1)

    rows = read_table(paths.LEARNING)

    costs = [float(row["cost"]) for row in rows]
    accuracies = [float(row["accuracy"]) for row in rows]
    assert [row["set"] for row in rows] == ["train", "test", "holdout"]
    assert [row["iteration"] for row in rows] == ["2000", "2000", "2000"]
    assert costs == pytest.approx([1.2132617, 1.0632617, 0.9132617])
    assert accuracies == [10, 25, 40]


def test_the_reliability_has_a_bin_of_each_set() -> None:
    evaluate_bias(1)

    rows = read_table(paths.RELIABILITY)

    assert [row["set"] for row in rows] == ["train", "test", "holdout"]
    for row in rows:
        assert float(row["predicted"]) == pytest.approx(73.105858)
    assert [float(row["observed"]) for row in rows] == [10, 25, 40]
    assert [int(row["images"]) for row in rows] == [10, 4, 5]


def test_the_roc_curve_has_the_points_of_each_set() -> None:
    """The model ranks the birds of train first, those of test last, and no image of
    the holdout above another.
    """
    train = np.array(LABELS["train"])
    test = np.array(LABELS["test"])
    write_columns("train", np.tile(train, (3072, 1)), train)
    write_columns("test", np.tile(1 - test, (3072, 1)), test)
    write_bird_model(w=0.001)  # bright images are birds

    evaluate.main(project_params())

    assert Path(paths.ROC).read_text().splitlines() == [
        "set,false_positive_rate,true_positive_rate",
        "train,0.000000000,0.000000000",
        "train,0.000000000,100.000000000",
        "train,100.000000000,100.000000000",
        "test,0.000000000,0.000000000",
        "test,100.000000000,0.000000000",
        "test,100.000000000,100.000000000",
        "holdout,0.000000000,0.000000000",
        "holdout,100.000000000,100.000000000",
    ]
