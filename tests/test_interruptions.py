"""Killed runs, concurrent runs, and a full disk."""

import contextlib
import os
import resource
import signal
import subprocess
import time

import pytest

from dvc_forks import REPRO
from projects import Project, results

FEW_MOMENTS, MANY_MOMENTS = 2, 40


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


def check_recovery(project: Project, quick_results: dict[str, str], moments: int) -> None:
    for n in range(moments):
        make_fresh(project)
        moment = project.seconds * (n + 0.5) / moments
        kill_at(project, moment, whole_group=n % 2 == 0)
        project.run(*REPRO)
        assert results(project) == quick_results, f"killed after {moment:.2f} s"
        assert "up to date" in project.run("dvc", "status").stdout


def test_the_next_run_finishes_a_killed_run(fresh_project: Project, quick_results: dict[str, str]) -> None:
    check_recovery(fresh_project, quick_results, FEW_MOMENTS)


@pytest.mark.slow
def test_the_next_run_finishes_a_run_killed_at_any_moment(
    fresh_project: Project, quick_results: dict[str, str]
) -> None:
    check_recovery(fresh_project, quick_results, MANY_MOMENTS)


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


@pytest.mark.parametrize(("limit", "script"), [(2**20, "download"), (2**25, "preprocess"), (2**14, "plot")])
def test_the_next_run_recovers_from_a_full_disk(
    project_copy: Project, quick_results: dict[str, str], limit: int, script: str
) -> None:

    (project_copy.folder / "data/raw/test_batch").unlink()

    def limit_file_size() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        ["python", "-m", f"stages.{script}"], cwd=project_copy.folder, env=project_copy.environment,
        preexec_fn=limit_file_size, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "cannot be read or written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(project_copy.folder.rglob(".part-*"))
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results
