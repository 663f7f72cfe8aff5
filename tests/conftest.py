"""What the tests share: the real data where it is, the published figures, and a project to run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def published() -> Any:
    return json.loads((ROOT / "data/published.json").read_text())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real batches."""
    folder = os.environ.get("CIFAR10_DIR")
    if not folder:
        pytest.skip("needs the real data: set CIFAR10_DIR to a folder that holds data_batch_1")
    return Path(folder)


class Project:
    """A committed copy of this project, to run real commands in."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.first_run: subprocess.CompletedProcess[str]
        self.seconds = 0.0  # that a run takes
        bin_folder = Path(sys.executable).parent
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "CIFAR10_DIR"},
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder / "src"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Test"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@example.com"),
            **environment,
        }
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
        self.run("git", "init", "-q")
        self.commit("start")

    def run(self, *command: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; its exit code must be as given."""
        done = subprocess.run(
            [str(word) for word in command], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        assert done.returncode == code, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in the project, in a process group of its own."""
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "-q", "-m", message)

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def use_quick_params(project: Project) -> None:
    """Make a run take a few seconds, and commit."""
    params = project.folder / "params.yaml"
    text = params.read_text().replace("dataset: auto", "dataset: synthetic")
    params.write_text(text.replace("iterations: 2000", "iterations: 100"))
    project.commit("quick params")


NewProject = Callable[..., Project]


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    """A function that makes a project, with the environment variables it is given."""

    def make(**environment: str) -> Project:
        return Project(tmp_path_factory.mktemp("project"), **environment)

    return make


@pytest.fixture(scope="session")
def real_project(new_project: NewProject, real_data: Path) -> Project:
    """A project that has been run on the real data and committed; tests that change it put it back."""
    project = new_project(CIFAR10_DIR=str(real_data))
    project.first_run = project.run("dvc", "repro", "--force")
    return project


@pytest.fixture(scope="session")
def stand_in_project(new_project: NewProject, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has been run without the real data and without a network."""
    nowhere = "http://127.0.0.1:9"
    no_cache = str(tmp_path_factory.mktemp("no-cache"))
    project = new_project(HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, NO_PROXY="", XDG_CACHE_HOME=no_cache)
    project.first_run = project.run("dvc", "repro")
    return project
