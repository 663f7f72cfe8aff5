"""Experiments, copies and the user's files, with the real dvc."""

import json
from pathlib import Path

import yaml

from projects import Project, stages_run


def test_an_experiment_runs_only_what_it_affects(project_copy: Project) -> None:
    project, run = project_copy, ("dvc", "exp", "run")
    project.write("src/birds/data/__pycache__/x.pyc", b"changes nothing")
    output = project.run(*run, "-n", "faster", "-S", "lr=0.01").stdout
    assert stages_run(output) == ["train", "evaluate", "compare", "plot", "report"]
    diff = json.loads(project.run("dvc", "metrics", "diff", "--json").stdout)
    assert diff.keys() == {"metrics/accuracy.json"}
    assert diff["metrics/accuracy.json"].keys() <= {"train", "test", "holdout"}, "only what has changed"


def test_every_copy_runs_its_own_code(project_copy: Project, tmp_path: Path) -> None:
    """Even the temporary copy of an experiment, with the first copy on Python's path, as if it were installed."""
    other = project_copy.copy(tmp_path / "other")
    other.environment["PYTHONPATH"] = f"{project_copy.folder}/src"
    other.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", "RECORD_EVERY = 500")
    other.run("dvc", "exp", "run", "--temp", "-n", "temporary", "train")
    other.run("git", "checkout", "-q", "src")
    other.run("dvc", "exp", "apply", "temporary")
    n_costs = [len(project.read("plots/cost.csv").splitlines()) - 1 for project in (other, project_copy)]
    assert n_costs == [4, 20]


def test_a_worktree_runs_its_own_code(project_copy: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "other")
    project_copy.run("git", "worktree", "add", "-q", other.folder)
    other.replace("src/birds/model/logistic.py", "RECORD_EVERY = 100", "RECORD_EVERY = 500")
    other.run("dvc", "repro", "train")
    assert len(other.read("plots/cost.csv").splitlines()) == 5, "a header and four costs"


def test_the_users_files_in_data_raw_are_kept_and_not_tracked(real_data: Path, tmp_path: Path) -> None:
    project = Project.create(tmp_path, CIFAR10_DIR=f"{tmp_path}/data/raw")
    for name in "data_batch_1", "data_batch_2", "test_batch":
        project.write(f"data/raw/{name}", (real_data / name).read_bytes())
    project.write("data/raw/notes.txt", b"mine")
    before = {path: path.read_bytes() for path in (tmp_path / "data/raw").iterdir()}
    project.run("dvc", "repro", "download")
    (out,) = yaml.safe_load(project.read("dvc.lock"))["stages"]["download"]["outs"]
    assert out["nfiles"] == 4, "three batches and their record"
    project.commit("run")
    project.replace("params.yaml", "batches: [1]", "batches: [2]")
    project.run("dvc", "repro", "download")
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("dvc", "checkout", "--force", "download")
    assert {path: path.read_bytes() for path in before} == before
