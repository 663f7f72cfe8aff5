"""Killed runs, concurrent runs, a full disk, and damaged files."""

import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from projects import Project

LEFT_BEHIND = re.compile(r"\.part-.*|\..*\.tmp")  # by killed runs, ours and DVC's; git and DVC ignore them
FEW_MOMENTS, MANY_MOMENTS = 2, 40


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


@pytest.fixture
def project_copy(quick_project: Project, tmp_path: Path) -> Project:
    """A finished run in its own folder."""
    return quick_project.copy(tmp_path / "project")


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


def check_recovery(project: Project, quick_project: Project, moments: int) -> None:
    expected = results(quick_project)
    for n in range(moments):
        make_fresh(project)
        moment = quick_project.seconds * (n + 0.5) / moments
        kill_at(project, moment, whole_group=n % 2 == 0)
        project.run("python", "tools/repro.py")
        assert results(project) == expected, f"killed after {moment:.2f} s"
        assert "up to date" in project.run("dvc", "status").stdout


def test_the_next_run_finishes_a_killed_run(fresh_project: Project, quick_project: Project) -> None:
    check_recovery(fresh_project, quick_project, FEW_MOMENTS)


@pytest.mark.slow
def test_the_next_run_finishes_a_run_killed_at_any_moment(fresh_project: Project, quick_project: Project) -> None:
    check_recovery(fresh_project, quick_project, MANY_MOMENTS)


@pytest.mark.parametrize("path", ["dvc.lock", ".dvc/tmp/rwlock"])
def test_a_truncated_dvc_file_is_repaired(project_copy: Project, quick_project: Project, path: str) -> None:
    file = project_copy.folder / path
    for size in 0, file.stat().st_size // 2:
        file.write_bytes(file.read_bytes()[:size])
        shutil.rmtree(project_copy.folder / "data/model")
        project_copy.run("python", "tools/repro.py")
        assert results(project_copy) == results(quick_project)


def test_one_of_two_concurrent_runs_succeeds(fresh_project: Project, quick_project: Project) -> None:
    project = fresh_project
    first = project.start("dvc", "repro")
    while not (project.folder / "data/raw").exists():
        time.sleep(0.01)
    second = project.run("dvc", "repro", code=255)
    assert "is busy, it is being blocked by" in second.stderr or "Unable to acquire lock" in second.stderr
    assert "Traceback" not in second.stderr
    first.communicate()
    assert first.returncode == 0
    assert results(project) == results(quick_project)


@pytest.mark.parametrize(("limit", "script"), [(2**20, "download"), (2**25, "preprocess"), (2**14, "plot")])
def test_the_next_run_recovers_from_a_full_disk(
    project_copy: Project, quick_project: Project, limit: int, script: str
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
    assert results(project_copy) == results(quick_project)


def test_dvc_status_detects_an_edited_data_file(project_copy: Project, quick_project: Project) -> None:
    with (project_copy.folder / "data/extracted/pool.npz").open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00\xff")
    assert "modified:           data/extracted" in project_copy.run("dvc", "status").stdout
    project_copy.run("dvc", "repro")
    assert results(project_copy) == results(quick_project)


def test_damaged_files_are_reported_and_recreated_after_removal(project_copy: Project, quick_project: Project) -> None:
    cache = max((project_copy.folder / ".dvc/cache/files/md5").glob("*/*"), key=lambda path: path.stat().st_size)
    cache.chmod(0o644)
    with cache.open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00\xff")
    cache.chmod(0o444)
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    first, *commands = project_copy.run("python", "tools/verify.py", code=1).stdout.splitlines()
    assert first == "2 damaged; remove them and run `dvc repro`:"
    assert commands == [f"rm -r {cache}", "rm -r data/preprocessed"]
    assert cache.exists(), "make verify must not remove anything"
    for command in commands:
        project_copy.run("sh", "-c", command)
    project_copy.run("dvc", "repro")
    assert results(project_copy) == results(quick_project)
    assert project_copy.run("python", "tools/verify.py").stdout == "every output and cache object matches its MD5\n"


@pytest.mark.parametrize("links", ["copy", "symlink"])
def test_damage_is_found_in_a_cache_outside_the_project(quick_project: Project, tmp_path: Path, links: str) -> None:
    project = Project(tmp_path / "project")
    subprocess.run(["git", "clone", "-q", quick_project.folder, project.folder], check=True)
    shutil.copytree(quick_project.folder / ".dvc/cache", tmp_path / "cache")
    project.run("dvc", "cache", "dir", "--local", tmp_path / "cache")
    project.run("dvc", "config", "--local", "cache.type", links)
    project.run("dvc", "checkout")
    damaged = max((tmp_path / "cache/files/md5").glob("*/*"), key=lambda path: path.stat().st_size)
    damaged.chmod(0o644)
    with damaged.open("r+b") as file:
        file.write(b"damage")
    _, *commands = project.run("python", "tools/verify.py", code=1).stdout.splitlines()
    assert f"rm -r {damaged}" in commands
    for command in commands:
        project.run("sh", "-c", command)
    project.run("dvc", "repro")
    assert "every output and cache object matches" in project.run("python", "tools/verify.py").stdout
    assert results(project) == results(quick_project)
