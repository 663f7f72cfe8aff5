"""The stages, run in a folder with small inputs: what each reads and writes."""

import base64
import dataclasses
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from birds import files, paths, stage
from birds.data import cifar10, preprocessing
from birds.evaluation import metrics
from birds.model import logistic
from birds.params import Params, read_params
from birds.report import page, plots
from projects import ROOT
from stages import (
    compare,
    evaluate,
    extract,
    plot,
    preprocess,
    report,
    split,
    sweep,
    train,
)

STEP = 2.0**-24  # of rounded weights
# The prediction for each bias if w = 0: -STEP gives one half in float32, and -1e-4 with four decimals.
BIASES = {-STEP: 1, -2 * STEP: 0, -1e-4: 0, 0.0: 1}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in an empty folder with the raw data's record."""
    monkeypatch.chdir(tmp_path)
    files.write_json(
        paths.DATASET, {"dataset": "cifar10", "batches": ["data_batch_1", "test_batch"]}
    )


def params(**changes: Any) -> Params:
    return dataclasses.replace(read_params(ROOT / "params.yaml"), **changes)


def write_set(name: str, x: np.ndarray[Any, Any], y: list[int]) -> None:
    for path, array in zip(
        paths.columns(name), (x, np.array([y], np.uint8)), strict=True
    ):
        files.write_npy(path, array)


def write_model(b: float) -> None:
    w, bias = np.zeros((3072, 1), np.float32), np.float32(b)
    model: dict[str, Any] = {
        "w": w,
        "b": bias,
        "lr": 0.005,
        "target_class": "bird",
        "dataset": "cifar10",
    }
    files.write_npz(
        paths.MODEL,
        **model,
        snapshot_iterations=[2000],
        snapshot_w=w.T,
        snapshot_b=[bias],
    )


@pytest.mark.parametrize("test_size", [1, 3])
def test_all_batches_are_extracted_split_and_preprocessed(
    test_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch has one image of each class. Each image has its own values."""
    images = np.resize(np.arange(256, dtype=np.uint8), (30, 2, 2, 3))
    batches = {
        "data_batch_2": images[:10],
        "data_batch_5": images[10:20],
        "test_batch": images[20:],
    }
    monkeypatch.setattr(
        cifar10, "read_batch", lambda path: (batches[path.name], np.arange(10))
    )
    run = params(batches=[2, 5], target_class="ship", test_size=test_size, seed=1)
    for each in extract, split, preprocess:
        each.main(run)
    pool = np.array([8, 18, 0, 1])[
        np.random.RandomState(1).permutation(4)
    ]  # both ships, and the first others
    chosen = [pool[:-test_size], pool[-test_size:], np.array([28, 20])]
    for name, numbers in zip(("train", "test", "holdout"), chosen, strict=True):
        np.testing.assert_array_equal(
            files.read_npz(paths.SETS[name])["classes"], numbers % 10
        )
        x, y = map(files.read_npy, paths.columns(name))
        columns = [
            [value / 255 for value in image.ravel().tolist()]
            for image in images[numbers]
        ]
        np.testing.assert_array_equal(x, np.transpose(columns), strict=True)
        np.testing.assert_array_equal(
            x, preprocessing.flatten_and_normalize(images[numbers] / 255)
        )
        np.testing.assert_array_equal(
            y, np.array([numbers % 10 == 8], np.uint8), strict=True
        )


@pytest.mark.parametrize("iterations", [1, 99, 100, 101, 1999, 2000, 2001, 4000, 12345])
def test_snapshots_are_few_evenly_spaced_and_have_recorded_costs(
    iterations: int,
) -> None:
    chosen = train.snapshot_iterations(iterations)
    assert {*chosen} <= {*range(0, iterations, logistic.RECORD_EVERY)}
    assert (
        min(10, iterations / logistic.RECORD_EVERY) <= len(chosen) < train.SNAPSHOTS_MAX
    )
    assert iterations > 2000 or len(chosen) == len(range(0, iterations, 100)), (
        "all, as in the tutorial's run"
    )


def test_train_shows_each_recorded_cost_and_writes_its_snapshots(
    capsys: pytest.CaptureFixture[str],
) -> None:
    y = [0, 1, 0, 1, 0, 1]
    x = np.random.default_rng(0).random((8, 6)) + 0.2 * np.array(y)
    write_set("train", x, y)
    train.main(params(lr=0.1, iterations=250, target_class="cat"))
    expected = logistic.fit(
        x, np.array([y], float), lr=0.1, iterations=250, snapshots_at=[0, 100, 200]
    )
    assert files.read_csv(paths.COSTS) == [
        [str(i), f"{cost:.12f}"] for i, cost in expected.costs.items()
    ]
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"iteration {i}: cost {cost:.6f}" for i, cost in expected.costs.items()
    ]
    model = files.read_npz(paths.MODEL)
    assert [model[key].item() for key in ("lr", "target_class", "dataset")] == [
        0.1,
        "cat",
        "cifar10",
    ]
    assert model["snapshot_iterations"].tolist() == [0, 100, 200, 250]
    weights = np.array(
        [np.append(*each) for each in (*expected.snapshots.values(), expected[:2])]
    )
    found = np.column_stack([model["snapshot_w"], model["snapshot_b"]])
    np.testing.assert_array_equal(found, np.float32(np.rint(weights / STEP) * STEP))
    np.testing.assert_array_equal(np.append(model["w"], model["b"]), found[-1])


@pytest.mark.parametrize(("b", "prediction"), BIASES.items())
def test_evaluate_decides_at_one_half(b: float, prediction: int) -> None:
    write_model(b)
    labels = {"train": [0, 0], "test": [1], "holdout": [0, 1, 1]}
    for name, y in labels.items():
        write_set(name, np.ones((3072, len(y))), y)
    files.write_npz(paths.HOLDOUT, classes=np.array([0, 2, 2]))
    evaluate.main(params())
    expected = [
        pytest.approx(100 * np.mean(np.array(y) == prediction)) for y in labels.values()
    ]
    assert [*files.read_json(paths.ACCURACY).values()] == ["cifar10", *expected]
    assert [float(row[3]) for row in files.read_csv(paths.LEARNING)] == expected
    names = ["no bird", "bird"]
    assert files.read_csv(paths.CONFUSION) == [
        [names[y], names[prediction]] for y in labels["holdout"]
    ]
    holdout = files.read_json(paths.SCORES)["holdout"]
    assert holdout["log_loss"] == round(holdout["log_loss"], 9)
    recalls = {"bird": 100 * prediction, "airplane": 100 * (1 - prediction)}
    assert holdout["recall_by_class"] == {**dict.fromkeys(cifar10.CLASSES), **recalls}


@pytest.mark.parametrize(("steps", "prediction"), [(1, 1), (1.4, 1), (2, 0)])
def test_sweep_decides_like_evaluate(
    steps: float, prediction: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Images of zeros, all with label 0: one iteration changes the bias by -lr / 2, which is then rounded."""
    lr = 2 * steps * STEP
    write_set("train", np.zeros((5, 4)), [0] * 4)
    write_set("test", np.zeros((5, 2)), [1] * 2)
    sweep.main(params(sweep_lr=[lr], iterations=1))
    accuracies = {"train": 100 * (1 - prediction), "test": 100 * prediction}
    assert files.read_json(paths.SWEEP) == {"source": "cifar10", str(lr): accuracies}
    assert files.read_csv(paths.SWEEP_COSTS) == [[str(lr), "0", "0.693147180560"]]
    shown = ", ".join(
        f"{name} {accuracy}.00 %" for name, accuracy in accuracies.items()
    )
    assert capsys.readouterr().out == f"learning rate {lr}: {shown}\n"


@pytest.fixture
def finished(published: Any) -> Params:
    """The params of a small run. The stages before plot and report have written to the current folder."""
    random, run = (
        np.random.default_rng(0),
        params(iterations=200, sweep_lr=[0.01, 0.001]),
    )
    for path in paths.SETS.values():
        images = random.integers(0, 256, (20, 32, 32, 3), np.uint8)
        files.write_npz(
            path,
            images=images,
            classes=[3, 2] * 10,
            labels=np.array([0, 1] * 10, np.uint8),
        )
    files.write_json(paths.PUBLISHED, published)
    for each in preprocess, train, evaluate, sweep, compare:
        each.main(run)
    return run


def test_plot_draws_the_results_of_each_set(
    finished: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = {}
    monkeypatch.setattr(
        plots, "save", lambda figure, path: drawn.update({path: figure.axes[0]})
    )
    plot.main(finished)
    axes = {name: drawn[f"{paths.IMAGES}/{name}.png"] for name in page.CAPTIONS}
    lines = {
        name: {line.get_label(): line.get_xydata().T for line in axes[name].lines}
        for name in axes
    }
    ((_, costs),) = lines["cost"].values()
    assert [f"{cost:.12f}" for cost in costs] == [
        row[1] for row in files.read_csv(paths.COSTS)
    ]
    for label, (lr, found) in zip(
        lines["sweep"], [*files.read_json(paths.SWEEP).items()][1:], strict=True
    ):
        assert (
            label
            == f"learning rate {lr}: train {found['train']:.2f} %, test {found['test']:.2f} %"
        )
    probabilities = files.read_npz(paths.PROBABILITIES)
    for name, path in paths.SETS.items():
        y, a = files.read_npz(path)["labels"], probabilities[name]
        np.testing.assert_allclose(
            lines["roc"][name] / 100, roc_curve(y, a, drop_intermediate=False)[:2]
        )
        np.testing.assert_allclose(
            lines["reliability"][name], np.transpose(metrics.reliability(y, a))[:2]
        )
    example = axes["test_example"]
    np.testing.assert_array_equal(
        example.images[0].get_array(), files.read_npz(paths.TEST)["images"][10]
    )
    assert f"(a = {probabilities['test'][10]:.4f})" in example.texts[0].get_text()


def test_report_shows_results_and_warns(
    finished: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write_npz(
        paths.MODEL, **files.read_npz(paths.MODEL) | {"dataset": "synthetic"}
    )
    for name in page.CAPTIONS:
        files.write_bytes(f"{paths.IMAGES}/{name}.png", b"a PNG")
    report.main(finished)
    out, err = capsys.readouterr()
    shown = [
        f"{name} {scores['accuracy']:.2f} %"
        for name, scores in files.read_json(paths.SCORES).items()
    ]
    assert out.startswith(
        f"accuracy: {', '.join(shown)}\npublished results: not comparable, because "
    )
    assert out.endswith(f"{paths.REPORT}\n")
    assert err.startswith("warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10.")
    html = Path(paths.REPORT).read_text(encoding="utf-8")
    assert "The training diverged" not in html
    assert (
        base64.b64encode(
            files.read_npz(paths.PROBABILITIES)["holdout"].tobytes()
        ).decode()
        in html
    )
    for reproduced, said in (True, "all reproduced"), (False, "NOT ALL REPRODUCED"):
        report.show({}, {"applies": True, "reproduced": reproduced})
        assert f"published results: {said}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "where"), [("x.csv", "x.csv"), (None, "standard output")]
)
def test_the_error_of_a_full_disk_is_one_line(name: str | None, where: str) -> None:
    Path("params.yaml").symlink_to(ROOT / "params.yaml")
    with pytest.raises(
        SystemExit, match=f"^error: {where} cannot be read or written: No space$"
    ):
        stage.run(Mock(side_effect=OSError(28, "No space", name)))
