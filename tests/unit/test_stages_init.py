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


def stderr_of(project: Path, statement: str) -> str:
    """Run a statement beside the stages, and return what it prints to stderr."""
    command = [sys.executable, "-c", f"import stages\n{statement}"]
    done = subprocess.run(command, cwd=project, capture_output=True, check=False)
    assert done.returncode == 1
    return done.stderr.decode()


def link_venv_to_this_python(project: Path) -> None:
    """Make the running Python that of the project's .venv."""
    (project / ".venv").symlink_to(sys.prefix)


@pytest.mark.parametrize("has_venv", [False, True])
def test_another_python_is_told_to_activate(project: Path, has_venv: bool) -> None:
    if has_venv:
        (project / ".venv").mkdir()
    advice = "run `. .venv/bin/activate` first, or `make repro`"

    errors = stderr_of(project, "import no_package")

    assert errors == f"error: {sys.executable} has no no_package: {advice}\n"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import stages.tarin", id="misspelled-stage"),
        pytest.param("import birds.flies", id="misspelled-module"),
        pytest.param("1 / 0", id="another-error"),
    ],
)
def test_a_mistake_of_ours_keeps_its_traceback(statement: str, project: Path) -> None:
    assert stderr_of(project, statement).startswith("Traceback")


def test_a_package_that_the_projects_python_lacks_keeps_its_traceback(
    project: Path,
) -> None:
    link_venv_to_this_python(project)

    assert stderr_of(project, "import no_package").startswith("Traceback")


def test_the_src_beside_the_stages_comes_first_on_the_path(project: Path) -> None:
    statement = "import sys; sys.exit(sys.path[0])"  # prints it to stderr

    assert stderr_of(project, statement) == f"{project / 'src'}\n"
