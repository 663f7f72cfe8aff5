"""The whole pipeline with the real dvc, on the real data and on the stand-in, against the published figures."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.metrics import accuracy_score

from birds import batches, cifar10
from conftest import ROOT, Project

STAGES = [*yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]]


@pytest.fixture
def project(real_project: Project) -> Iterator[Project]:
    """The project on the real data; what a test changes is put back."""
    yield real_project
    real_project.run("git", "checkout", "-q", "--force", "HEAD")
    real_project.run("dvc", "checkout", "-q")


def costs(project: Project) -> list[dict[str, str]]:
    with (project.folder / "plots/cost.csv").open() as file:
        return list(csv.DictReader(file))


def ran(output: str) -> list[str]:
    """The stages that dvc says it ran."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def test_every_published_figure_comes_out(real_project: Project, published: Any) -> None:
    training = published["training"]
    rows = costs(real_project)
    assert [int(row["iteration"]) for row in rows] == list(range(0, 2000, 100))
    np.testing.assert_allclose([float(row["cost"]) for row in rows], training["costs"], rtol=0, atol=1e-12)

    scores = real_project.json("metrics/accuracy.json")
    assert scores["dataset"] == "cifar10"
    for name in "train", "test":
        assert scores[name]["accuracy"] == training[f"{name}_accuracy"]
    sweep = real_project.json("metrics/sweep.json")
    assert sweep.pop("dataset") == "cifar10"
    assert sweep == {
        rate: {name: {"accuracy": figures[f"{name}_accuracy"]} for name in ("train", "test")}
        for rate, figures in published["sweep"].items()
    }


def test_the_data_is_as_published(real_project: Project, published: Any) -> None:
    arrays = {path.stem: np.load(path) for path in (real_project.folder / "data/preprocessed").glob("*.npy")}
    assert {name: list(array.shape) for name, array in arrays.items()} == published["shapes"]
    labels = arrays["y_train"][0]
    assert {column: labels[int(column)] for column in published["example_labels"]} == published["example_labels"]
    example = published["test_example"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["test"][example["index"]]
    assert arrays["y_test"][0, example["index"]] == example["true"]
    assert (probability >= 0.5) == example["predicted"]


def test_the_comparison_with_the_published_figures(real_project: Project, published: Any) -> None:
    comparison = real_project.json("metrics/published.json")
    assert comparison["applies"]
    assert comparison["reproduced"]
    pairs = zip(costs(real_project), published["training"]["costs"], strict=True)
    deviations = [abs(float(row["cost"]) - cost) for row, cost in pairs]
    assert comparison["largest_cost_deviation"] == max(deviations) < 1e-12
    assert len(comparison["accuracy"]) == 8
    assert all(pair["published"] == pair["reproduced"] for pair in comparison["accuracy"].values())


def test_the_comparison_does_not_apply_to_the_stand_in(stand_in_project: Project) -> None:
    comparison = stand_in_project.json("metrics/published.json")
    assert comparison == {
        "dataset": "synthetic",
        "applies": False,
        "because": "dataset is synthetic, not cifar10",
        "reproduced": False,
    }


def test_the_holdout_is_balanced_and_new(real_project: Project) -> None:
    labels = np.load(real_project.folder / "data/split/holdout.npz")["labels"]
    assert np.bincount(labels).tolist() == [1000, 1000]
    scores = real_project.json("metrics/accuracy.json")["holdout"]
    probability = np.load(real_project.folder / "data/probabilities.npz")["holdout"]
    expected = 100 * accuracy_score(labels, probability >= 0.5)
    assert scores["accuracy"] == pytest.approx(expected)
    assert scores["recall_by_class"]["bird"] == scores["recall"]


def test_another_class_is_recognised_from_end_to_end(stand_in_project: Project) -> None:
    project, target = stand_in_project, "ship"
    try:
        project.run("dvc", "exp", "run", "-S", f"target_class={target}", "-S", "iterations=100")
        because = project.json("metrics/published.json")["because"]
        assert f"target_class is {target}, not bird" in because
        with (project.folder / "plots/evaluation/confusion.csv").open() as file:
            assert {row["actual"] for row in csv.DictReader(file)} == {target, f"no {target}"}
        model = np.load(project.folder / "data/model/model.npz")
        assert model["target_class"] == target
        assert model["lr"] == 0.005
        assert project.json("metrics/accuracy.json")["holdout"]["recall_by_class"][target] > 0
    finally:
        project.run("git", "checkout", "-q", "--force", "HEAD")
        project.run("dvc", "repro")


def test_the_run_is_the_committed_one(real_project: Project) -> None:
    assert ran(real_project.first_run.stdout) == STAGES
    assert real_project.run("git", "status", "--porcelain").stdout == ""


def test_nothing_runs_again(project: Project) -> None:
    assert "Data and pipelines are up to date." in project.run("dvc", "repro").stdout


def test_an_experiment_with_another_learning_rate(project: Project, published: Any) -> None:
    output = project.run("dvc", "exp", "run", "-S", "lr=0.01").stdout
    assert ran(output) == ["train", "evaluate", "compare", "plot"]
    diff = json.loads(project.run("dvc", "metrics", "diff", "--all", "--json").stdout)["metrics/accuracy.json"]
    before, after = published["training"], published["sweep"]["0.01"]
    for name in "train", "test":
        assert diff[f"{name}.accuracy"]["old"] == before[f"{name}_accuracy"]
        assert diff[f"{name}.accuracy"]["new"] == after[f"{name}_accuracy"]


def test_the_stand_in_says_what_it_is(stand_in_project: Project) -> None:
    output = stand_in_project.first_run
    assert output.stderr.count("SYNTHETIC STAND-IN, NOT ON CIFAR-10") == 2
    assert output.stderr.rstrip().endswith("`dvc repro --force download`, then `dvc repro`.")
    for name in "accuracy", "published", "sweep":
        assert stand_in_project.json(f"metrics/{name}.json")["dataset"] == "synthetic"
    assert 60 < stand_in_project.json("metrics/accuracy.json")["train"]["accuracy"] <= 100
    assert len(costs(stand_in_project)) == 20


def test_the_stand_in_has_the_counts_of_the_real_batch(stand_in_project: Project, published: Any) -> None:
    images, labels = batches.read(stand_in_project.folder / "data/raw/data_batch_1")
    assert images.shape == (10_000, 32, 32, 3)
    assert np.count_nonzero(labels == cifar10.CLASSES.index("bird")) == published["data"]["birds"]
    assert set(labels.tolist()) == set(range(10))


def test_the_real_data_is_asked_for_and_cannot_be_had(stand_in_project: Project) -> None:
    project = stand_in_project
    try:
        error = project.run("dvc", "exp", "run", "-S", "dataset=cifar10", code=255).stderr
        assert "error: CIFAR-10 could not be had: CIFAR10_DIR is not set" in error
        assert "Traceback" not in error
    finally:
        project.run("git", "checkout", "-q", "params.yaml")
        project.run("dvc", "repro", "--force", "download")


def test_every_param_is_declared_by_a_stage() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    declared = {name for stage in stages.values() for name in stage.get("params", [])}
    assert declared == set(yaml.safe_load((ROOT / "params.yaml").read_text()))


def test_the_repository_holds_no_data(real_project: Project) -> None:
    listed = real_project.run("git", "ls-files").stdout.splitlines()
    sizes = {name: (real_project.folder / name).stat().st_size for name in listed}
    assert max(sizes.values()) < 300_000, max(sizes, key=lambda name: sizes[name])
    assert not [name for name in listed if name.endswith((".npz", ".npy", ".pkl", ".jpeg")) or "batch_1" in name]
