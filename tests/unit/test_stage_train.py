"""The stage train writes the rounded model, its snapshots and its costs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from birds import files, paths
from birds.model import logistic
from birds.model.logistic import Fit
from stage_files import project_params, read_table, write_columns, write_source
from stages import train
from training_sets import overlapping_classes

Model = dict[str, npt.NDArray[Any]]

X, Y = overlapping_classes(m=6, d=8)


@pytest.fixture(scope="module")
def textbook() -> Fit:
    """The same run by the textbook loop, which the stage does not use."""
    return logistic.fit(X, Y, lr=0.1, iterations=250, snapshots_at=[0, 100, 200])


def rounded(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round to multiples of 2**-24."""
    steps = np.round(np.multiply(values, 2**24))
    return np.asarray(steps / 2**24, np.float32)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_source("synthetic")
    write_columns("train", X, Y)


def run() -> Model:
    """Train with the textbook's learning rate, and return what is written."""
    train.main(project_params(lr=0.1, iterations=250, target_class="cat"))
    return files.read_npz(paths.MODEL)


def test_the_cost_every_100_iterations_is_written(textbook: Fit) -> None:
    run()

    rows = read_table(paths.COSTS)

    assert [row["iteration"] for row in rows] == ["0", "100", "200"]
    assert [row["cost"] for row in rows] == [
        f"{textbook.costs[0]:.12f}",
        f"{textbook.costs[100]:.12f}",
        f"{textbook.costs[200]:.12f}",
    ]


def test_each_recorded_cost_is_shown(
    textbook: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    run()

    first, second, third = capsys.readouterr().out.splitlines()

    assert first == "iteration 0: cost 0.693147"  # log 2
    assert second == f"iteration 100: cost {textbook.costs[100]:.6f}"
    assert third == f"iteration 200: cost {textbook.costs[200]:.6f}"


def test_the_model_names_its_learning_rate_target_class_and_source() -> None:
    model = run()

    assert model["lr"] == 0.1
    assert model["target_class"] == "cat"
    assert model["source"] == "synthetic"


def test_the_model_is_that_of_the_textbook_loop_rounded(textbook: Fit) -> None:
    model = run()

    np.testing.assert_array_equal(model["w"], rounded(textbook.w), strict=True)
    np.testing.assert_array_equal(model["b"], rounded(textbook.b), strict=True)


def test_the_snapshots_are_those_of_the_textbook_loop_rounded(textbook: Fit) -> None:
    model = run()

    expected = textbook.snapshots | {250: (textbook.w, textbook.b)}
    assert model["snapshot_iterations"].tolist() == [0, 100, 200, 250]
    for n, (w, b) in enumerate(expected.values()):
        snapshot_w = model["snapshot_w"][n]
        np.testing.assert_array_equal(snapshot_w, rounded(w[:, 0]), strict=True)
        assert model["snapshot_b"][n] == rounded(b)


# Costs are recorded every 100 iterations. The last snapshot, the model, is one more.
@pytest.mark.parametrize(
    ("iterations", "snapshots"),
    [
        (1, [0]),
        (100, [0]),
        (101, [0, 100]),
        (2000, range(0, 2000, 100)),  # at all 20 costs
        (2001, range(0, 2001, 200)),  # at every second of 21
        (4000, range(0, 4000, 200)),  # at every second of 40
        (12345, range(0, 12345, 700)),  # at every seventh of 124: a sixth are 21
    ],
)
def test_the_snapshots_are_at_most_20_evenly_spaced_recorded_costs(
    iterations: int, snapshots: Sequence[int]
) -> None:
    chosen = train.snapshot_iterations(iterations)

    assert list(chosen) == list(snapshots)
    assert len(chosen) <= 20
