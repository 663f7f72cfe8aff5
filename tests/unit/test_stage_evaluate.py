"""The stage evaluate scores the model on each set, and writes the tables."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import changed_params, read_table, write_columns, write_model
from stages import evaluate

STEP = 2.0**-24  # of rounded weights

# The classes of the holdout. Two of five are birds, class 2.
CLASSES = [0, 2, 2, 3, 3]
LABELS = {
    "train": [0, 1],
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


def run(b: float) -> None:
    """Evaluate a model whose weights are 0, so that only its bias decides."""
    write_model(b)
    evaluate.main(changed_params())


@pytest.mark.parametrize(
    ("b", "accuracies"),
    [
        (-STEP, [50, 25, 40]),  # a is one half in float32: all are called birds
        (-2 * STEP, [50, 75, 60]),  # none is called a bird
    ],
)
def test_the_accuracy_of_each_set_is_decided_at_one_half(
    b: float, accuracies: list[float]
) -> None:
    run(b)

    assert files.read_json(paths.ACCURACY) == {
        "source": "cifar10",
        "train": accuracies[0],
        "test": accuracies[1],
        "holdout": accuracies[2],
    }


@pytest.mark.parametrize(
    ("name", "accuracy"), [("train", 50), ("test", 25), ("holdout", 40)]
)
def test_the_accuracy_and_the_log_loss_of_each_set_are_written(
    name: str, accuracy: float
) -> None:
    """Each probability is one half: all are predicted birds, and the loss is log 2."""
    run(b=0)

    scores = files.read_json(paths.SCORES)[name]

    assert scores["accuracy"] == accuracy
    assert scores["log_loss"] == round(np.log(2), 9)


@pytest.mark.parametrize("name", LABELS)
def test_the_rounded_probabilities_of_each_set_are_written(name: str) -> None:
    """The sigmoid of 1 is 0.73105858."""
    run(b=1)

    a = files.read_npz(paths.PROBABILITIES)[name]

    expected = np.full(len(LABELS[name]), 0.73105858, np.float32)
    np.testing.assert_array_equal(a, expected, strict=True)


def test_the_accuracy_by_class_is_that_of_the_holdout() -> None:
    run(b=1)

    accuracies = files.read_json(paths.SCORES)["holdout"]["accuracy_by_class"]

    assert accuracies["bird"] == 100
    assert accuracies["airplane"] == accuracies["cat"] == 0
    assert accuracies["dog"] is None


def test_the_insights_are_those_of_the_holdout() -> None:
    run(b=1)

    scores = files.read_json(paths.SCORES)

    assert scores["holdout"]["insights"]["average_colour_accuracy"] == 40
    assert "insights" not in scores["test"]


def test_the_confusion_table_is_that_of_the_holdout() -> None:
    run(b=1)

    rows = read_table(paths.CONFUSION)

    pairs = Counter((row["actual"], row["predicted"]) for row in rows)
    assert pairs == {("no bird", "bird"): 3, ("bird", "bird"): 2}


def test_the_learning_curve_has_a_point_of_each_set() -> None:
    """There is one snapshot, the model. On the test set, it costs the mean of
    three times log(1 + exp(1)) = 1.3132617 and once log(1 + exp(-1)) = 0.3132617.
    """
    run(b=1)

    rows = read_table(paths.LEARNING)

    assert [row["set"] for row in rows] == ["train", "test", "holdout"]
    assert rows[1]["iteration"] == "2000"
    assert float(rows[1]["cost"]) == pytest.approx(1.0632617)
    assert float(rows[1]["accuracy"]) == 25


def test_the_reliability_has_a_bin_of_each_set() -> None:
    run(b=1)

    rows = read_table(paths.RELIABILITY)

    assert [row["set"] for row in rows] == ["train", "test", "holdout"]
    assert float(rows[1]["predicted"]) == pytest.approx(73.105858)
    assert float(rows[1]["observed"]) == 25
    assert int(rows[1]["images"]) == 4


def test_the_roc_curve_has_the_points_of_each_set() -> None:
    """All probabilities are equal, so a curve has two points, (0, 0) and (100, 100)."""
    run(b=1)

    rows = read_table(paths.ROC)

    assert [row["set"] for row in rows[::2]] == ["train", "test", "holdout"]
    for row in rows[::2]:
        assert float(row["false_positive_rate"]) == 0
    for row in rows[1::2]:
        assert float(row["true_positive_rate"]) == 100
