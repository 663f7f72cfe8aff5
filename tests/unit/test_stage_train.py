"""The stage train writes the rounded model, its snapshots and its costs."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from birds import files, paths
from birds.model import logistic, rounding
from birds.model.logistic import Fit
from problems import overlapping_classes
from stage_files import project_params, read_table, write_columns, write_source
from stages import train

Model = dict[str, npt.NDArray[np.generic]]


X, Y = overlapping_classes(m=6, d=8)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_source("cifar10")
    write_columns("train", X, Y)


def run() -> Model:
    train.main(project_params(lr=0.1, iterations=250, target_class="cat"))
    return files.read_npz(paths.MODEL)


@pytest.fixture(scope="module")
def textbook() -> Fit:
    """The same run by the textbook loop."""
    return logistic.fit(X, Y, lr=0.1, iterations=250, snapshots_at=[0, 100, 200])


def test_the_recorded_costs_are_written(textbook: Fit) -> None:
    run()

    rows = read_table(paths.COSTS)

    found = {int(row["iteration"]): row["cost"] for row in rows}
    assert found == rounding.costs(textbook.costs)


def test_each_recorded_cost_is_shown(
    textbook: Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    run()

    first, second, third = capsys.readouterr().out.splitlines()

    assert first == "iteration 0: cost 0.693147"
    assert second == f"iteration 100: cost {textbook.costs[100]:.6f}"
    assert third == f"iteration 200: cost {textbook.costs[200]:.6f}"


def test_the_model_says_what_it_is() -> None:
    model = run()

    assert model["lr"] == 0.1
    assert model["target_class"] == "cat"
    assert model["source"] == "cifar10"


def test_the_model_is_rounded(textbook: Fit) -> None:
    model = run()

    w = rounding.weights(textbook.w)
    b = rounding.weights(textbook.b)
    np.testing.assert_array_equal(model["w"], w, strict=True)
    np.testing.assert_array_equal(model["b"], b, strict=True)


def test_the_last_snapshot_is_the_model() -> None:
    model = run()

    assert model["snapshot_iterations"].tolist() == [0, 100, 200, 250]
    assert model["snapshot_w"][-1].tolist() == model["w"][:, 0].tolist()
    assert model["snapshot_b"][-1] == model["b"]


def test_the_snapshots_are_rounded(textbook: Fit) -> None:
    model = run()

    for n, (w, b) in enumerate(textbook.snapshots.values()):
        rounded = rounding.weights(w[:, 0])
        np.testing.assert_array_equal(model["snapshot_w"][n], rounded, strict=True)
        assert model["snapshot_b"][n] == rounding.weights(b)


def test_the_tutorials_run_has_a_snapshot_at_each_recorded_cost() -> None:
    assert train.snapshot_iterations(2000) == range(0, 2000, 100)


@pytest.mark.parametrize("iterations", [1, 100, 101, 2001, 4000, 12345])
def test_snapshots_are_few_and_have_recorded_costs(iterations: int) -> None:
    chosen = train.snapshot_iterations(iterations)

    recorded = range(0, iterations, logistic.RECORD_EVERY)
    assert set(chosen) <= set(recorded)
    assert min(len(recorded), 10) <= len(chosen) <= 20
