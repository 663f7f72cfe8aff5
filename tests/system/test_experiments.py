"""Experiments, copies and shared data, with the real dvc."""

import csv
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from projects import NewProject, Project, stages_run

RATES = ["0.001", "0.01"]


@pytest.fixture(scope="module")
def project(quick_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A committed run of a few seconds, with a remote. Tests that change it must restore it."""
    folder = tmp_path_factory.mktemp("experiments")
    project = quick_project.copy(folder / "project")
    project.run("dvc", "remote", "add", "--local", "--default", "store", folder / "store")
    return project


@pytest.fixture(scope="module")
def experiments(project: Project) -> list[dict[str, str]]:
    """Three experiments from `dvc exp show`, run in the background. One has changed code."""
    project.run("dvc", "exp", "run", "--queue", "-S", f"lr={','.join(RATES)}", "evaluate")
    record_costs(project, 10)
    project.run("dvc", "exp", "run", "--queue", "-n", "other-code", "train")
    project.run("git", "checkout", "-q", "src")
    project.run("dvc", "queue", "start")
    end = time.monotonic() + 200
    while finished(project) < len(RATES) + 1:
        assert time.monotonic() < end, project.run("dvc", "queue", "status").stdout
        time.sleep(0.5)
    rows = csv.DictReader(project.run("dvc", "exp", "show", "--csv").stdout.splitlines())
    return [row for row in rows if row["typ"] in ("branch_commit", "branch_base")]


def finished(project: Project) -> int:
    """Count the experiments that have succeeded: DVC stores each as refs/exps/NN/REST/NAME."""
    refs = project.run("git", "for-each-ref", "--format=%(refname)", "refs/exps/??/*/*").stdout
    return len(refs.splitlines())


def record_costs(project: Project, number: int) -> None:
    """Change the code of the model so that training records more costs."""
    project.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", f"RECORD_EVERY = {2000 // number}")


def costs(project: Project) -> list[str]:
    return project.read("plots/cost.csv").splitlines()[1:]


def diff(project: Project, *command: str) -> Any:
    return json.loads(project.run("dvc", *command, "--json").stdout)


def test_a_new_learning_rate_reruns_only_train_and_the_stages_after_it(real_project: Project, published: Any) -> None:
    output = real_project.run("dvc", "exp", "run", "-S", "lr=0.01").stdout
    assert stages_run(output) == ["train", "evaluate", "compare", "plot", "report"]
    _, *rows = real_project.run("dvc", "metrics", "diff").stdout.splitlines()
    assert 1 <= len(rows) <= 3, "only the accuracies that have changed"
    assert {row.split()[1] for row in rows} <= {"train", "test", "holdout"}
    change = diff(real_project, "metrics", "diff", "--all")["metrics/accuracy.json"]
    before, after = published["training"], published["sweep"]["0.01"]
    for name in "train", "test":
        assert change[name]["old"] == before[f"{name}_accuracy"]
        assert change[name]["new"] == after[f"{name}_accuracy"]
    real_project.reset()


def test_another_target_class_works_end_to_end(project_copy: Project) -> None:
    project_copy.run("dvc", "exp", "run", "-S", "target_class=ship", "compare")
    because = project_copy.json("metrics/comparison.json")["because"]
    assert "target_class is ship, not bird" in because
    rows = csv.DictReader(project_copy.read("plots/evaluation/confusion.csv").splitlines())
    assert {row["actual"] for row in rows} == {"ship", "no ship"}
    model = np.load(project_copy.folder / "data/model/model.npz")
    assert (model["target_class"], model["lr"]) == ("ship", 0.005)
    assert project_copy.json("metrics/scores.json")["holdout"]["recall_by_class"]["ship"] > 0


def test_a_source_change_reruns_only_the_affected_stages(project_copy: Project) -> None:
    """A change of the test images does not train again, and Python's caches change nothing."""
    project_copy.write("src/birds/model/__pycache__/x.pyc", b"cache")
    for name in "test", "holdout":
        path = f"data/preprocessed/x_{name}.npy"
        content = (project_copy.folder / path).read_bytes()
        project_copy.write(path, content[:-8] + bytes(8))
    assert stages_run(project_copy.run("dvc", "repro", "--single-item", "train").stdout) == []
    assert stages_run(project_copy.run("dvc", "repro", "--single-item", "evaluate").stdout) == ["evaluate"]
    project_copy.reset()
    project_copy.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", "RECORD_EVERY = 100  # changed")
    assert stages_run(project_copy.run("dvc", "repro").stdout) == ["train", "evaluate", "sweep", "plot", "report"]


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


def test_queued_experiments_run(project: Project, experiments: list[dict[str, str]]) -> None:
    assert sorted(row["lr"] for row in experiments) == sorted([*RATES, "0.005"])
    project.run("dvc", "exp", "apply", "other-code")
    assert len(costs(project)) == 10, "each runs its own code"
    project.reset()


def test_an_experiment_can_be_applied_and_branched(project: Project, experiments: list[dict[str, str]]) -> None:
    best = next(row for row in experiments if row["lr"] == RATES[-1])
    project.run("dvc", "exp", "apply", best["Experiment"])
    assert diff(project, "params", "diff")["params.yaml"]["lr"]["new"] == float(best["lr"])
    change = diff(project, "metrics", "diff")["metrics/accuracy.json"]["train"]
    assert change["new"] == pytest.approx(float(best["train"]), abs=1e-4)
    assert "up to date" in project.run("dvc", "status", "--with-deps", "evaluate").stdout
    project.run("dvc", "exp", "branch", best["Experiment"], "best")
    assert "best" in project.run("git", "branch", "--list").stdout
    project.reset()


def test_the_table_fits_80_columns_and_shows_the_state_of_each_experiment(
    project: Project, experiments: list[dict[str, str]]
) -> None:
    queued = ("-n", "waiting", "-S", "lr=0.0001", "-S", "iterations=500", "-S", "target_class=automobile")
    project.run("dvc", "exp", "run", "--queue", *queued, "evaluate")
    make = ("make", "--no-print-directory", "-o", "set-up", f"BIN={Path(sys.executable).parent}", "experiments")
    header, *lines = project.run(*make).stdout.splitlines()
    project.run("dvc", "queue", "remove", "--all")
    assert max(map(len, [header, *lines])) <= 80
    columns = ["Experiment", "State", "source", "test", "holdout", "lr", "iterations", "target_class"]
    assert header.split() == columns
    rows = {line.split()[0]: line.split()[1:] for line in lines}
    assert rows["waiting"] == ["Queued", "0.0001", "500", "automobile"]
    assert rows.keys() == {"committed", "waiting"} | {row["Experiment"] for row in experiments} - {""}
    assert rows["committed"][0] == "synthetic"


def test_the_data_can_be_pushed_and_pulled(project: Project, tmp_path: Path) -> None:
    assert "No changes" in project.run("dvc", "data", "status").stdout
    project.run("dvc", "push")
    clone = tmp_path / "clone"
    project.run("git", "clone", "-q", project.folder, clone)
    shutil.copyfile(project.folder / ".dvc/config.local", clone / ".dvc/config.local")
    second = Project(clone)
    output = second.run("dvc", "repro", "--pull").stdout
    assert "Running stage" not in output
    assert second.run("git", "status", "--porcelain").stdout == ""
    name = "data/model/model.npz"
    assert (clone / name).read_bytes() == (project.folder / name).read_bytes()


def test_a_temporary_experiment_runs_its_own_code(project_copy: Project) -> None:
    record_costs(project_copy, 5)
    project_copy.run("dvc", "exp", "run", "--temp", "-n", "temporary", "train")
    project_copy.run("git", "checkout", "-q", "src")
    project_copy.run("dvc", "exp", "apply", "temporary")
    assert len(costs(project_copy)) == 5


@pytest.mark.parametrize("kind", ["worktree", "folder", "beside an installed package"])
def test_every_copy_runs_its_own_code(project: Project, tmp_path: Path, kind: str) -> None:
    if kind == "worktree":
        project.run("git", "worktree", "add", "-q", tmp_path / "copy")
        other = Project(tmp_path / "copy")
    else:
        other = project.copy(tmp_path / "copy")
    if kind == "beside an installed package":
        install = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")
        other.run(sys.executable, "-m", *install, tmp_path / "installed", project.folder)
        assert (tmp_path / "installed/birds/model/logistic.py").exists()
        other.environment["PYTHONPATH"] = str(tmp_path / "installed")
    record_costs(other, 4)
    assert "train" in stages_run(other.run("dvc", "repro", "train").stdout)
    assert len(costs(other)) == 4
    assert len(costs(project)) == 20
