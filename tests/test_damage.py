"""Damaged files: DVC's own, data files, and files in the cache."""

import re
import shutil
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
