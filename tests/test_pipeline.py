"""The whole pipeline with the real dvc, on CIFAR-10 and on synthetic data, against the published results."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from sklearn.metrics import accuracy_score

from birds.data import cifar10
from projects import NewProject, Project, stages_run
from test_classify import CLASSIFY
from test_dvc_yaml import STAGES


@pytest.fixture
def restored_real_project(real_project: Project) -> Iterator[Project]:
    """The project on CIFAR-10, restored after the test."""
    yield real_project
    real_project.reset()


def costs(project: Project) -> list[dict[str, str]]:
    return [*csv.DictReader(project.read("plots/cost.csv").splitlines())]


def test_all_published_results_are_reproduced(real_project: Project, published: Any) -> None:
    training = published["training"]
    rows = costs(real_project)
    assert [int(row["iteration"]) for row in rows] == list(range(0, 2000, 100))
    np.testing.assert_allclose([float(row["cost"]) for row in rows], training["costs"], rtol=0, atol=1e-12)

    accuracy = real_project.json("metrics/accuracy.json")
    assert [*accuracy] == ["source", "train", "test", "holdout"]
    assert accuracy["source"] == "cifar10"
    for name in "train", "test":
        assert accuracy[name] == training[f"{name}_accuracy"]
    assert real_project.json("metrics/sweep.json") == {"source": "cifar10"} | {
        rate: {name: results[f"{name}_accuracy"] for name in ("train", "test")}
        for rate, results in published["sweep"].items()
    }


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


def test_the_comparison_reports_all_results_as_reproduced(real_project: Project, published: Any) -> None:
    comparison = real_project.json("metrics/comparison.json")
    assert comparison["applies"]
    assert comparison["reproduced"]
    pairs = zip(costs(real_project), published["training"]["costs"], strict=True)
    deviations = [abs(float(row["cost"]) - cost) for row, cost in pairs]
    assert comparison["largest_cost_deviation"] == max(deviations) < 1e-12
    assert len(comparison["accuracy"]) == 8
    assert all(pair["published"] == pair["reproduced"] for pair in comparison["accuracy"].values())


def test_the_comparison_does_not_apply_to_synthetic_data(synthetic_project: Project) -> None:
    assert synthetic_project.json("metrics/comparison.json") == {
        "applies": False,
        "because": "dataset is synthetic, not cifar10",
        "reproduced": False,
    }


def test_the_holdout_is_balanced(real_project: Project) -> None:
    labels = np.load(real_project.folder / "data/extracted/holdout.npz")["labels"]
    assert np.bincount(labels).tolist() == [1000, 1000]
    scores = real_project.json("metrics/scores.json")["holdout"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["holdout"]
    expected = pytest.approx(100 * accuracy_score(labels, probability >= 0.5))
    assert scores["accuracy"] == real_project.json("metrics/accuracy.json")["holdout"] == expected
    assert scores["recall_by_class"]["bird"] == scores["recall"]


def test_another_target_class_works_end_to_end(quick_project: Project) -> None:
    project, target = quick_project, "ship"
    try:
        project.run("dvc", "exp", "run", "-S", f"target_class={target}", "compare")
        because = project.json("metrics/comparison.json")["because"]
        assert f"target_class is {target}, not bird" in because
        rows = csv.DictReader(project.read("plots/evaluation/confusion.csv").splitlines())
        assert {row["actual"] for row in rows} == {target, f"no {target}"}
        model = np.load(project.folder / "data/model/model.npz")
        assert model["target_class"] == target
        assert model["lr"] == 0.005
        assert project.json("metrics/scores.json")["holdout"]["recall_by_class"][target] > 0
    finally:
        project.reset()


def test_a_run_reproduces_the_committed_files(real_project: Project) -> None:
    assert stages_run(real_project.first_run.stdout) == [*STAGES]
    assert real_project.run("git", "status", "--porcelain").stdout == ""


def test_a_second_run_has_nothing_to_do(restored_real_project: Project) -> None:
    assert "Data and pipelines are up to date." in restored_real_project.run("dvc", "repro").stdout


def test_a_new_learning_rate_reruns_only_train_and_the_stages_after_it(
    restored_real_project: Project, published: Any
) -> None:
    header, row = restored_real_project.run("dvc", "metrics", "show").stdout.splitlines()
    assert header.split() == ["Path", "holdout", "source", "test", "train"]
    assert row.split() == ["metrics/accuracy.json", "65.15", "cifar10", "62.19512", "71.47368"]
    assert max(len(header), len(row)) < 80

    output = restored_real_project.run("dvc", "exp", "run", "-S", "lr=0.01").stdout
    assert stages_run(output) == ["train", "evaluate", "compare", "plot", "report"]
    _, *rows = restored_real_project.run("dvc", "metrics", "diff").stdout.splitlines()
    assert 1 <= len(rows) <= 3, "only the accuracies that have changed"
    assert {row.split()[1] for row in rows} <= {"train", "test", "holdout"}
    diff = json.loads(restored_real_project.run("dvc", "metrics", "diff", "--all", "--json").stdout)[
        "metrics/accuracy.json"
    ]
    before, after = published["training"], published["sweep"]["0.01"]
    for name in "train", "test":
        assert diff[name]["old"] == before[f"{name}_accuracy"]
        assert diff[name]["new"] == after[f"{name}_accuracy"]


def test_a_run_on_synthetic_data_says_so(synthetic_project: Project) -> None:
    output = synthetic_project.first_run
    assert output.stderr.count("USES SYNTHETIC DATA, NOT CIFAR-10") == 2
    assert output.stderr.rstrip().endswith("and run `make repro`.")
    for name in "accuracy", "sweep":
        assert synthetic_project.json(f"metrics/{name}.json")["source"] == "synthetic"
    assert 60 < synthetic_project.json("metrics/accuracy.json")["train"] <= 100
    assert len(costs(synthetic_project)) == 20


def test_synthetic_data_has_the_same_counts_as_the_official_batch(synthetic_project: Project, published: Any) -> None:
    images, labels = cifar10.read_batch(synthetic_project.folder / "data/raw/data_batch_1")
    assert images.shape == (10_000, 32, 32, 3)
    assert np.count_nonzero(labels == cifar10.CLASSES.index("bird")) == published["data"]["birds"]
    assert set(labels.tolist()) == set(range(10))


def test_dataset_cifar10_without_cifar10_is_an_error(synthetic_project: Project) -> None:
    project = synthetic_project
    before = (project.folder / "data/raw/data_batch_1").read_bytes()
    try:
        error = project.run("dvc", "exp", "run", "-S", "dataset=cifar10", code=255).stderr
        assert "error: CIFAR-10 is not available: CIFAR10_DIR is not set" in error
        assert "Traceback" not in error
        assert (project.folder / "data/raw/data_batch_1").read_bytes() == before
    finally:
        project.run("git", "checkout", "-q", "params.yaml")


@pytest.mark.parametrize("inside", ["data/raw", "data/raw/cifar-10-batches-py"])
def test_the_users_files_in_data_raw_are_kept_and_not_tracked(
    new_project: NewProject, real_project: Project, real_data: Path, inside: str
) -> None:
    project = new_project()
    project.environment["CIFAR10_DIR"] = str(project.folder / inside)
    for name in "data_batch_1", "data_batch_2", "test_batch":
        project.write(f"{inside}/{name}", (real_data / name).read_bytes())
    project.write("data/raw/notes.txt", b"mine")
    before = {path: path.read_bytes() for path in (project.folder / "data/raw").rglob("*") if path.is_file()}
    project.run("dvc", "repro", "download")
    assert {path: path.read_bytes() for path in before} == before
    if inside != "data/raw":
        outs = yaml.safe_load(project.read("dvc.lock"))["stages"]["download"]["outs"]
        assert outs == yaml.safe_load(real_project.read("dvc.lock"))["stages"]["download"]["outs"]
    project.commit("run")
    project.replace("params.yaml", "batches: [1]", "batches: [2]")
    project.run("dvc", "repro", "download")
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("dvc", "checkout", "--force", "download")
    assert {path: path.read_bytes() for path in before} == before


def test_the_tutorials_photo_is_classified_as_bird(real_project: Project, eagle: Path) -> None:
    done = real_project.run(*CLASSIFY, "--json", eagle)
    assert json.loads(done.stdout) == [{"path": str(eagle), "verdict": "bird", "probability": 0.6008}]
    assert done.stderr == ""


def test_the_grey_eagle_has_the_same_verdict_in_every_depth(real_project: Project, eagle: Path, tmp_path: Path) -> None:
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
    done = real_project.run(*CLASSIFY, "--json", *(tmp_path / name for name in variants))
    probabilities = [result["probability"] for result in json.loads(done.stdout)]
    assert probabilities == pytest.approx([0.5755] * len(variants), abs=0.01)


def test_the_repository_contains_no_data(real_project: Project) -> None:
    listed = real_project.run("git", "ls-files").stdout.splitlines()
    listed.remove(".dvc/plots.html")  # contains Vega
    sizes = {name: (real_project.folder / name).stat().st_size for name in listed}
    assert max(sizes.values()) < 300_000, max(sizes, key=lambda name: sizes[name])
    assert not [name for name in listed if name.endswith((".npz", ".npy", ".pkl", ".jpeg")) or "batch_1" in name]
