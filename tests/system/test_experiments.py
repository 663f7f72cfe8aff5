"""Experiments, copies of the project and a remote, with the real dvc."""

import json
from pathlib import Path

import pytest

from projects import ROOT, Project, stages_run

# What README.md advises
LIST = "dvc exp show --md --only-changed --drop '.*/|Created|Executor|source'"

# A change of the code that the results show
LOGISTIC = "src/birds/model/logistic.py"
RECORD_4_COSTS = (LOGISTIC, "RECORD_EVERY = 100", "RECORD_EVERY = 500")


@pytest.mark.parametrize("document", ["README.md", "docs/what-changes-the-score.md"])
def test_the_documents_give_the_command_that_is_tested_here(document: str) -> None:
    assert LIST in (ROOT / document).read_text(encoding="utf-8")


def run_experiment(project: Project, *arguments: str) -> str:
    return project.run("dvc", "exp", "run", *arguments).stdout


def test_an_experiment_runs_only_the_stages_that_it_affects(
    project_copy: Project,
) -> None:
    output = run_experiment(project_copy, "-S", "lr=0.01")

    assert stages_run(output) == ["train", "evaluate", "compare", "plot", "report"]


def test_compiled_python_files_affect_no_stage(project_copy: Project) -> None:
    project_copy.write("src/birds/data/__pycache__/x.pyc", b"changes nothing")

    output = project_copy.run("dvc", "repro").stdout

    assert stages_run(output) == []


def test_metrics_diff_shows_the_accuracies_and_nothing_else(
    project_copy: Project,
) -> None:
    run_experiment(project_copy, "-S", "iterations=1", "evaluate")

    diff = json.loads(project_copy.run("dvc", "metrics", "diff", "--json").stdout)

    assert list(diff) == ["metrics/accuracy.json"]
    assert set(diff["metrics/accuracy.json"]) == {"train", "test", "holdout"}


def test_the_list_of_experiments_is_complete_and_fits_80_columns(
    project_copy: Project,
) -> None:
    run_experiment(project_copy, "-n", "faster", "-S", "lr=0.01", "evaluate")
    run_experiment(project_copy, "-n", "shorter", "-S", "iterations=1", "evaluate")

    table = project_copy.run("sh", "-c", LIST).stdout

    header = table.splitlines()[0]
    columns = [name.strip() for name in header.strip("|").split("|")]
    assert columns == ["Experiment", "train", "test", "holdout", "lr", "iterations"]
    assert "[faster]" in table
    assert "[shorter]" in table
    assert max(len(line) for line in table.splitlines()) <= 80


def test_one_batch_can_be_written_without_brackets(project_copy: Project) -> None:
    run_experiment(project_copy, "-S", "batches=2", "download")

    assert project_copy.json("data/batches/dataset.json")["batches"] == [
        "data_batch_2",
        "test_batch",
    ]


@pytest.fixture
def other(project_copy: Project, tmp_path: Path) -> Project:
    """A copy whose code records 4 costs, with the first copy on Python's path."""
    other = project_copy.copy(tmp_path / "other")
    other.environment["PYTHONPATH"] = f"{project_copy.folder}/src"
    other.replace(*RECORD_4_COSTS)
    return other


def count_costs(project: Project) -> int:
    return len(project.read("plots/cost.csv").splitlines()) - 1


def test_a_copy_runs_its_own_code(other: Project) -> None:
    other.run("dvc", "repro", "train")

    assert count_costs(other) == 4


@pytest.fixture(scope="module")
def temporary(
    quick_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project whose code records 4 costs, after an experiment in a temporary copy."""
    project = quick_project.copy(tmp_path_factory.mktemp("temporary") / "project")
    project.environment["PYTHONPATH"] = f"{quick_project.folder}/src"
    project.replace(*RECORD_4_COSTS)
    project.first_run = project.run("dvc", "exp", "run", "--temp", "-n", "temporary")
    return project


def test_an_experiment_in_a_temporary_copy_runs_the_code_of_its_project(
    temporary: Project,
) -> None:
    temporary.run("git", "checkout", "-q", "src")

    temporary.run("dvc", "exp", "apply", "temporary")

    assert count_costs(temporary) == 4


def test_an_experiment_in_a_temporary_copy_does_not_name_a_page(
    quick_project: Project, temporary: Project
) -> None:
    assert "plots/report.html" in quick_project.first_run.stdout
    assert "plots/report.html" not in temporary.first_run.stdout


def test_a_worktree_runs_its_own_code(project_copy: Project, tmp_path: Path) -> None:
    worktree = Project(tmp_path / "worktree")
    project_copy.run("git", "worktree", "add", "-q", worktree.folder)
    worktree.replace(*RECORD_4_COSTS)

    worktree.run("dvc", "repro", "train")

    assert count_costs(worktree) == 4


def test_nothing_runs_in_a_clone_after_a_pull(
    project_copy: Project, tmp_path: Path
) -> None:
    project_copy.run("dvc", "remote", "add", "-d", "folder", tmp_path / "remote")
    project_copy.commit("remote")
    project_copy.run("dvc", "push")
    clone = Project(tmp_path / "clone")
    project_copy.run("git", "clone", "-q", project_copy.folder, clone.folder)

    clone.run("dvc", "pull")
    output = clone.run("dvc", "repro").stdout

    assert stages_run(output) == []


def test_files_in_the_old_folder_of_the_batches_are_left_alone(
    project_copy: Project,
) -> None:
    project_copy.write("data/raw/notes.txt", b"mine")
    project_copy.write("data/raw/data_batch_1", b"mine")

    project_copy.run("dvc", "repro", "--force", "download")
    project_copy.run("git", "checkout", "-q", ".")
    project_copy.run("dvc", "checkout")

    assert project_copy.read("data/raw/notes.txt") == "mine"
    assert project_copy.read("data/raw/data_batch_1") == "mine"
    assert project_copy.run("git", "status", "--porcelain").stdout == ""


def test_the_users_own_batches_are_only_read(real_data: Path, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project", CIFAR10_DIR="../mine")
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in "data_batch_1", "data_batch_2", "test_batch":
        (mine / name).hardlink_to(real_data / name)
    (mine / "notes.txt").write_text("mine")
    before = sorted(mine.iterdir())

    project.run("dvc", "repro", "download")
    project.replace("params.yaml", "batches: [1]", "batches: [2]")
    project.run("dvc", "repro", "download")

    assert sorted(mine.iterdir()) == before
    assert (mine / "notes.txt").read_text() == "mine"
