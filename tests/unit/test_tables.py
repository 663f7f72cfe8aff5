"""Each value of a row stands under its name in the header."""

import numpy as np

from birds.evaluation import tables
from birds.evaluation.metrics import Labels, Probabilities
from birds.evaluation.tables import Rows


def sample(*images: tuple[int, float]) -> tuple[Labels, Probabilities]:
    """Return y and a of images, each a label and a probability."""
    y = np.array([label for label, _ in images], np.uint8)
    a = np.array([probability for _, probability in images], np.float32)
    return y, a


def lines(header: list[str], rows: Rows) -> list[str]:
    """Write a table as in its CSV file."""
    return [",".join(row) for row in [header] + rows]


def test_the_confusion_table_names_each_images_label_and_prediction() -> None:
    y, a = sample((0, 0.1), (0, 0.9), (1, 0.1), (1, 0.9))

    rows = tables.confusion(y, a, ("no bird", "bird"))

    assert lines(tables.CONFUSION, rows) == [
        "actual,predicted",
        "no bird,no bird",
        "no bird,bird",
        "bird,no bird",
        "bird,bird",
    ]


def test_the_reliability_table_has_a_row_for_each_bin_with_images() -> None:
    y, a = sample((0, 0.25), (1, 0.25), (1, 0.25), (1, 0.25), (1, 0.25), (0, 0.75))

    rows = tables.reliability("test", y, a)

    assert lines(tables.RELIABILITY, rows) == [
        "set,predicted,observed,images",
        "test,25.000000000,80.000000000,5",
        "test,75.000000000,0.000000000,1",
    ]


def test_the_roc_table_has_a_row_for_each_threshold() -> None:
    """At the threshold 0.9, one of four negatives and one of two positives count."""
    y, a = sample((0, 0.9), (1, 0.9), (0, 0.1), (0, 0.1), (0, 0.1), (1, 0.1))

    rows = tables.roc("train", y, a)

    assert lines(tables.ROC, rows) == [
        "set,false_positive_rate,true_positive_rate",
        "train,0.000000000,0.000000000",
        "train,25.000000000,50.000000000",
        "train,100.000000000,100.000000000",
    ]


def test_the_learning_table_has_a_row_for_each_snapshot() -> None:
    """Four images x = 1, three with label 1. w = 0 costs log 2 and predicts 1.

    The second snapshot has z = 2 - 2000, so it predicts 0 and costs 1,998 for each of
    the three images with label 1.
    """
    x = np.ones((1, 4))
    y = np.array([1, 1, 1, 0], np.uint8)
    model = {
        "snapshot_iterations": np.array([0, 100]),
        "snapshot_w": np.array([[0], [2]], np.float32),
        "snapshot_b": np.array([0, -2000], np.float32),
    }

    rows = tables.learning("holdout", x, y, model)

    assert lines(tables.LEARNING, rows) == [
        "set,iteration,cost,accuracy",
        "holdout,0,0.693147181,75.000000000",
        "holdout,100,1498.500000000,25.000000000",
    ]
