"""A run on CIFAR-10 against the published results, and a quick run on synthetic data."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score

from birds.__main__ import main
from projects import CLASSIFY, STAGES, Project, stages_run

Verdicts = Callable[..., list[dict[str, Any]]]


def costs(project: Project) -> list[dict[str, str]]:
    return [*csv.DictReader(project.read("plots/cost.csv").splitlines())]


def test_a_run_reproduces_the_committed_files(real_project: Project) -> None:
    assert stages_run(real_project.first_run.stdout) == [*STAGES]
    assert real_project.run("git", "status", "--porcelain").stdout == ""
    assert "Data and pipelines are up to date." in real_project.run("dvc", "repro").stdout


def test_all_published_results_are_reproduced(real_project: Project, published: Any) -> None:
    training = published["training"]
    rows = costs(real_project)
    assert [int(row["iteration"]) for row in rows] == list(range(0, 2000, 100))
    deviations = [abs(float(row["cost"]) - cost) for row, cost in zip(rows, training["costs"], strict=True)]
    assert max(deviations) < 1e-12

    accuracy = real_project.json("metrics/accuracy.json")
    assert [*accuracy] == ["source", "train", "test", "holdout"]
    assert accuracy["source"] == "cifar10"
    for name in "train", "test":
        assert accuracy[name] == training[f"{name}_accuracy"]
    assert real_project.json("metrics/sweep.json") == {"source": "cifar10"} | {
        rate: {name: results[f"{name}_accuracy"] for name in ("train", "test")}
        for rate, results in published["sweep"].items()
    }

    comparison = real_project.json("metrics/comparison.json")
    assert comparison["applies"]
    assert comparison["reproduced"]
    assert comparison["largest_cost_deviation"] == max(deviations)
    assert len(comparison["accuracy"]) == 8
    assert all(pair["published"] == pair["reproduced"] for pair in comparison["accuracy"].values())


def test_the_data_matches_the_published_shapes_and_labels(real_project: Project, published: Any) -> None:
    arrays = {path.stem: np.load(path) for path in (real_project.folder / "data/preprocessed").glob("*.npy")}
    shapes = {name: list(array.shape) for name, array in arrays.items() if "holdout" not in name}
    assert shapes == published["shapes"]
    labels = arrays["y_train"][0]
    assert {column: labels[int(column)] for column in published["example_labels"]} == published["example_labels"]
    example = published["test_example"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["test"][example["index"]]
    assert arrays["y_test"][0, example["index"]] == example["true"]
    assert (probability >= 0.5) == example["predicted"]


def test_the_holdout_is_balanced(real_project: Project) -> None:
    labels = np.load(real_project.folder / "data/extracted/holdout.npz")["labels"]
    assert np.bincount(labels).tolist() == [1000, 1000]
    scores = real_project.json("metrics/scores.json")["holdout"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["holdout"]
    expected = pytest.approx(100 * accuracy_score(labels, probability >= 0.5))
    assert scores["accuracy"] == real_project.json("metrics/accuracy.json")["holdout"] == expected
    assert scores["recall_by_class"]["bird"] == scores["recall"]


def test_the_metrics_fit_one_line(real_project: Project) -> None:
    header, row = real_project.run("dvc", "metrics", "show").stdout.splitlines()
    assert header.split() == ["Path", "holdout", "source", "test", "train"]
    assert row.split() == ["metrics/accuracy.json", "65.15", "cifar10", "62.19512", "71.47368"]
    assert max(len(header), len(row)) < 80


def test_a_run_on_synthetic_data_says_so(quick_project: Project) -> None:
    assert quick_project.first_run.stderr.count("USES SYNTHETIC DATA, NOT CIFAR-10") == 2
    assert quick_project.first_run.stderr.rstrip().endswith("and run `make repro`.")
    for name in "accuracy", "sweep":
        assert quick_project.json(f"metrics/{name}.json")["source"] == "synthetic"
    assert not quick_project.json("metrics/comparison.json")["applies"]
    assert 60 < quick_project.json("metrics/accuracy.json")["train"] <= 100
    assert len(costs(quick_project)) == 20


@pytest.fixture
def verdicts(real_project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verdicts:
    """A function that classifies photos with the model of the run on CIFAR-10."""
    monkeypatch.chdir(real_project.folder)

    def run(*photos: Path) -> list[dict[str, Any]]:
        monkeypatch.setattr("sys.argv", ["birds", "classify", "--json", *map(str, photos)])
        assert main() == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        found: list[dict[str, Any]] = json.loads(captured.out)
        return found

    return run


@pytest.fixture
def eagle(real_data: Path) -> Path:
    """The photo from the tutorial."""
    path = real_data.parent / "eagle.jpeg"
    if not path.exists():
        pytest.skip("needs eagle.jpeg, the tutorial's photo: put it next to the folder in CIFAR10_DIR")
    return path


def test_the_tutorials_photo_is_classified_as_bird(verdicts: Verdicts, eagle: Path) -> None:
    assert verdicts(eagle) == [{"path": str(eagle), "verdict": "bird", "probability": 0.6008}]


def test_the_grey_eagle_has_the_same_verdict_in_every_depth(verdicts: Verdicts, eagle: Path, tmp_path: Path) -> None:
    with Image.open(eagle) as image:
        grey = np.asarray(image.convert("L"))
    variants = {
        "grey.png": grey,
        "deep.png": grey.astype(np.uint16) * 257,
        "float.tif": (grey / 255).astype(np.float32),
        "integer.tif": grey.astype(np.int32),
    }
    for name, values in variants.items():
        Image.fromarray(values).save(tmp_path / name)
    probabilities = [result["probability"] for result in verdicts(*(tmp_path / name for name in variants))]
    assert probabilities == pytest.approx([0.5755] * len(variants), abs=0.01)


def test_the_birds_command_classifies_and_draws_with_any_matplotlib_backend(
    quick_project: Project, tmp_path: Path
) -> None:
    photo, plot = tmp_path / "photo.png", tmp_path / "plot.png"
    Image.new("RGB", (40, 30), "green").save(photo)
    project = Project(quick_project.folder, MPLBACKEND="no such backend")
    done = project.run("birds", "classify", "--plot", plot, photo, "none.png", code=2)
    assert done.stdout.endswith(f"  {photo}\n")
    assert done.stderr.endswith("error: none.png: No such file or directory\n")
    assert plot.exists()


def test_classifying_a_photo_imports_only_what_it_needs(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "green").save(tmp_path / "photo.png")
    imported = quick_project.run("python", "-X", "importtime", *CLASSIFY[1:], tmp_path / "photo.png").stderr
    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in imported.splitlines()}
    assert {"numpy", "skimage", "PIL"} < packages
    assert packages.isdisjoint({"dvc", "jinja2", "matplotlib", "platformdirs", "requests", "ruamel", "tqdm", "yaml"})


@pytest.mark.parametrize(
    ("stage", "change", "error"),
    [
        ("train", ("lr: 0.005", "lr: -1"), "lr is -1; it must be a number above 0 and at most 1e+30"),
        (
            "split",
            ("test_size: 1664", "test_size: 2064"),
            "test_size is 2064; with 2064 images, it must be from 1 to 2063",
        ),
    ],
)
def test_a_stage_rejects_invalid_params_before_any_work(
    quick_project: Project, stage: str, change: tuple[str, str], error: str
) -> None:
    project = quick_project
    model = (project.folder / "data/model/model.npz").read_bytes()
    project.replace("params.yaml", *change)
    try:
        assert project.run("python", "-m", f"stages.{stage}", code=1).stderr == f"error: params.yaml: {error}\n"
    finally:
        project.replace("params.yaml", *reversed(change))
    assert (project.folder / "data/model/model.npz").read_bytes() == model
