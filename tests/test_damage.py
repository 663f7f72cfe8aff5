"""Damaged files: DVC's own, data files, and files in the cache."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dvc_forks import REPRO
from projects import Project, results


@pytest.mark.parametrize(("path", "parts"), [("dvc.lock", [0, 0.5]), (".dvc/tmp/rwlock", [0.5])])
def test_a_truncated_dvc_file_is_repaired(
    project_copy: Project, quick_results: dict[str, str], path: str, parts: list[float]
) -> None:
    file = project_copy.folder / path
    for part in parts:
        content = file.read_bytes()
        file.write_bytes(content[: int(part * len(content))])
        shutil.rmtree(project_copy.folder / "data/model")
        project_copy.run(*REPRO)
        assert results(project_copy) == quick_results


def test_dvc_status_detects_an_edited_data_file(project_copy: Project, quick_results: dict[str, str]) -> None:
    with (project_copy.folder / "data/extracted/pool.npz").open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00\xff")
    assert "modified:           data/extracted" in project_copy.run("dvc", "status").stdout
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results


def damage(path: Path) -> None:
    """Replace a file in the cache by a damaged one of the same size. Other projects may share the original."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:1000] + b"damage" + content[1006:])
    path.chmod(0o444)


def test_damaged_files_are_reported_and_recreated_after_removal(
    project_copy: Project, quick_results: dict[str, str]
) -> None:
    cache = max((project_copy.folder / ".dvc/cache/files/md5").glob("*/*"), key=lambda path: path.stat().st_size)
    damage(cache)
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    first, *commands = project_copy.run("python", "tools/verify.py", code=1).stdout.splitlines()
    assert first == "2 damaged; remove them and run `dvc repro`:"
    assert commands == [f"rm -r {cache}", "rm -r data/preprocessed"]
    assert cache.exists(), "make verify must not remove anything"
    for command in commands:
        project_copy.run("sh", "-c", command)
    project_copy.run("dvc", "repro")
    assert results(project_copy) == quick_results
    assert project_copy.run("python", "tools/verify.py").stdout == "every output and cache object matches its MD5\n"


@pytest.mark.parametrize("links", ["copy", "symlink"])
def test_damage_is_found_in_a_cache_outside_the_project(
    quick_project: Project, quick_results: dict[str, str], tmp_path: Path, links: str
) -> None:
    project = Project(tmp_path / "project")
    subprocess.run(["git", "clone", "-q", quick_project.folder, project.folder], check=True)
    shutil.copytree(quick_project.folder / ".dvc/cache", tmp_path / "cache")
    project.run("dvc", "cache", "dir", "--local", tmp_path / "cache")
    project.run("dvc", "config", "--local", "cache.type", links)
    project.run("dvc", "checkout")
    damaged = max((tmp_path / "cache/files/md5").glob("*/*"), key=lambda path: path.stat().st_size)
    damage(damaged)
    _, *commands = project.run("python", "tools/verify.py", code=1).stdout.splitlines()
    assert f"rm -r {damaged}" in commands
    for command in commands:
        project.run("sh", "-c", command)
    project.run("dvc", "repro")
    assert "every output and cache object matches" in project.run("python", "tools/verify.py").stdout
    assert results(project) == quick_results
