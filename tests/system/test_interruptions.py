"""Killed and concurrent runs, a full disk, and damaged files."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from projects import CLASSIFY, REPRO, Project, results


@pytest.fixture
def fresh_project(project_copy: Project) -> Project:
    """A fresh clone with quick params and the dvc.lock of another run."""
    project_copy.run("git", "reset", "-q", "--hard", "HEAD~1")
    make_fresh(project_copy)
    return project_copy


def make_fresh(project: Project) -> None:
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("git", "clean", "-fdxq")


def kill_at(project: Project, moment: float, *, whole_group: bool) -> None:
    """Kill a run: either dvc and its stage, or only dvc, so that the stage continues."""
    process = project.start("dvc", "repro")
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    with contextlib.suppress(ProcessLookupError):  # it may have just ended
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


@pytest.mark.parametrize("moments", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_the_next_run_finishes_a_killed_run(
    fresh_project: Project, quick_results: dict[str, str], moments: int
) -> None:
    for n in range(moments):
        make_fresh(fresh_project)
        moment = fresh_project.seconds * (n + 0.5) / moments
        kill_at(fresh_project, moment, whole_group=n % 2 == 0)
        fresh_project.run(*REPRO)
        assert results(fresh_project) == quick_results, f"killed after {moment:.2f} s"
        assert "up to date" in fresh_project.run("dvc", "status").stdout


def test_one_of_two_concurrent_runs_succeeds(fresh_project: Project, quick_results: dict[str, str]) -> None:
    project = fresh_project
    first = project.start("dvc", "repro")
    while not (project.folder / "data/raw").exists():
        time.sleep(0.01)
    second = project.run("dvc", "repro", code=255)
    assert "is busy, it is being blocked by" in second.stderr or "Unable to acquire lock" in second.stderr
    assert "Traceback" not in second.stderr
    first.communicate()
    assert first.returncode == 0
    assert results(project) == quick_results


def test_the_next_run_recovers_from_a_full_disk(project_copy: Project, quick_results: dict[str, str]) -> None:
    (project_copy.folder / "data/raw/test_batch").unlink()
    for limit, stage in (2**20, "download"), (2**23, "preprocess"), (2**14, "plot"):

        def limit_file_size(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(
            ["python", "-m", f"stages.{stage}"], cwd=project_copy.folder, env=project_copy.environment,
            preexec_fn=limit_file_size, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert "cannot be read or written: File too large" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(project_copy.folder.rglob(".part-*"))
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results


def test_truncated_dvc_files_are_repaired(project_copy: Project, quick_results: dict[str, str]) -> None:
    project_copy.write("dvc.lock", b"")
    project_copy.write(".dvc/tmp/rwlock", (project_copy.folder / ".dvc/tmp/rwlock").read_bytes()[:1])
    shutil.rmtree(project_copy.folder / "data/model")
    project_copy.run(*REPRO)
    assert results(project_copy) == quick_results


def damage(path: Path) -> None:
    """Replace a file by a damaged one of the same size. Other projects may share the original."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:1000] + b"damage" + content[1006:])
    path.chmod(0o444)


def test_dvc_status_detects_an_edited_data_file(project_copy: Project, quick_results: dict[str, str]) -> None:
    damage(project_copy.folder / "data/extracted/pool.npz")
    assert "modified:           data/extracted" in project_copy.run("dvc", "status").stdout
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results


def test_damage_is_repaired_as_the_readme_says(project_copy: Project, quick_results: dict[str, str]) -> None:
    cache = project_copy.folder / ".dvc/cache/files/md5"
    damage(max(cache.glob("*/*"), key=lambda path: path.stat().st_size))
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    assert results(project_copy) != quick_results
    (commands,) = re.findall(r"cache object is damaged \| `(.*?); make repro`", project_copy.read("README.md"))
    project_copy.run("sh", "-c", commands)
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results


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
    command = f"{' '.join(CLASSIFY)} {' '.join([str(tmp_path / 'a.png')] * 30)} | head -n 1"
    done = quick_project.run("sh", "-c", command)
    assert len(done.stdout.splitlines()) == 1
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr
