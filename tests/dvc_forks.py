"""Run commands in forks of a process that has imported DVC: imports take most of the time of a short command."""

import gc
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "dvc.cli.parser",
        "dvc.data_cloud",
        "dvc.repo.experiments.executor.local",
        "dvc.repo.experiments.queue.celery",
        "dvc.repo.experiments.queue.tempdir",
        "dvc.repo.experiments.show",
        "dvc.repo.index",
        "dvc.repo.plots",
        "dvc.utils.strictyaml",
        "networkx",
        "pygit2",
        "ruamel.yaml",
    ]
)
REPRO = ["python", "-m", "stages"]
STREAMS = "stdin", "stdout", "stderr"


def can_run(command: Sequence[str]) -> bool:
    """Check whether a command runs DVC in its own process."""
    return command[0] == "dvc" or command == REPRO


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command, like subprocess.run."""
    with tempfile.TemporaryDirectory() as streams:
        process = FORKS.Process(target=_main, args=(command, folder, environment, streams))
        process.start()
        process.join(timeout)
        code = process.exitcode
        process.kill()
        assert code is not None, f"{command} takes longer than {timeout} s"
        _, stdout, stderr = (Path(streams, name).read_text(encoding="utf-8") for name in STREAMS)
        return subprocess.CompletedProcess(command, code, stdout, stderr)


def _main(command: Sequence[str], folder: Path, environment: Mapping[str, str], streams: str) -> None:
    gc.freeze()  # each collection would visit all imported objects
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, name in enumerate(STREAMS):
        os.dup2(os.open(Path(streams, name), os.O_RDWR | os.O_CREAT), number)

    if command[0] == "dvc":
        from dvc.cli import main  # imported already

        sys.exit(main(command[1:]))
    sys.path.insert(0, str(folder))
    runpy.run_module(command[2], run_name="__main__", alter_sys=True)
