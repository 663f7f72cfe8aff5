"""Killed runs, a full disk, and damaged files."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from projects import CLASSIFY, REPRO, Project, results


@pytest.mark.parametrize("moments", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_the_next_run_finishes_a_kill(project_copy: Project, quick_project: Project, moments: int) -> None:
    """A kill ends either dvc and its stage, or only dvc, so that the stage continues."""
    project_copy.run("git", "reset", "-q", "--hard", "HEAD~1")  # with the dvc.lock of another run
    for n in range(moments):
        project_copy.run("git", "checkout", "-q", "--force", "HEAD")
        project_copy.run("git", "clean", "-fdxq")
        moment = quick_project.seconds * (n + 0.5) / moments
        process = project_copy.start("dvc", "repro")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        with contextlib.suppress(ProcessLookupError):  # it may have just ended
            (os.kill if n % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.communicate()
        project_copy.run(*REPRO)
        assert results(project_copy) == results(quick_project), f"killed after {moment:.2f} s"
        assert "up to date" in project_copy.run("dvc", "status").stdout


def test_the_next_run_recovers_from_a_full_disk(project_copy: Project, quick_project: Project) -> None:
    (project_copy.folder / "data/raw/test_batch").unlink()
    for kilobytes, stage in (1024, "download"), (8192, "preprocess"), (16, "plot"):
        limited = f"ulimit -f {2 * kilobytes}; exec python -m stages.{stage}"
        error = project_copy.run("sh", "-c", limited, code=1).stderr
        assert re.fullmatch("error: .* cannot be read or written: File too large\n", error)
        assert not list(project_copy.folder.rglob(".part-*"))
    project_copy.run("dvc", "repro")
    assert results(project_copy) == results(quick_project)


def test_truncated_dvc_files_are_repaired_and_kept(project_copy: Project, quick_project: Project) -> None:
    shutil.rmtree(project_copy.folder / "data/model")
    project_copy.write("dvc.lock", b"schema: '2.0'\nstages:\n  download: {")
    project_copy.write(".dvc/tmp/rwlock", b"{")
    done = project_copy.run(*REPRO)
    for path in "dvc.lock", ".dvc/tmp/rwlock":
        assert f"{path} cannot be parsed: moving it to {path}.broken\n" in done.stderr
    assert "Stage 'split' didn't change, skipping" in done.stdout, "the dvc.lock in git is used"
    assert results(project_copy) == results(quick_project)
    assert project_copy.read("dvc.lock.broken").endswith("{")
    assert project_copy.run("git", "status", "--short").stdout == ""


def test_damage_is_repaired_as_the_readme_says(project_copy: Project, quick_project: Project) -> None:
    cached = (project_copy.folder / ".dvc/cache/files/md5").glob("*/*")
    largest = max(cached, key=lambda path: path.stat().st_size).relative_to(project_copy.folder)
    damaged = (project_copy.folder / largest).read_bytes()[:-6] + b"damage"
    project_copy.write(str(largest), damaged)
    (project_copy.folder / largest).chmod(0o444)  # DVC trusts a read-only file
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    assert results(project_copy) != results(quick_project)
    (commands,) = re.findall(r"object is damaged \| `(.*?); make repro`", project_copy.read("README.md"))
    project_copy.run("sh", "-c", commands)
    project_copy.run("dvc", "repro")
    assert results(project_copy) == results(quick_project)


def test_ctrl_c_stops_the_classification_at_once(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (3000, 2000)).save(tmp_path / "a.jpg")
    process = quick_project.start(*CLASSIFY, *[str(tmp_path / "a.jpg")] * 100)
    assert process.stdout
    while "a.jpg" not in process.stdout.readline():
        pass
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert time.monotonic() - start < 2
    assert process.returncode == 130


def test_a_closed_pipe_is_not_an_error(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    command = f"{' '.join(CLASSIFY)} {f'{tmp_path}/a.png ' * 30} | head -n 1"
    done = quick_project.run("sh", "-c", command)
    assert len(done.stdout.splitlines()) == 1
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr
