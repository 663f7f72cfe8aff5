"""A Python that lacks a package is told from a mistake of ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from projects import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package of stages, and without .venv."""
    source = ROOT / "stages/__init__.py"
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").write_bytes(source.read_bytes())
    return tmp_path


def errors_of(project: Path, statement: str) -> str:
    """Run a statement beside the stages, and return what it prints to stderr."""
    command = [sys.executable, "-c", f"import stages\n{statement}"]
    done = subprocess.run(command, cwd=project, capture_output=True, check=False)
    assert done.returncode == 1
    return done.stderr.decode()


def activate(project: Path) -> None:
    """Make the running Python that of the project's .venv."""
    (project / ".venv").symlink_to(sys.prefix)


def test_another_python_is_told_to_activate(project: Path) -> None:
    advice = "run `. .venv/bin/activate` first, or `make repro`"

    errors = errors_of(project, "import no_package")

    assert errors == f"error: {sys.executable} has no no_package: {advice}\n"


@pytest.mark.parametrize(
    "statement",
    ["import stages.tarin", "import birds.flies", "1 / 0"],
)
def test_a_mistake_of_ours_keeps_its_traceback(statement: str, project: Path) -> None:
    assert errors_of(project, statement).startswith("Traceback")


def test_a_package_that_the_projects_python_lacks_keeps_its_traceback(
    project: Path,
) -> None:
    activate(project)

    assert errors_of(project, "import no_package").startswith("Traceback")


def test_the_source_beside_the_stages_comes_first(project: Path) -> None:
    statement = "import sys; sys.exit(sys.path[0])"

    assert errors_of(project, statement) == f"{project / 'src'}\n"
