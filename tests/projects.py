"""Copies of this project in which the tests run real commands."""

import copy
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TIMEOUT = 300  # seconds for a command
DVC_YAML: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, Any] = DVC_YAML["stages"]
CLASSIFY = ("python", "-m", "birds", "classify")
REPRO = ("python", "-m", "stages")  # of `make repro`

# The peak memory of a process in MB. The resource module would include the memory of the process before exec.
PRINT_PEAK_MEMORY = """
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc: run the tests on Linux")

COMMITTED = ("dvc.lock", "params.yaml", "metrics/", "plots/")  # changed by runs and experiments; copied as committed

LEFT_BEHIND = re.compile(r"\.part-.*|\..*\.tmp")  # by killed runs, ours and DVC's; git and DVC ignore them


def git(*arguments: str) -> bytes:
    """Return the output of a git command in this checkout."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def is_from_user(variable: str) -> bool:
    """Check whether a variable would let a setting of the user's reach the test projects."""
    return variable in ("CIFAR10_DIR", "PYTHONPATH") or variable.startswith("XDG_")


class Project:
    """A project in a folder, and the environment in which commands run there."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.first_run: subprocess.CompletedProcess[str]
        self.seconds = 0.0  # duration of a run
        self.environment = {
            **{key: value for key, value in os.environ.items() if not is_from_user(key)},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": tempfile.gettempdir(),
            "GIT_CONFIG_NOSYSTEM": "1",
            **dict.fromkeys(("LOGNAME", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "test"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@example.com"),
            **environment,
        }

    @classmethod
    def create(cls, folder: Path, **environment: str) -> "Project":
        """Copy this project and commit it: the sources of the working tree, and outputs as committed."""
        project = cls(folder, **environment)
        for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0"):
            if name and not name.startswith(COMMITTED) and (ROOT / name).is_file():
                project.write(name, (ROOT / name).read_bytes())
        with tarfile.open(fileobj=io.BytesIO(git("archive", "HEAD", *COMMITTED))) as committed:
            for member in committed:
                if content := committed.extractfile(member):
                    project.write(member.name, content.read())
        project.run("git", "init", "-q")
        project.commit("start")
        return project

    def copy(self, folder: Path) -> "Project":
        """Copy the project. Its data become hard links, because nothing writes to a data file in place."""

        def copy_or_link(source: str, target: str) -> None:
            is_data = source.startswith((f"{self.folder}/data/", f"{self.folder}/.dvc/cache/"))
            (os.link if is_data else shutil.copy2)(source, target)

        shutil.copytree(self.folder, folder, symlinks=True, copy_function=copy_or_link)
        project = copy.copy(self)
        project.folder, project.environment = folder, dict(self.environment)
        return project

    def run(self, *command: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in the project and check its exit code."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
        )  # fmt: skip
        assert done.returncode == code, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in the project, in its own process group."""
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # a shell starts background jobs with SIGINT ignored, and their children inherit this
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "-q", "--allow-empty", "-m", message)

    def reset(self) -> None:
        """Undo uncommitted changes, including changes to files that DVC tracks."""
        self.run("git", "checkout", "-q", "--force", "HEAD")
        self.run("dvc", "checkout", "-q", "--force")

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


NewProject = Callable[..., Project]


def stages_run(output: str) -> list[str]:
    """Return the stages that dvc ran, according to its output."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def results(project: Project) -> dict[str, str]:
    """Return what every run must produce: dvc.lock and the digest of each file."""
    paths = [path for name in ("metrics", "plots", "data") for path in (project.folder / name).rglob("*")]
    digests = {
        str(path.relative_to(project.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file() and not LEFT_BEHIND.match(path.name)
    }
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text())  # the order of its stages may differ
    return digests | {"dvc.lock": json.dumps(lock, sort_keys=True)}
