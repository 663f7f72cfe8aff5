"""Each value of a row stands under its name in the header."""

from collections import Counter

import numpy as np

from birds.evaluation import tables
from birds.evaluation.metrics import Labels, Probabilities
from birds.evaluation.tables import Rows


def labels_and_probabilities(
    n_by_kind: dict[tuple[int, float], int],
) -> tuple[Labels, Probabilities]:
    """So many images of each pair of label and probability."""
    kinds = list(Counter(n_by_kind).elements())
    y = np.array([label for label, _ in kinds], np.uint8)
    a = np.array([probability for _, probability in kinds], np.float32)
    return y, a


def named(header: list[str], rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_confusion_table_names_each_images_label_and_prediction() -> None:
    y, a = labels_and_probabilities(
        {
            (0, 0.1): 1,
            (0, 0.9): 2,
            (1, 0.1): 3,
            (1, 0.9): 4,
        }
    )

    rows = named(tables.CONFUSION, tables.confusion(y, a, ("no bird", "bird")))

    assert Counter((row["actual"], row["predicted"]) for row in rows) == {
        ("no bird", "no bird"): 1,
        ("no bird", "bird"): 2,
        ("bird", "no bird"): 3,
        ("bird", "bird"): 4,
    }


def test_the_reliability_table_has_a_row_for_each_bin_with_images() -> None:
    y, a = labels_and_probabilities(
        {
            (0, 0.25): 1,
            (1, 0.25): 4,
            (0, 0.75): 3,
            (1, 0.75): 1,
        }
    )

    rows = named(tables.RELIABILITY, tables.reliability("test", y, a))

    assert rows == [
        {
            "set": "test",
            "predicted": "25.000000000",
            "observed": "80.000000000",
            "images": "5",
        },
        {
            "set": "test",
            "predicted": "75.000000000",
            "observed": "25.000000000",
            "images": "4",
        },
    ]


def test_the_roc_table_has_a_row_for_each_threshold() -> None:
    """At the threshold 0.9, one of four negatives and one of two positives count."""
    y, a = labels_and_probabilities(
        {
            (0, 0.9): 1,
            (1, 0.9): 1,
            (0, 0.1): 3,
            (1, 0.1): 1,
        }
    )

    none, at_the_highest, every = named(tables.ROC, tables.roc("train", y, a))

    assert none["false_positive_rate"] == none["true_positive_rate"] == "0.000000000"
    assert at_the_highest == {
        "set": "train",
        "false_positive_rate": "25.000000000",
        "true_positive_rate": "50.000000000",
    }
    assert (
        every["false_positive_rate"] == every["true_positive_rate"] == "100.000000000"
    )


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

    rows = named(tables.LEARNING, tables.learning("holdout", x, y, model))

    assert rows == [
        {
            "set": "holdout",
            "iteration": "0",
            "cost": "0.693147181",
            "accuracy": "75.000000000",
        },
        {
            "set": "holdout",
            "iteration": "100",
            "cost": "1498.500000000",
            "accuracy": "25.000000000",
        },
    ]
