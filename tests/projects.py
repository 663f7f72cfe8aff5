"""Copies of this project in which the tests run real commands."""

import copy
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
DVC_YAML: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES: dict[str, Any] = DVC_YAML["stages"]
CLASSIFY = ("python", "-m", "birds", "classify")

# A run in this checkout changes them, so projects get the committed ones.
OUTPUTS = ("dvc.lock", "metrics/", "plots/")
# Killed runs, ours and DVC's, leave them behind. git and DVC ignore them.
LEFT_BEHIND = re.compile(r"\.part-.*|\..*\.tmp")
# The user's settings, which projects do not get.
FROM_USER = re.compile("CIFAR10_DIR|PYTHONPATH|XDG_.*")


def git(*arguments: str) -> bytes:
    """Return the output of a git command in this checkout."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True
    )
    return done.stdout


def environment_for_tests() -> dict[str, str]:
    """Return the user's environment without what would change results."""
    environment = dict(os.environ)
    for name in os.environ:
        if FROM_USER.fullmatch(name):
            del environment[name]
    python_folder = Path(sys.executable).parent
    environment["PATH"] = f"{python_folder}{os.pathsep}{os.environ['PATH']}"
    environment["HOME"] = tempfile.gettempdir()
    environment["GIT_CONFIG_NOSYSTEM"] = "1"
    environment["LOGNAME"] = "test"
    for role in "AUTHOR", "COMMITTER":
        environment[f"GIT_{role}_NAME"] = "test"
        environment[f"GIT_{role}_EMAIL"] = "test@example.com"
    return environment


class Project:
    """A project in a folder, and the environment in which commands run there."""

    first_run: subprocess.CompletedProcess[str]
    seconds: float  # duration of the first run

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment_for_tests() | environment

    @classmethod
    def create(cls, folder: Path, **environment: str) -> "Project":
        """Copy this project and commit it.

        Sources are copied from the working tree, and outputs as committed.
        """
        project = cls(folder, **environment)
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in listed.decode().split("\0"):
            is_output = name.startswith(OUTPUTS)
            if not is_output and (ROOT / name).is_file():  # not one that was removed
                project.write(name, (ROOT / name).read_bytes())
        outputs = git("archive", "HEAD", *OUTPUTS)
        subprocess.run(["tar", "-x"], cwd=folder, input=outputs, check=True)
        project.run("git", "init", "-q")
        project.commit("start")
        return project

    def copy(self, folder: Path) -> "Project":
        """Copy the project. Its data become hard links: nothing writes to them."""
        data = (f"{self.folder}/data/", f"{self.folder}/.dvc/cache/")

        def copy_or_link(source: str, target: str) -> None:
            if source.startswith(data):
                os.link(source, target)
            else:
                shutil.copy2(source, target)

        shutil.copytree(self.folder, folder, symlinks=True, copy_function=copy_or_link)
        project = copy.copy(self)
        project.folder = folder
        project.environment = dict(self.environment)
        return project

    def options(self) -> dict[str, Any]:
        """Return how commands run in the project."""
        return {
            "cwd": self.folder,
            "env": self.environment,
            "text": True,
            "stdin": subprocess.DEVNULL,
        }

    def try_to_run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        return subprocess.run(
            command,
            **self.options(),
            capture_output=True,
            timeout=300,
            check=False,
        )

    def run(
        self, *command: str | Path, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project, and check its exit code."""
        done = self.try_to_run(*command)
        assert done.returncode == code, (
            f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in the project, in its own process group."""
        return subprocess.Popen(
            command,
            **self.options(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell starts background jobs with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "-q", "--allow-empty", "-m", message)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # other projects may share the file
        path.write_bytes(content)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text in a file. The old text must exist."""
        text = self.read(name)
        assert old in text, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new).encode())

    def json(self, name: str) -> Any:
        return json.loads(self.read(name))


def stages_run(output: str) -> list[str]:
    """Return the stages that dvc ran, according to its output."""
    return re.findall("^Running stage '(.*)'", output, re.MULTILINE)


def output_digests(project: Project) -> dict[str, Any]:
    """Return what every run must produce: dvc.lock and the digest of each file."""
    found: dict[str, Any] = {"dvc.lock": yaml.safe_load(project.read("dvc.lock"))}
    for folder in "data", "metrics", "plots":
        for path in (project.folder / folder).rglob("*"):
            if path.is_file() and not LEFT_BEHIND.match(path.name):
                name = str(path.relative_to(project.folder))
                found[name] = hashlib.sha256(path.read_bytes()).digest()
    return found
