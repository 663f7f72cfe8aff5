"""`python -m stages`, the command of `make repro`; and other users, Pythons and git settings."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from dvc_forks import REPRO
from projects import ROOT, Project, stages_run


def test_an_unknown_key_is_rejected_even_if_nothing_has_to_run(restored_project: Project) -> None:
    restored_project.replace("params.yaml", "seed: 0", "seed: 0\nlearning_rate: 1")
    error = restored_project.run(*REPRO, code=1).stderr
    assert error.startswith("error: params.yaml: 'learning_rate' is not a known key; the keys are lr, iterations")


def test_merge_conflicts_in_dvc_lock_are_reported_by_dvc_and_left_alone(restored_project: Project) -> None:
    conflict = "<<<<<<< HEAD\n" + restored_project.read("dvc.lock") + "=======\n>>>>>>> other\n"
    restored_project.write("dvc.lock", conflict.encode())
    error = restored_project.run(*REPRO, code=255).stderr
    assert "possible merge conflicts" in error
    assert restored_project.read("dvc.lock") == conflict


def test_a_dvc_lock_that_cannot_be_parsed_is_replaced_and_kept(restored_project: Project) -> None:
    committed = restored_project.read("dvc.lock")
    restored_project.write("dvc.lock", b"schema: '2.0'\nstages:\n  download: {")
    error = restored_project.run(*REPRO).stderr
    assert "dvc.lock cannot be parsed: moving it to dvc.lock.broken\nrestoring dvc.lock from git" in error
    assert restored_project.read("dvc.lock") == committed
    assert restored_project.read("dvc.lock.broken").endswith("{")
    assert restored_project.run("git", "status", "--short").stdout == ""
    (restored_project.folder / "dvc.lock.broken").unlink()


def test_an_error_in_dvc_yaml_does_not_change_dvc_lock(restored_project: Project) -> None:
    restored_project.replace("dvc.lock", "schema: '2.0'", 'schema: "2.0"')
    restored_project.replace("dvc.yaml", "  split:", " split:")
    before = restored_project.read("dvc.lock")
    error = restored_project.run(*REPRO, code=255).stderr
    assert "dvc.yaml' is invalid" in error
    assert "cannot be parsed" not in error
    assert restored_project.read("dvc.lock") == before


def test_cifar10_replaces_synthetic_data_once_available(
    synthetic_project: Project, real_data: Path, tmp_path: Path
) -> None:
    project = synthetic_project.copy(tmp_path / "project")
    assert project.json("metrics/accuracy.json")["source"] == "synthetic"
    project.commit("synthetic run")
    again = project.run(*REPRO)
    assert again.stderr.count("THIS RUN USES SYNTHETIC DATA") == 1, "the warning appears even if nothing changes"
    project.environment["CIFAR10_DIR"] = str(real_data)
    assert "train" in stages_run(project.run(*REPRO).stdout)
    assert project.json("metrics/accuracy.json")["source"] == "cifar10"
    project.commit("real run")

    del project.environment["CIFAR10_DIR"]
    (project.folder / "data/raw/.DS_Store").touch()
    assert stages_run(project.run(*REPRO).stdout) == []
    project.run("dvc", "exp", "run", "--temp", "-n", "temp", "-S", "lr=0.02", "evaluate")
    project.run("dvc", "exp", "apply", "temp")
    assert project.json("metrics/accuracy.json")["source"] == "cifar10"
    project.run("git", "checkout", "-q", "--force", "HEAD")
    error = project.run("dvc", "exp", "run", "--temp", "-S", "batches=[2]", code=255).stderr
    assert "or set dataset: synthetic in params.yaml" in error


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_a_user_without_a_name_can_run_the_pipeline_as_the_readme_says(quick_project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:  # other users can enter this folder
        project = Project(Path(folder, "project"))
        shutil.copytree(quick_project.folder, project.folder, symlinks=True)  # shares no files: their owner changes
        shutil.rmtree(project.folder / "plots/images")
        subprocess.run(["chown", "-R", "12345:12345", folder], check=True)
        for variable in "HOME", "USER", "LOGNAME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME":
            project.environment.pop(variable, None)
        (settings,) = re.findall(r"user without a name .*?`(.*?) make repro`", project.read("README.md"))

        def run(*command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["env", *command], cwd=project.folder, env=project.environment,
                user=12345, group=12345, extra_groups=[], capture_output=True, text=True, check=False,
            )  # fmt: skip

        if run("python", "-c", "import birds").returncode:
            pytest.skip("other users cannot read this Python environment")
        done = run(*settings.split(), *REPRO)
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


@pytest.mark.parametrize(
    ("stage", "has_numpy", "missing"),
    [("train", False, "numpy"), ("train", True, "ruamel"), ("download", True, "platformdirs")],
)
def test_the_error_names_a_package_that_python_lacks(
    quick_project: Project, tmp_path: Path, stage: str, has_numpy: bool, missing: str
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    (site,) = tmp_path.glob("bare/lib/*/site-packages")
    for folder in Path(np.__file__).parents[1].glob("numpy*") if has_numpy else ():
        (site / folder.name).symlink_to(folder)
    python = tmp_path / "bare/bin/python"
    error = quick_project.run(python, "-m", f"stages.{stage}", code=1).stderr
    assert error == f"error: {python} has no {missing}: run `. .venv/bin/activate` first, or `make repro`\n"


def test_a_clone_has_lf_line_endings_even_with_autocrlf(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", ROOT, tmp_path / "clone"], check=True)
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split():
        ours = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, check=True).stdout
        assert (tmp_path / "clone" / name).read_bytes() == ours, name
