"""Experiments, copies of the project and a remote, with the real dvc."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from projects import ROOT, STAGES, Project, stages_run

# What README.md advises
EXP_SHOW = "dvc exp show --md --only-changed --drop '.*/|Created|Executor|source'"

# A change of the code that the results show: 2,000 iterations with 4 costs, not 20
LOGISTIC = "src/birds/model/logistic.py"
RECORD_4_COSTS = (LOGISTIC, "RECORD_EVERY = 100", "RECORD_EVERY = 500")


@pytest.mark.parametrize("document", ["README.md", "docs/what-changes-the-score.md"])
def test_the_documents_give_the_command_that_is_tested_here(document: str) -> None:
    assert EXP_SHOW in (ROOT / document).read_text(encoding="utf-8")


def run_experiment(project: Project, *arguments: str) -> str:
    return project.run("dvc", "exp", "run", *arguments).stdout


def test_an_experiment_runs_only_the_stages_that_it_affects(
    project_copy: Project,
) -> None:
    output = run_experiment(project_copy, "-S", "lr=0.01")

    assert stages_run(output) == ["train", "evaluate", "compare", "plot", "report"]


def test_compiled_python_files_affect_no_stage(project_copy: Project) -> None:
    assert "src/birds/data" in STAGES["extract"]["deps"]
    project_copy.write("src/birds/data/__pycache__/x.pyc", b"changes nothing")

    output = project_copy.run("dvc", "repro").stdout

    assert stages_run(output) == []


@pytest.fixture(scope="module")
def after_two_experiments(
    synthetic_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    project = synthetic_project.copy(tmp_path_factory.mktemp("experiments") / "project")
    run_experiment(project, "-n", "faster", "-S", "lr=0.01", "evaluate")
    run_experiment(project, "-n", "shorter", "-S", "iterations=1", "evaluate")
    return project


def test_metrics_diff_shows_the_accuracies_and_nothing_else(
    after_two_experiments: Project,
) -> None:
    output = after_two_experiments.run("dvc", "metrics", "diff", "--json").stdout

    diff = json.loads(output)

    assert list(diff) == ["metrics/accuracy.json"]
    assert set(diff["metrics/accuracy.json"]) == {"train", "test", "holdout"}


@pytest.fixture(scope="module")
def table(after_two_experiments: Project) -> str:
    """The list of the experiments."""
    return after_two_experiments.run("sh", "-c", EXP_SHOW).stdout


def test_the_list_has_the_experiments_their_scores_and_changes(table: str) -> None:
    header = table.splitlines()[0]
    columns = [name.strip() for name in header.strip("|").split("|")]
    assert columns == ["Experiment", "train", "test", "holdout", "lr", "iterations"]
    assert "[faster]" in table
    assert "[shorter]" in table


def test_the_list_of_experiments_fits_80_columns(table: str) -> None:
    assert max(len(line) for line in table.splitlines()) <= 80


def test_one_batch_can_be_written_without_brackets(project_copy: Project) -> None:
    run_experiment(project_copy, "-S", "batches=2", "download")

    assert project_copy.json("data/batches/dataset.json")["batches"] == [
        "data_batch_2",
        "test_batch",
    ]


def count_costs(project: Project) -> int:
    return len(project.read("plots/cost.csv").splitlines()) - 1  # without the header


@pytest.fixture
def changed_copy(project_copy: Project, tmp_path: Path) -> Project:
    """A copy whose code records 4 costs, with the first copy on Python's path."""
    changed = project_copy.copy(tmp_path / "changed")
    changed.environment["PYTHONPATH"] = f"{project_copy.folder}/src"
    changed.replace(*RECORD_4_COSTS)
    return changed


def test_a_copy_runs_its_own_code(changed_copy: Project) -> None:
    assert count_costs(changed_copy) == 20

    changed_copy.run("dvc", "repro", "train")

    assert count_costs(changed_copy) == 4


@pytest.fixture(scope="module")
def after_experiment(
    synthetic_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project whose code records 4 costs, after an experiment in a temporary copy."""
    project = synthetic_project.copy(tmp_path_factory.mktemp("temporary") / "project")
    project.environment["PYTHONPATH"] = f"{synthetic_project.folder}/src"
    project.replace(*RECORD_4_COSTS)
    project.first_run = project.run("dvc", "exp", "run", "--temp", "-n", "temporary")
    return project


def test_an_experiment_in_a_temporary_copy_runs_the_code_of_its_project(
    after_experiment: Project,
) -> None:
    after_experiment.run("git", "checkout", "-q", "src")  # or DVC would not apply it
    assert count_costs(after_experiment) == 20

    after_experiment.run("dvc", "exp", "apply", "temporary")

    assert count_costs(after_experiment) == 4


def test_an_experiment_in_a_temporary_copy_does_not_name_its_page(
    synthetic_project: Project, after_experiment: Project
) -> None:
    """DVC removes the copy, and the page with it."""
    assert "plots/report.html" in synthetic_project.first_run.stdout
    output = after_experiment.first_run.stdout
    assert "report" in stages_run(output)

    assert "plots/report.html" not in output


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


def test_the_users_files_in_data_raw_are_left_alone(project_copy: Project) -> None:
    # Earlier versions kept the batches there.
    project_copy.write("data/raw/notes.txt", b"mine")
    project_copy.write("data/raw/data_batch_1", b"mine")

    project_copy.run("dvc", "repro", "--force", "download")
    project_copy.run("git", "checkout", "-q", ".")
    project_copy.run("dvc", "checkout")

    assert project_copy.read("data/raw/notes.txt") == "mine"
    assert project_copy.read("data/raw/data_batch_1") == "mine"


def test_git_ignores_the_users_files_in_data_raw(project_copy: Project) -> None:
    project_copy.write("data/raw/notes.txt", b"mine")

    assert project_copy.run("git", "status", "--porcelain").stdout == ""


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.iterdir():
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_the_users_own_batches_are_only_read(
    cifar10_folder: Path, tmp_path: Path
) -> None:
    project = Project.create(tmp_path / "project", CIFAR10_DIR="../mine")
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in "data_batch_1", "data_batch_2", "test_batch":
        shutil.copy(cifar10_folder / name, mine)
    (mine / "notes.txt").write_text("mine")
    before = digests(mine)

    project.run("dvc", "repro", "download")
    project.replace("params.yaml", "batches: [1]", "batches: [2]")
    project.run("dvc", "repro", "download")

    assert project.json("data/batches/dataset.json") == {
        "source": "cifar10",
        "batches": ["data_batch_2", "test_batch"],
    }
    assert digests(mine) == before
