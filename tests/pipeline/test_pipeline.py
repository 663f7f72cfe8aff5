"""A run on CIFAR-10 against the published results, and a quick run on synthetic data."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score

from birds import files, paths
from projects import CLASSIFY, ROOT, STAGES, Project, stages_run


def test_a_run_reproduces_the_committed_files(real_project: Project) -> None:
    assert stages_run(real_project.first_run.stdout) == [*STAGES]
    assert real_project.run("git", "status", "--porcelain").stdout == ""
    assert "Data and pipelines are up to date." in real_project.run("dvc", "repro").stdout


def test_all_published_results_are_reproduced(real_project: Project, published: Any) -> None:
    training, sweep = published["training"], published["sweep"]
    rows = csv.DictReader(real_project.read("plots/cost.csv").splitlines())
    costs = {int(row["iteration"]): float(row["cost"]) for row in rows}
    expected = dict(zip(range(0, 2000, 100), training["costs"], strict=True))
    assert costs == pytest.approx(expected, rel=0, abs=1e-12)
    accuracy = real_project.json("metrics/accuracy.json")
    assert [*accuracy] == ["source", "train", "test", "holdout"], "dvc metrics show fits one line"
    assert [accuracy["train"], accuracy["test"]] == [training["train_accuracy"], training["test_accuracy"]]
    assert real_project.json("metrics/sweep.json") == {"source": "cifar10"} | {
        lr: {name: each[f"{name}_accuracy"] for name in ("train", "test")} for lr, each in sweep.items()
    }
    assert real_project.json("metrics/comparison.json")["reproduced"]


def test_the_data_match_the_published_shapes_and_labels(real_project: Project, published: Any) -> None:
    arrays = {path.stem: np.load(path) for path in (real_project.folder / "data/preprocessed").glob("*.npy")}
    assert {name: [*arrays[name].shape] for name in published["shapes"]} == published["shapes"]
    examples = published["example_labels"]
    assert {column: arrays["y_train"][0, int(column)] for column in examples} == examples
    example = published["test_example"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["test"][example["index"]]
    assert arrays["y_test"][0, example["index"]] == example["true"]
    assert (probability >= 0.5) == example["predicted"]


def test_the_holdout_is_balanced_and_scored(real_project: Project) -> None:
    labels = np.load(real_project.folder / "data/extracted/holdout.npz")["labels"]
    assert np.bincount(labels).tolist() == [1000, 1000]
    predicted = np.load(real_project.folder / "data/probabilities.npz")["holdout"] >= 0.5
    accuracy = real_project.json("metrics/accuracy.json")["holdout"]
    assert accuracy == pytest.approx(100 * accuracy_score(labels, predicted))


def test_the_documented_correlations_of_the_nearest_images_are_correct(real_project: Project) -> None:
    """CIFAR-10 contains near-duplicates; docs/reproducibility.md says how near the sets are."""
    sets = (files.read_npz(real_project.folder / path)["images"] for path in (paths.HOLDOUT, paths.TRAIN))
    holdout, train = (images.reshape(-1, 3072) for images in sets)
    correlations = np.corrcoef(holdout, train)[: len(holdout), len(holdout) :]
    *nearest, last = np.sort(correlations.max(axis=1))[:-9:-1]
    text = " ".join((ROOT / "docs/reproducibility.md").read_text(encoding="utf-8").split())
    (documented,) = re.findall(r"highest correlations are ([0-9., and]+)\. ", text)
    assert documented == ", ".join(f"{value:.3f}" for value in nearest) + f" and {last:.3f}"


def test_a_run_on_synthetic_data_says_so(quick_project: Project) -> None:
    errors = quick_project.first_run.stderr
    assert errors.count("USES SYNTHETIC DATA, NOT CIFAR-10") == 2, "after the download and at the end"
    assert errors.rstrip().endswith("and run `make repro`.")
    for name in "accuracy", "sweep":
        assert quick_project.json(f"metrics/{name}.json")["source"] == "synthetic"
    assert 60 < quick_project.json("metrics/accuracy.json")["train"] <= 100


def test_the_tutorials_photo_is_classified_as_bird(real_project: Project, real_data: Path) -> None:
    eagle = real_data.parent / "eagle.jpeg"
    if not eagle.exists():
        pytest.skip("needs eagle.jpeg, the tutorial's photo: put it next to the folder in CIFAR10_DIR")
    done = real_project.run("birds", "classify", eagle)
    assert (done.stdout, done.stderr) == (f"bird     0.6008  {eagle}\n", "")


def test_the_birds_command_draws_with_any_matplotlib_backend(quick_project: Project, tmp_path: Path) -> None:
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
    assert packages.isdisjoint({"dvc", "jinja2", "matplotlib", "requests", "ruamel", "tqdm", "yaml"})
