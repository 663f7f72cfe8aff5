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
DVC_YAML: dict[str, Any] = yaml.safe_load(
    (ROOT / "dvc.yaml").read_text(encoding="utf-8")
)
STAGES: dict[str, Any] = DVC_YAML["stages"]
CLASSIFY = ("python", "-m", "birds", "classify")


OUTPUTS = (
    "dvc.lock",
    "params.yaml",
    "metrics/",
    "plots/",
)  # changed by runs; copied as committed
LEFT_BEHIND = re.compile(
    r"\.part-.*|\..*\.tmp"
)  # by killed runs, ours and DVC's; git and DVC ignore them
FROM_USER = re.compile("CIFAR10_DIR|PYTHONPATH|XDG_.*")  # the user's settings


def git(*arguments: str) -> bytes:
    """Return the output of a git command in this checkout."""
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True
    ).stdout


class Project:
    """A project in a folder, and the environment in which commands run there."""

    first_run: subprocess.CompletedProcess[str]
    seconds: float  # duration of the first run

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not FROM_USER.fullmatch(name)
            },
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": tempfile.gettempdir(),
            "GIT_CONFIG_NOSYSTEM": "1",
            **dict.fromkeys(
                ("LOGNAME", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "test"
            ),
            **dict.fromkeys(
                ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@example.com"
            ),
            **environment,
        }

    @classmethod
    def create(cls, folder: Path, **environment: str) -> "Project":
        """Copy this project and commit it: the sources of the working tree, and outputs as committed."""
        project = cls(folder, **environment)
        for name in (
            git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
            .decode()
            .split("\0")
        ):
            if name and not name.startswith(OUTPUTS) and (ROOT / name).is_file():
                project.write(name, (ROOT / name).read_bytes())
        subprocess.run(
            ["tar", "-x"],
            cwd=folder,
            input=git("archive", "HEAD", *OUTPUTS),
            check=True,
        )
        project.run("git", "init", "-q")
        project.commit("start")
        return project

    def copy(self, folder: Path) -> "Project":
        """Copy the project. Its data become hard links, because nothing writes to a data file in place."""

        def copy_or_link(source: str, target: str) -> None:
            is_data = source.startswith(
                (f"{self.folder}/data/", f"{self.folder}/.dvc/cache/")
            )
            (os.link if is_data else shutil.copy2)(source, target)

        shutil.copytree(self.folder, folder, symlinks=True, copy_function=copy_or_link)
        project = copy.copy(self)
        project.folder, project.environment = folder, dict(self.environment)
        return project

    def options(self) -> dict[str, Any]:
        """Return how commands run in the project."""
        return {
            "cwd": self.folder,
            "env": self.environment,
            "text": True,
            "stdin": subprocess.DEVNULL,
        }

    def run(
        self, *command: str | Path, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project and check its exit code."""
        done: subprocess.CompletedProcess[str]
        done = subprocess.run(
            command, **self.options(), capture_output=True, timeout=300, check=False
        )
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
            # a shell starts background jobs with SIGINT ignored, and their children inherit this
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


def results(project: Project) -> dict[str, Any]:
    """Return what every run must produce: dvc.lock and the digest of each file."""
    found: dict[str, Any] = {"dvc.lock": yaml.safe_load(project.read("dvc.lock"))}
    folders = [project.folder / name for name in ("data", "metrics", "plots")]
    for path in [path for folder in folders for path in folder.rglob("*")]:
        if path.is_file() and not LEFT_BEHIND.match(path.name):
            found[str(path.relative_to(project.folder))] = hashlib.sha256(
                path.read_bytes()
            ).digest()
    return found
