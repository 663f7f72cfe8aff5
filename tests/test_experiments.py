"""Experiments and shared data, with the real dvc."""

import csv
import json
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from projects import Project, stages_run

RATES = ["0.001", "0.01"]
N_COSTS = 10  # recorded by the experiment with changed code

# The command of `make experiments`
EXPERIMENTS = ("exp", "show", "--no-pager", "--only-changed", "--drop", "Created|State|Executor|.*/")


@pytest.fixture(scope="module")
def project_with_remote(quick_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A committed run of a few seconds, with a remote."""
    folder = tmp_path_factory.mktemp("experiments")
    project = quick_project.copy(folder / "project")
    project.run("dvc", "remote", "add", "--local", "--default", "store", folder / "store")
    return project


@pytest.fixture(scope="module")
def experiments(project_with_remote: Project) -> list[dict[str, str]]:
    """Three experiments from `dvc exp show`, run in the background. One has changed code."""
    project_with_remote.run("dvc", "exp", "run", "--queue", "-S", f"lr={','.join(RATES)}", "evaluate")
    record_costs(project_with_remote, N_COSTS)
    project_with_remote.run("dvc", "exp", "run", "--queue", "-n", "other-code", "train")
    project_with_remote.run("git", "checkout", "-q", "src")
    project_with_remote.run("dvc", "queue", "start")
    wait_for_queue(project_with_remote, len(RATES) + 1)
    rows = csv.DictReader(project_with_remote.run("dvc", "exp", "show", "--csv").stdout.splitlines())
    return [row for row in rows if row["typ"] in ("branch_commit", "branch_base")]


def wait_for_queue(project: Project, number: int) -> None:
    """Wait until the given number of experiments has succeeded."""
    end = time.monotonic() + 200
    while (status := project.run("dvc", "queue", "status").stdout).count("Success") < number:
        assert "Failed" not in status, status
        assert time.monotonic() < end, status
        time.sleep(1)


def diff(project: Project, *command: str) -> Any:
    return json.loads(project.run("dvc", *command, "--json").stdout)


def test_queued_experiments_run(experiments: list[dict[str, str]]) -> None:
    assert sorted(row["lr"] for row in experiments) == sorted([*RATES, "0.005"])


def test_an_experiment_can_be_applied_and_branched(
    project_with_remote: Project, experiments: list[dict[str, str]]
) -> None:
    best = next(row for row in experiments if row["lr"] == RATES[-1])
    project_with_remote.run("dvc", "exp", "apply", best["Experiment"])
    assert diff(project_with_remote, "params", "diff")["params.yaml"]["lr"]["new"] == float(best["lr"])
    change = diff(project_with_remote, "metrics", "diff")["metrics/accuracy.json"]["train"]
    assert change["new"] == pytest.approx(float(best["train"]), abs=1e-4)
    assert "up to date" in project_with_remote.run("dvc", "status", "--with-deps", "evaluate").stdout
    project_with_remote.run("dvc", "exp", "branch", best["Experiment"], "best")
    assert "best" in project_with_remote.run("git", "branch", "--list").stdout
    project_with_remote.reset()


def test_the_table_is_readable_at_80_columns(project_with_remote: Project, experiments: list[dict[str, str]]) -> None:
    assert f"dvc {shlex.join(EXPERIMENTS)}" in project_with_remote.read("Makefile")
    project_with_remote.environment["COLUMNS"] = "80"
    lines = project_with_remote.run("dvc", *EXPERIMENTS).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    for name in "Experiment", "lr", "train", "test", "holdout":
        assert name in lines[1]
    assert all(any(row["Experiment"] in line for line in lines) for row in experiments)


def test_dvc_dag_status_and_ls_show_the_pipeline(project_with_remote: Project) -> None:
    assert "| download |" in project_with_remote.run("dvc", "dag").stdout
    assert "up to date" in project_with_remote.run("dvc", "status").stdout
    assert "No changes" in project_with_remote.run("dvc", "data", "status").stdout
    assert "data/model/model.npz" in project_with_remote.run("dvc", "ls", ".", "-R", "--dvc-only").stdout


def test_the_data_can_be_pushed_and_pulled(project_with_remote: Project, tmp_path: Path) -> None:
    project_with_remote.run("dvc", "push")
    clone = tmp_path / "clone"
    project_with_remote.run("git", "clone", "-q", project_with_remote.folder, clone)
    shutil.copyfile(project_with_remote.folder / ".dvc/config.local", clone / ".dvc/config.local")
    second = Project(clone)
    output = second.run("dvc", "repro", "--pull").stdout
    assert "Running stage" not in output
    assert second.run("git", "status", "--porcelain").stdout == ""
    shutil.rmtree(clone / "data/model")
    second.run("git", "checkout", "-q", ".")
    second.run("dvc", "pull")
    name = "data/model/model.npz"
    assert (clone / name).read_bytes() == (project_with_remote.folder / name).read_bytes()


@pytest.mark.usefixtures("experiments")
def test_a_queued_experiment_runs_its_own_code(project_with_remote: Project) -> None:
    project_with_remote.run("dvc", "exp", "apply", "other-code")
    assert len(costs(project_with_remote)) == N_COSTS
    project_with_remote.reset()


def test_a_temporary_experiment_runs_its_own_code(project_with_remote: Project) -> None:
    record_costs(project_with_remote, 5)
    project_with_remote.run("dvc", "exp", "run", "--temp", "-n", "temporary", "train")
    project_with_remote.run("git", "checkout", "-q", "src")
    project_with_remote.run("dvc", "exp", "apply", "temporary")
    assert len(costs(project_with_remote)) == 5
    project_with_remote.reset()


@pytest.mark.parametrize("copy", ["worktree", "folder"])
def test_every_copy_runs_its_own_code(project_with_remote: Project, tmp_path: Path, copy: str) -> None:
    if copy == "folder":
        other = project_with_remote.copy(tmp_path / "copy")
    else:
        project_with_remote.run("git", "worktree", "add", "-q", tmp_path / "copy")
        other = Project(tmp_path / "copy")
    record_costs(other, 4)
    assert "train" in stages_run(other.run("dvc", "repro", "train").stdout)
    assert len(costs(other)) == 4
    assert len(costs(project_with_remote)) == 1


def test_stages_ignore_an_installed_copy(project_with_remote: Project, tmp_path: Path) -> None:
    other = project_with_remote.copy(tmp_path / "copy")
    install = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")
    other.run(sys.executable, "-m", *install, tmp_path / "installed", project_with_remote.folder)
    assert (tmp_path / "installed/birds/model/logistic.py").exists()
    other.environment["PYTHONPATH"] = str(tmp_path / "installed")
    record_costs(other, 3)
    other.run("dvc", "repro", "train")
    assert len(costs(other)) == 3


def record_costs(project: Project, number: int) -> None:
    """Change the code of the model so that training records more costs."""
    project.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", f"RECORD_EVERY = {-(-100 // number)}")


def costs(project: Project) -> list[str]:
    return project.read("plots/cost.csv").splitlines()[1:]


def test_dvc_artifacts_finds_the_model(project_with_remote: Project) -> None:
    project_with_remote.run("git", "tag", "-a", "birds@v1.0.0", "-m", "the first model")
    project_with_remote.run("dvc", "artifacts", "get", ".", "birds", "-o", "got.npz")
    got = project_with_remote.folder / "got.npz"
    assert got.read_bytes() == (project_with_remote.folder / "data/model/model.npz").read_bytes()
    got.unlink()
