"""`python -m stages`, the command of `make repro`; and other users and Pythons."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np

from projects import REPRO, Project, stages_run


def test_an_unknown_key_is_rejected_even_if_nothing_has_to_run(project_copy: Project) -> None:
    project_copy.replace("params.yaml", "seed: 0", "seed: 0\nlearning_rate: 1")
    error = project_copy.run(*REPRO, code=1).stderr
    assert error.startswith("error: params.yaml: 'learning_rate' is not a known key; the keys are lr, ")


def test_an_error_that_dvc_reports_stands_and_dvc_lock_stays(project_copy: Project) -> None:
    project_copy.replace("dvc.lock", "stages:", "# mine\nstages:")
    conflict = "<<<<<<< HEAD\nstages:\n=======\n>>>>>>> other"
    for file, old, new, message in (
        ("dvc.yaml", "  split:", " split:", "dvc.yaml' is invalid"),
        ("dvc.lock", "stages:", conflict, "possible merge conflicts"),
    ):
        project_copy.replace(file, old, new)
        before = project_copy.read("dvc.lock")
        error = project_copy.run(*REPRO, code=255).stderr
        assert message in error
        assert "cannot be parsed" not in error
        assert project_copy.read("dvc.lock") == before
        project_copy.replace(file, new, old)


def test_cifar10_replaces_synthetic_data_once_available(project_copy: Project, real_data: Path) -> None:
    project = project_copy
    project.environment |= {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    project.replace("params.yaml", "dataset: synthetic", "dataset: auto")
    assert "note: CIFAR-10 is not available" in project.run(*REPRO).stderr
    again = project.run(*REPRO).stderr
    assert again.count("THIS RUN USES SYNTHETIC DATA") == 1, "the warning appears even if nothing changes"
    project.environment["CIFAR10_DIR"] = str(real_data)
    assert "train" in stages_run(project.run(*REPRO).stdout)
    assert project.json("metrics/accuracy.json")["source"] == "cifar10"
    project.commit("real run")

    del project.environment["CIFAR10_DIR"]
    (project.folder / "data/raw/.DS_Store").touch()
    assert stages_run(project.run(*REPRO).stdout) == []
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


def test_the_error_names_a_package_that_python_lacks(quick_project: Project, tmp_path: Path) -> None:
    project = Project(quick_project.folder, PYTHONPATH=str(tmp_path))
    for stage, missing in ("train", "numpy"), ("train", "ruamel"), ("download", "platformdirs"):
        error = project.run(sys.executable, "-S", "-m", f"stages.{stage}", code=1).stderr
        advice = "run `. .venv/bin/activate` first, or `make repro`"
        assert error == f"error: {sys.executable} has no {missing}: {advice}\n"
        if missing == "numpy":
            for folder in Path(np.__file__).parents[1].glob("numpy*"):
                (tmp_path / folder.name).symlink_to(folder)
