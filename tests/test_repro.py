"""tools/repro.py, the script of `make repro`: checks, the search for CIFAR-10, and repairs."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dvc_forks import REPRO
from projects import ROOT, Project, stages_run


def test_an_unknown_key_is_rejected_even_if_nothing_has_to_run(restored_project: Project) -> None:
    restored_project.replace("params.yaml", "seed: 0", "seed: 0\nlearning_rate: 1")
    error = restored_project.run(*REPRO, code=1).stderr
    assert error.startswith("error: params.yaml: 'learning_rate' is not a known key; the keys are lr, iterations")


def test_merge_conflicts_in_dvc_lock_are_reported_and_left_alone(restored_project: Project) -> None:
    conflict = "<<<<<<< HEAD\n" + restored_project.read("dvc.lock") + "=======\n>>>>>>> other\n"
    restored_project.write("dvc.lock", conflict.encode())
    done = restored_project.run(*REPRO, code=255)
    assert "dvc.lock has merge conflicts: take one side, e.g. `git checkout --ours dvc.lock`" in done.stderr
    assert "Traceback" not in done.stderr
    assert restored_project.read("dvc.lock") == conflict


def test_the_error_without_git_says_what_to_do(quick_project: Project, tmp_path: Path) -> None:
    for name in "params.yaml", "tools", "src":
        copy = shutil.copytree if (quick_project.folder / name).is_dir() else shutil.copyfile
        copy(quick_project.folder / name, tmp_path / name)
    error = Project(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)).run(*REPRO, code=1).stderr
    assert error.startswith("error: DVC needs a git repository: not a git repository")
    assert "run `git init` here, or clone the project" in error


def test_cifar10_replaces_synthetic_data_once_available(
    synthetic_project: Project, real_data: Path, tmp_path: Path
) -> None:
    project = synthetic_project.copy(tmp_path / "project")
    assert project.json("metrics/accuracy.json")["dataset"] == "synthetic"
    project.commit("synthetic run")
    again = project.run(*REPRO)
    assert again.stderr.count("THIS RUN USES SYNTHETIC DATA") == 1, "the warning appears even if nothing changes"
    project.environment["CIFAR10_DIR"] = str(real_data)
    assert "train" in stages_run(project.run(*REPRO).stdout)
    assert project.json("metrics/accuracy.json")["dataset"] == "cifar10"
    project.commit("real run")

    del project.environment["CIFAR10_DIR"]
    (project.folder / "data/raw/.DS_Store").touch()
    assert stages_run(project.run(*REPRO).stdout) == []
    project.run("dvc", "exp", "run", "--temp", "-n", "temp", "-S", "lr=0.02", "evaluate")
    project.run("dvc", "exp", "apply", "temp")
    assert project.json("metrics/accuracy.json")["dataset"] == "cifar10"
    project.run("git", "checkout", "-q", "--force", "HEAD")
    error = project.run("dvc", "exp", "run", "--temp", "-S", "batches=[2]", code=255).stderr
    assert "For synthetic data, set dataset: synthetic in params.yaml" in error


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_a_user_without_a_name_or_a_home_can_run_the_pipeline(quick_project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:  # other users can enter this folder
        project = Project(Path(folder, "project"))
        shutil.copytree(quick_project.folder, project.folder, symlinks=True)  # shares no files: their owner changes
        shutil.rmtree(project.folder / "plots/images")
        subprocess.run(["chown", "-R", "12345:12345", folder], check=True)
        for variable in "HOME", "USER", "LOGNAME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME":
            project.environment.pop(variable, None)

        def run(*command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["env", *command], cwd=project.folder, env=project.environment,
                user=12345, group=12345, extra_groups=[], capture_output=True, text=True, check=False,
            )  # fmt: skip

        if run("python", "-c", "import birds").returncode:
            pytest.skip("other users cannot read this Python environment")
        done = run(*REPRO)
        assert done.returncode == 0, done.stderr


@pytest.mark.whole
def test_the_tests_can_run_in_a_git_hook(tmp_path: Path) -> None:
    """In a hook, git sets variables that point every git command to the user's repository."""
    user = Project(tmp_path / "user")
    subprocess.run(["git", "clone", "-q", ROOT, user.folder], check=True)
    for path in ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py"):
        shutil.copyfile(path, user.folder / path.relative_to(ROOT))
    hook = user.folder / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexec python -m pytest -q tests/test_projects.py >hook.log 2>&1\n")
    hook.chmod(0o755)
    (user.folder / "new.txt").write_text("new")
    user.run("git", "add", "new.txt")
    before = user.run("git", "rev-list", "--count", "HEAD").stdout
    user.run("git", "commit", "-q", "-m", "mine")
    assert "1 passed" in user.read("hook.log")
    assert int(user.run("git", "rev-list", "--count", "HEAD").stdout) == int(before) + 1
    assert user.run("git", "log", "-1", "--format=%s").stdout == "mine\n"
    assert user.run("git", "config", "core.bare").stdout == "false\n"


def test_the_error_names_a_python_without_the_packages(quick_project: Project, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare/bin/python"
    error = quick_project.run(python, "-m", "stages.train", code=1).stderr
    assert (
        error == f"error: {python} lacks this project's packages: run `. .venv/bin/activate` first, or `make repro`\n"
    )


def test_a_clone_has_lf_line_endings_even_with_autocrlf(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", ROOT, tmp_path / "clone"], check=True)
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split():
        ours = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, check=True).stdout
        assert (tmp_path / "clone" / name).read_bytes() == ours, name
