"""What DVC promises for experiments and for sharing data, with the real dvc."""

import csv
import json
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import NewProject
from projects import Project, stages_run

RATES = ["0.001", "0.005", "0.01"]


# The command of `make experiments`
EXPERIMENTS = ("exp", "show", "--no-pager", "--only-changed", "--drop", ".*/")


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    """A committed run of a few seconds."""
    project = new_project()
    project.use_quick_params()
    project.run("dvc", "remote", "add", "--local", "--default", "store", project.folder.with_name("store"))
    project.run("dvc", "repro")
    project.commit("run")
    return project


@pytest.fixture(scope="module")
def experiments(project: Project) -> list[dict[str, str]]:
    """Three experiments, run two at a time in the background, as `dvc exp show` lists them."""
    project.run("dvc", "exp", "run", "--queue", "-S", f"lr={','.join(RATES)}", "-S", "iterations=150")
    project.run("dvc", "queue", "start", "-j", "2")
    wait_for_queue(project, len(RATES))
    rows = csv.DictReader(project.run("dvc", "exp", "show", "--csv").stdout.splitlines())
    return [row for row in rows if row["typ"] in ("branch_commit", "branch_base")]


def wait_for_queue(project: Project, number: int) -> None:
    """Wait until a number of experiments have succeeded."""
    end = time.monotonic() + 200
    while (status := project.run("dvc", "queue", "status").stdout).count("Success") < number:
        assert "Failed" not in status, status
        assert time.monotonic() < end, status
        time.sleep(0.5)


def diff(project: Project, *command: str) -> Any:
    return json.loads(project.run("dvc", *command, "--json").stdout)


def test_experiments_run_from_the_queue(experiments: list[dict[str, str]]) -> None:
    assert sorted((row["lr"], row["iterations"]) for row in experiments) == [(lr, "150") for lr in RATES]
    assert all(float(row["holdout"]) > 50 for row in experiments)


def test_an_experiment_is_applied_and_branched(project: Project, experiments: list[dict[str, str]]) -> None:
    best = max(experiments, key=lambda row: float(row["train"]))
    project.run("dvc", "exp", "apply", best["Experiment"])
    assert diff(project, "params", "diff")["params.yaml"]["iterations"]["new"] == int(best["iterations"])
    change = diff(project, "metrics", "diff")["metrics/accuracy.json"]["train"]
    assert change["new"] == pytest.approx(float(best["train"]), abs=1e-4)
    assert "up to date" in project.run("dvc", "status").stdout
    project.run("dvc", "exp", "branch", best["Experiment"], "best")
    assert "best" in project.run("git", "branch", "--list").stdout
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("dvc", "checkout", "-q")


def test_the_table_is_readable_at_120_columns(project: Project, experiments: list[dict[str, str]]) -> None:
    assert f"dvc {shlex.join(EXPERIMENTS)}" in project.read("Makefile")
    project.environment["COLUMNS"] = "120"
    lines = project.run("dvc", *EXPERIMENTS).stdout.splitlines()
    assert max(map(len, lines)) <= 120
    assert "…" not in "".join(lines)
    for name in "Experiment", "lr", "iterations", "train", "test", "holdout":
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
    second = Project(clone)
    output = second.run("dvc", "repro", "--pull").stdout
    assert "Running stage" not in output
    assert second.run("git", "status", "--porcelain").stdout == ""
    shutil.rmtree(clone / "data/model")
    second.run("git", "checkout", "-q", ".")
    second.run("dvc", "pull")
    name = "data/model/model.npz"
    assert (clone / name).read_bytes() == (project.folder / name).read_bytes()


@pytest.mark.parametrize(("copy", "n_costs"), [("queue", 10), ("temp", 5), ("worktree", 4), ("folder", 2)])
def test_every_copy_runs_its_own_code(project: Project, tmp_path: Path, copy: str, n_costs: int) -> None:
    """Each copy records more costs than the first place does."""
    if copy == "folder":
        shutil.copytree(project.folder, tmp_path / "copy")
    elif copy == "worktree":
        project.run("git", "worktree", "add", "-q", tmp_path / "copy")
    other = Project(tmp_path / "copy") if copy in ("folder", "worktree") else project
    other.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", f"RECORD_EVERY = {100 // n_costs}")
    if copy == "queue":
        project.run("dvc", "exp", "run", "--queue", "-n", copy)
        project.run("git", "checkout", "-q", "src")
        done = project.run("dvc", "queue", "status").stdout.count("Success")
        project.run("dvc", "queue", "start")
        wait_for_queue(project, done + 1)
    elif copy == "temp":
        project.run("dvc", "exp", "run", "--temp", "-n", copy)
        project.run("git", "checkout", "-q", "src")
    if other is project:
        project.run("dvc", "exp", "apply", copy)
    else:
        assert "train" in stages_run(other.run("dvc", "repro").stdout)
        assert len(costs(project)) == 1
    assert len(costs(other)) == n_costs
    project.reset()


def test_an_installed_copy_is_not_run(project: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "copy")
    shutil.copytree(project.folder, other.folder)
    install = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")
    other.run(sys.executable, "-m", *install, tmp_path / "installed", project.folder)
    assert (tmp_path / "installed/birds/model/logistic.py").exists()
    other.environment["PYTHONPATH"] = str(tmp_path / "installed")
    other.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", "RECORD_EVERY = 34")
    other.run("dvc", "repro")
    assert len(costs(other)) == 3


def costs(project: Project) -> list[str]:
    return project.read("plots/cost.csv").splitlines()[1:]


def test_a_registry_sees_the_model(project: Project) -> None:
    project.run("git", "tag", "-a", "birds@v1.0.0", "-m", "the first model")
    project.run("dvc", "artifacts", "get", ".", "birds", "-o", "got.npz")
    got = project.folder / "got.npz"
    assert got.read_bytes() == (project.folder / "data/model/model.npz").read_bytes()
    got.unlink()
