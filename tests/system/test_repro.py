"""`python -m stages`, the command of `make repro`; and other users, Pythons and git settings."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from projects import REPRO, Project, git, stages_run


def test_an_unknown_key_is_rejected_even_if_nothing_has_to_run(project_copy: Project) -> None:
    project_copy.replace("params.yaml", "seed: 0", "seed: 0\nlearning_rate: 1")
    error = project_copy.run(*REPRO, code=1).stderr
    assert error.startswith("error: params.yaml: 'learning_rate' is not a known key; the keys are lr, iterations")


def test_merge_conflicts_in_dvc_lock_are_reported_by_dvc_and_left_alone(project_copy: Project) -> None:
    conflict = "<<<<<<< HEAD\n" + project_copy.read("dvc.lock") + "=======\n>>>>>>> other\n"
    project_copy.write("dvc.lock", conflict.encode())
    error = project_copy.run(*REPRO, code=255).stderr
    assert "possible merge conflicts" in error
    assert project_copy.read("dvc.lock") == conflict


def test_a_dvc_lock_that_cannot_be_parsed_is_replaced_and_kept(project_copy: Project) -> None:
    committed = project_copy.read("dvc.lock")
    project_copy.write("dvc.lock", b"schema: '2.0'\nstages:\n  download: {")
    error = project_copy.run(*REPRO).stderr
    assert "dvc.lock cannot be parsed: moving it to dvc.lock.broken\nrestoring dvc.lock from git" in error
    assert project_copy.read("dvc.lock") == committed
    assert project_copy.read("dvc.lock.broken").endswith("{")
    assert project_copy.run("git", "status", "--short").stdout == ""


def test_an_error_in_dvc_yaml_does_not_change_dvc_lock(project_copy: Project) -> None:
    project_copy.replace("dvc.lock", "schema: '2.0'", 'schema: "2.0"')
    project_copy.replace("dvc.yaml", "  split:", " split:")
    before = project_copy.read("dvc.lock")
    error = project_copy.run(*REPRO, code=255).stderr
    assert "dvc.yaml' is invalid" in error
    assert "cannot be parsed" not in error
    assert project_copy.read("dvc.lock") == before


def test_cifar10_replaces_synthetic_data_once_available(project_copy: Project, real_data: Path) -> None:
    project = project_copy
    project.environment |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9") | {"NO_PROXY": ""}
    project.replace("params.yaml", "dataset: synthetic", "dataset: auto")
    assert "note: CIFAR-10 is not available" in project.run(*REPRO).stderr
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


def test_a_user_without_a_name_or_a_home_can_run_the_pipeline_as_the_readme_says(
    project_copy: Project, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import pwd\npwd.getpwuid = {}.__getitem__\n")
    project_copy.environment["PYTHONPATH"] = str(tmp_path)
    for variable in "HOME", "USER", "LOGNAME", "LNAME", "USERNAME":
        project_copy.environment.pop(variable, None)
    shutil.rmtree(project_copy.folder / "plots/images")
    project_copy.run(*REPRO, code=1)
    (settings,) = re.findall(r"user without a name .*?`(.*?) make repro`", project_copy.read("README.md"))
    project_copy.run("env", *settings.split(), *REPRO)


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
    clone = Project(tmp_path / "clone")
    git("clone", "-q", "-c", "core.autocrlf=true", ".", str(clone.folder))
    listed = clone.run("git", "ls-files", "--eol").stdout.splitlines()
    assert {line.split()[1] for line in listed} == {"w/lf", "w/-text", "w/none"}
