"""What DVC promises for experiments and for sharing data, with the real dvc."""

import csv
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import NewProject, Project, use_quick_params

RATES, ITERATIONS = ["0.001", "0.005", "0.01"], ["150", "50"]


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    """A committed run of a few seconds."""
    project = new_project()
    use_quick_params(project)
    project.run("dvc", "remote", "add", "--local", "--default", "store", project.folder.with_name("store"))
    project.run("dvc", "repro")
    project.commit("run")
    return project


@pytest.fixture(scope="module")
def experiments(project: Project) -> list[dict[str, str]]:
    """Six experiments, run two at a time in the background, as `dvc exp show` lists them."""
    sweep = ["-S", f"lr={','.join(RATES)}", "-S", f"iterations={','.join(ITERATIONS)}"]
    project.run("dvc", "exp", "run", "--queue", *sweep)
    project.run("dvc", "queue", "start", "-j", "2")
    end = time.monotonic() + 200
    while (status := project.run("dvc", "queue", "status").stdout).count("Success") < 6:
        assert "Failed" not in status, status
        assert time.monotonic() < end, status
        time.sleep(0.5)
    rows = csv.DictReader(project.run("dvc", "exp", "show", "--csv").stdout.splitlines())
    return [row for row in rows if row["typ"] in ("branch_commit", "branch_base")]


def diff(project: Project, *command: str) -> Any:
    return json.loads(project.run("dvc", *command, "--json").stdout)


def test_six_experiments_run_from_the_queue(experiments: list[dict[str, str]]) -> None:
    chosen = sorted((row["lr"], row["iterations"]) for row in experiments)
    assert chosen == [(lr, n) for lr in RATES for n in ITERATIONS]
    assert all(float(row["holdout.accuracy"]) > 50 for row in experiments)


def test_an_experiment_is_applied_and_branched(project: Project, experiments: list[dict[str, str]]) -> None:
    best = max(experiments, key=lambda row: float(row["train.accuracy"]))
    project.run("dvc", "exp", "apply", best["Experiment"])
    assert diff(project, "params", "diff")["params.yaml"]["iterations"]["new"] == int(best["iterations"])
    change = diff(project, "metrics", "diff")["metrics/accuracy.json"]["train.accuracy"]
    assert change["new"] == pytest.approx(float(best["train.accuracy"]), abs=1e-4)
    assert "up to date" in project.run("dvc", "status").stdout
    project.run("dvc", "exp", "branch", best["Experiment"], "best")
    assert "best" in project.run("git", "branch", "--list").stdout
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("dvc", "checkout", "-q")


def test_the_table_is_readable_at_120_columns(project: Project, experiments: list[dict[str, str]]) -> None:
    project.environment["COLUMNS"] = "120"
    lines = project.run("make", "-s", "-o", ".venv/.ready", "experiments").stdout.splitlines()
    assert max(map(len, lines)) <= 120
    assert "…" not in "".join(lines)
    for name in "Experiment", "lr", "iterations", "target_class", "train.accuracy", "test.accuracy", "holdout.accuracy":
        assert name in lines[1]
    assert all(any(row["Experiment"] in line for line in lines) for row in experiments)


def test_the_views_of_the_pipeline(project: Project) -> None:
    assert "| download |" in project.run("dvc", "dag").stdout
    assert "up to date" in project.run("dvc", "status").stdout
    assert "No changes" in project.run("dvc", "data", "status").stdout
    assert "data/model/model.npz" in project.run("dvc", "ls", ".", "-R", "--dvc-only").stdout


def test_the_data_is_pushed_and_pulled(project: Project, tmp_path: Path) -> None:
    project.run("dvc", "push")
    clone = tmp_path / "clone"
    project.run("git", "clone", "-q", project.folder, clone)
    shutil.copyfile(project.folder / ".dvc/config.local", clone / ".dvc/config.local")
    second = object.__new__(Project)
    second.folder, second.environment = clone, {**project.environment, "PYTHONPATH": str(clone / "src")}
    output = second.run("dvc", "repro", "--pull").stdout
    assert "Running stage" not in output
    assert second.run("git", "status", "--porcelain").stdout == ""
    shutil.rmtree(clone / "data/model")
    second.run("git", "checkout", "-q", ".")
    second.run("dvc", "pull")
    name = "data/model/model.npz"
    assert (clone / name).read_bytes() == (project.folder / name).read_bytes()


def test_a_registry_sees_the_model(project: Project) -> None:
    project.run("git", "tag", "-a", "birds@v1.0.0", "-m", "the first model")
    project.run("dvc", "artifacts", "get", ".", "birds", "-o", "got.npz")
    got = project.folder / "got.npz"
    assert got.read_bytes() == (project.folder / "data/model/model.npz").read_bytes()
    got.unlink()
