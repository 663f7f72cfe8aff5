"""Stages run in a folder with small inputs: the decision at one half, the training's progress, and its snapshots."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from birds import __main__ as command_line
from birds import files, paths
from birds.model import logistic
from birds.params import Params
from problems import problem
from stages import evaluate, sweep, train

# With w = 0, the bias alone determines the probability of every image and photo.
STEP = 2.0**-24  # of rounded weights
BIASES = {
    -STEP: 1,  # just below one half, but one half in float32
    -2 * STEP: 0,  # the largest float32 below one half
    -1e-4: 0,  # 0.5000 with four decimals
    0.0: 1,
    STEP: 1,
    float(np.log(0.46 / 0.54)): 0,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the raw data's record."""
    monkeypatch.chdir(tmp_path)
    files.write_json(paths.DATASET, {"dataset": "cifar10", "batches": ["data_batch_1", "test_batch"]})
    return tmp_path


def params(**changes: Any) -> Params:
    given: dict[str, Any] = {
        "lr": 0.005, "iterations": 2000, "sweep_lr": [0.01], "dataset": "auto", "batches": [1],
        "target_class": "bird", "test_size": 4, "seed": 0, **changes,
    }  # fmt: skip
    return Params(**given)


def write_set(name: str, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> None:
    for path, array in zip(paths.columns(name), (x, y.astype(np.uint8)), strict=True):
        files.write_npy(path, array)


def write_model(b: float) -> None:
    w, bias = np.zeros((3072, 1), np.float32), np.float32(b)
    files.write_npz(paths.MODEL, w=w, b=bias, lr=0.005, target_class="bird", dataset="cifar10")
    files.write_npz(paths.SNAPSHOTS, iterations=[2000], w=w.T, b=[bias])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("b", "prediction"), BIASES.items())
def test_evaluate_decides_at_one_half(b: float, prediction: int) -> None:
    write_model(b)
    labels = {"train": [1, 0, 0, 0], "test": [1], "holdout": [0, 1, 1]}
    for name, y in labels.items():
        write_set(name, np.ones((3072, len(y))), np.array([y]))
    files.write_npz(paths.HOLDOUT, classes=np.array([0, 2, 2]))
    evaluate.main(params())
    accuracy = files.read_json(paths.ACCURACY)
    for name, y in labels.items():
        assert accuracy[name] == pytest.approx(100 * np.mean(np.array(y) == prediction))
    assert {row[1] for row in files.read_csv(paths.CONFUSION)} == {"bird" if prediction else "no bird"}
    assert [float(row[3]) for row in files.read_csv(paths.LEARNING)] == pytest.approx([*accuracy.values()][1:])
    scores = files.read_json(paths.SCORES)["holdout"]["recall_by_class"]
    assert scores["bird"] == 100 * prediction
    assert scores["airplane"] == 100 * (1 - prediction)
    assert scores["cat"] is None, "the holdout contains no cat"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("steps", "prediction"), [(1, 1), (2, 0)])
def test_sweep_decides_like_evaluate(steps: int, prediction: int) -> None:
    """Images of zeros, all with label 0: one iteration changes the bias by -lr / 2."""
    lr = 2 * steps * STEP
    write_set("train", np.zeros((5, 4)), np.zeros((1, 4)))
    write_set("test", np.zeros((5, 2)), np.ones((1, 2)))
    sweep.main(params(sweep_lr=[lr], iterations=1))
    assert files.read_json(paths.SWEEP)[str(lr)] == {"train": 100 * (1 - prediction), "test": 100 * prediction}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("b", "prediction"), BIASES.items())
def test_the_command_line_decides_like_evaluate(
    b: float, prediction: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_model(b)
    Image.new("RGB", (40, 30), "green").save("photo.png")
    monkeypatch.setattr("sys.argv", ["birds", "classify", "photo.png"])
    assert command_line.main() == 0
    verdict = "bird   " if prediction else "no bird"
    assert capsys.readouterr().out == f"{verdict}  {1 / (1 + np.exp(-b)):.4f}  photo.png\n"


@pytest.mark.usefixtures("folder")
def test_train_prints_each_recorded_cost_and_writes_model_and_snapshots(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = problem(m=6, d=8, seed=0)
    write_set("train", x, y)
    train.main(params(lr=0.1, iterations=250))
    expected = logistic.fit(x, y, lr=0.1, iterations=250, snapshots_at=[0, 100, 200])
    costs = [f"{cost:.12f}" for cost in expected.costs.values()]
    assert files.read_csv(paths.COSTS) == [["0", costs[0]], ["100", costs[1]], ["200", costs[2]]]
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"iteration {i}: cost {cost:.6f}" for i, cost in expected.costs.items()]
    model, snapshots = files.read_npz(paths.MODEL), files.read_npz(paths.SNAPSHOTS)
    np.testing.assert_allclose(model["w"], expected.w, atol=STEP)
    assert [model[key].item() for key in ("lr", "target_class", "dataset")] == [0.1, "bird", "cifar10"]
    assert snapshots["iterations"].tolist() == [0, 100, 200, 250]
    weights = [*(w for w, _ in expected.snapshots.values()), expected.w]
    biases = [*(b for _, b in expected.snapshots.values()), expected.b]
    np.testing.assert_allclose(snapshots["w"], np.hstack(weights).T, atol=STEP)
    np.testing.assert_allclose(snapshots["b"], biases, atol=STEP)


@pytest.mark.parametrize("iterations", [1, 99, 100, 101, 1999, 2000, 2001, 4000, 12345])
def test_snapshots_are_few_evenly_spaced_and_have_recorded_costs(iterations: int) -> None:
    chosen = [*train.snapshot_iterations(iterations)]
    assert chosen[0] == 0
    assert len(chosen) < train.SNAPSHOTS_MAX
    assert len({*np.diff(chosen)}) <= 1
    assert all(i % logistic.RECORD_EVERY == 0 and i < iterations for i in chosen)
    assert len(chosen) >= min(10, iterations / logistic.RECORD_EVERY)


def test_the_tutorials_run_has_a_snapshot_at_each_recorded_cost() -> None:
    assert [*train.snapshot_iterations(2000)] == [*range(0, 2000, 100)]
