"""Stages run in a folder with small inputs: what each reads and writes, and the decision at one half."""

import base64
import errno
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import problem

from birds import files, paths, stage
from birds.data import cifar10, sampling
from birds.errors import UserError
from birds.evaluation import metrics
from birds.model import logistic
from birds.params import Params
from birds.report import page, plots
from stages import compare, evaluate, extract, plot, preprocess, report, split, sweep, train

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
    holdout = files.read_json(paths.SCORES)["holdout"]
    assert holdout["log_loss"] == round(holdout["log_loss"], 9)
    scores = holdout["recall_by_class"]
    assert scores["bird"] == 100 * prediction
    assert scores["airplane"] == 100 * (1 - prediction)
    assert scores["cat"] is None, "the holdout contains no cat"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("steps", "prediction"), [(1, 1), (1.4, 1), (2, 0)])
def test_sweep_decides_like_evaluate(steps: float, prediction: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Images of zeros, all with label 0: one iteration changes the bias by -lr / 2, which is then rounded."""
    lr = 2 * steps * STEP
    write_set("train", np.zeros((5, 4)), np.zeros((1, 4)))
    write_set("test", np.zeros((5, 2)), np.ones((1, 2)))
    sweep.main(params(sweep_lr=[lr], iterations=1))
    accuracies = {"train": 100 * (1 - prediction), "test": 100 * prediction}
    assert files.read_json(paths.SWEEP) == {"source": "cifar10", str(lr): accuracies}
    assert files.read_csv(paths.SWEEP_COSTS) == [[str(lr), "0", "0.693147180560"]]
    shown = f"train {accuracies['train']:.2f} %, test {accuracies['test']:.2f} %"
    assert capsys.readouterr().out == f"learning rate {lr}: {shown}\n"


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
    assert model["b"] == pytest.approx(expected.b, abs=STEP)
    assert not (np.append(model["w"], model["b"]) % STEP).any()
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


@pytest.mark.usefixtures("folder")
def test_extract_chooses_from_all_training_batches_and_from_the_test_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch has one image of each class. All pixels of an image have the same value."""
    first_values = {"data_batch_2": 0, "data_batch_5": 10, "test_batch": 20}

    def read_batch(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        values = np.arange(10, dtype=np.uint8) + first_values[path.name]
        return values.repeat(12).reshape(10, 2, 2, 3), np.arange(10)

    monkeypatch.setattr(cifar10, "read_batch", read_batch)
    extract.main(params(batches=[2, 5], target_class="ship"))
    pool, holdout = files.read_npz(paths.POOL), files.read_npz(paths.HOLDOUT)
    assert pool["images"][:, 1, 1, 2].tolist() == [8, 18, 0, 1]
    assert pool["classes"].tolist() == [8, 8, 0, 1]
    assert pool["labels"].tolist() == [1, 1, 0, 0]
    assert holdout["images"][:, 1, 1, 2].tolist() == [28, 20]
    assert holdout["classes"].tolist() == [8, 0]
    assert holdout["labels"].tolist() == [1, 0]


@pytest.mark.usefixtures("folder")
def test_split_keeps_each_image_with_its_class_and_label() -> None:
    images = np.arange(10)
    files.write_npz(paths.POOL, images=images, classes=images + 100, labels=images + 200)
    split.main(params(test_size=3, seed=1))
    parts = sampling.shuffle_split(10, test_size=3, seed=1)
    for path, expected in zip((paths.TRAIN, paths.TEST), parts, strict=True):
        part = files.read_npz(path)
        assert part["images"].tolist() == expected.tolist()
        assert part["classes"].tolist() == (expected + 100).tolist()
        assert part["labels"].tolist() == (expected + 200).tolist()


@pytest.mark.usefixtures("folder")
def test_preprocess_writes_x_and_y_of_each_set() -> None:
    for m, path in enumerate(paths.SETS.values(), start=1):
        files.write_npz(path, images=np.full((m, 2, 2, 3), 51 * m, np.uint8), labels=np.arange(m))
    preprocess.main(params())
    for m, name in enumerate(paths.SETS, start=1):
        x, y = map(files.read_npy, paths.columns(name))
        np.testing.assert_array_equal(x, np.full((12, m), 51 * m / 255), strict=True)
        assert y.tolist() == [[*range(m)]]


@pytest.mark.usefixtures("folder")
def test_compare_reads_the_costs_and_accuracies_of_the_run(published: Any) -> None:
    def accuracies(results: Any) -> dict[str, float]:
        return {name: results[f"{name}_accuracy"] for name in ("train", "test")}

    files.write_json(paths.PUBLISHED, published)
    files.write_csv(paths.COSTS, ["iteration", "cost"], enumerate(published["training"]["costs"]))
    files.write_json(paths.ACCURACY, {"source": "cifar10", **accuracies(published["training"])})
    files.write_json(paths.SWEEP, {lr: accuracies(results) for lr, results in published["sweep"].items()})
    compare.main(params(sweep_lr=[0.01, 0.001, 0.0001], test_size=164))
    assert files.read_json(paths.COMPARISON)["reproduced"] is True


@pytest.fixture
def finished(folder: Path, published: Any) -> Params:
    """The params of a small run. In the current folder is what the stages before plot and report have written."""
    random, run = np.random.default_rng(0), params(iterations=200, sweep_lr=[0.01, 0.001])
    for path in paths.SETS.values():
        y = np.arange(20, dtype=np.uint8) % 2
        images = random.integers(0, 256, (20, 32, 32, 3), np.uint8)
        files.write_npz(path, images=images, classes=np.where(y, 2, 3), labels=y)
    files.write_json(folder / paths.PUBLISHED, published)
    for each in preprocess, train, evaluate, sweep, compare:
        each.main(run)
    return run


def test_plot_draws_the_results_of_each_set(finished: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {}
    monkeypatch.setattr(plots, "save", lambda figure, path: drawn.update({path: figure.axes[0]}))
    plot.main(finished)
    assert {*drawn} == {f"{paths.IMAGES}/{name}.png" for name in page.CAPTIONS}

    def lines(name: str) -> dict[Any, np.ndarray[Any, Any]]:
        return {line.get_label(): line.get_xydata() for line in drawn[f"{paths.IMAGES}/{name}.png"].lines}

    (cost,) = lines("cost").values()
    assert [f"{value:.12f}" for value in cost[:, 1]] == [row[1] for row in files.read_csv(paths.COSTS)]
    accuracies = files.read_json(paths.SWEEP)
    assert [*lines("sweep")] == [
        f"learning rate {lr}: train {accuracies[lr]['train']:.2f} %, test {accuracies[lr]['test']:.2f} %"
        for lr in ("0.01", "0.001")
    ]
    roc, reliability, probabilities = lines("roc"), lines("reliability"), files.read_npz(paths.PROBABILITIES)
    for name, path in paths.SETS.items():
        y, a = files.read_npz(path)["labels"], probabilities[name]
        np.testing.assert_allclose(roc[name].T, metrics.roc_curve(y, a), atol=1e-9)
        bins = [(row.predicted, row.observed) for row in metrics.reliability(y, a)]
        np.testing.assert_allclose(reliability[name], bins, atol=1e-9)
    example = drawn[f"{paths.IMAGES}/test_example.png"]
    np.testing.assert_array_equal(example.images[0].get_array(), files.read_npz(paths.TEST)["images"][10])
    assert f"(a = {probabilities['test'][10]:.4f})" in example.texts[0].get_text()


def test_report_shows_the_holdout_and_warns_about_synthetic_data(
    finished: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write_json(paths.DATASET, {"dataset": "synthetic", "batches": ["data_batch_1", "test_batch"]})
    for name in page.CAPTIONS:
        files.write_bytes(f"{paths.IMAGES}/{name}.png", b"a PNG")
    capsys.readouterr()
    report.main(finished)
    out, err = capsys.readouterr()
    accuracies, published, where = out.splitlines()
    scores = files.read_json(paths.SCORES)
    shown = ", ".join(f"{name} {scores[name]['accuracy']:.2f} %" for name in ("train", "test", "holdout"))
    assert accuracies == f"accuracy: {shown}"
    assert published.startswith("published results: not comparable, because test_size is 4, not 164; ")
    assert paths.REPORT in where
    assert err.startswith("warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10.")
    html = Path(paths.REPORT).read_text(encoding="utf-8")
    assert "The training diverged" not in html
    embedded = re.search(r'id="data">(.*?)</script>', html)
    assert embedded
    a = np.frombuffer(base64.b64decode(json.loads(embedded[1])["probabilities"]), np.float32)
    np.testing.assert_array_equal(a, files.read_npz(paths.PROBABILITIES)["holdout"])


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        ({"applies": True, "reproduced": True}, "all reproduced"),
        ({"applies": True, "reproduced": False}, "NOT ALL REPRODUCED"),
        (
            {"applies": False, "reproduced": False, "because": "lr is 0.01, not 0.005"},
            "not comparable, because lr is 0.01, not 0.005",
        ),
    ],
)
def test_report_ends_with_what_became_of_the_published_results(
    comparison: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report.show({"train": {"accuracy": 71.4736}}, comparison)
    assert capsys.readouterr().out.splitlines()[:2] == ["accuracy: train 71.47 %", f"published results: {said}"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("lr is -1"), "lr is -1"),
        (OSError(errno.ENOSPC, "No space", "x.csv"), "x.csv cannot be read or written: No space"),
        (OSError(errno.ENOSPC, "No space"), "standard output cannot be read or written: No space"),
        (OSError("no errno"), "standard output cannot be read or written: no errno"),
    ],
)
def test_the_error_of_a_stage_is_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, message: str) -> None:
    def main(_: Params) -> None:
        raise error

    monkeypatch.setattr(stage, "read_params", params)
    with pytest.raises(SystemExit, match=f"^error: {re.escape(message)}$"):
        stage.run(main)
