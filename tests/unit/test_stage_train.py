"""The stage train writes the rounded model, its snapshots and its costs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit

from birds import files, paths
from problems import overlapping_classes
from stage_files import project_params, read_table, write_columns, write_source
from stages import train

Model = dict[str, npt.NDArray[Any]]

X, Y = overlapping_classes(m=6, d=8)


class State(NamedTuple):
    """The weights, the bias and their cost."""

    w: npt.NDArray[np.float64]
    b: float
    cost: float


@pytest.fixture(scope="module")
def textbook() -> list[State]:
    """The states after 0 to 250 iterations, by the formulas of the textbooks."""
    states = []
    w = np.zeros((8, 1))
    b = 0.0
    for _ in range(251):
        a = expit(w.T @ X + b)
        cost = -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))
        states.append(State(w, b, float(cost)))
        w = w - 0.1 * X @ (a - Y).T / 6
        b = b - 0.1 * float(np.mean(a - Y))
    return states


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


def test_the_cost_every_100_iterations_is_written(textbook: list[State]) -> None:
    run()

    rows = read_table(paths.COSTS)

    assert [row["iteration"] for row in rows] == ["0", "100", "200"]
    assert [row["cost"] for row in rows] == [
        f"{textbook[0].cost:.12f}",
        f"{textbook[100].cost:.12f}",
        f"{textbook[200].cost:.12f}",
    ]


def test_each_recorded_cost_is_shown(
    textbook: list[State], capsys: pytest.CaptureFixture[str]
) -> None:
    run()

    first, second, third = capsys.readouterr().out.splitlines()

    assert first == "iteration 0: cost 0.693147"  # log 2
    assert second == f"iteration 100: cost {textbook[100].cost:.6f}"
    assert third == f"iteration 200: cost {textbook[200].cost:.6f}"


def test_the_model_names_its_learning_rate_target_class_and_source() -> None:
    model = run()

    assert model["lr"] == 0.1
    assert model["target_class"] == "cat"
    assert model["source"] == "synthetic"


def test_the_model_is_the_textbooks_rounded(textbook: list[State]) -> None:
    model = run()

    w, b, _ = textbook[250]
    np.testing.assert_array_equal(model["w"], rounded(w), strict=True)
    np.testing.assert_array_equal(model["b"], rounded(b), strict=True)


def test_the_snapshots_are_the_textbooks_rounded(textbook: list[State]) -> None:
    model = run()

    iterations = model["snapshot_iterations"].tolist()
    assert iterations == [0, 100, 200, 250]  # the last one is the model
    for n, i in enumerate(iterations):
        w = rounded(textbook[i].w[:, 0])
        np.testing.assert_array_equal(model["snapshot_w"][n], w, strict=True)
        assert model["snapshot_b"][n] == rounded(textbook[i].b)


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
