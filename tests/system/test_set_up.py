"""`make set-up`, with local wheels as packages: what it installs and what it leaves alone."""

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from projects import Project

SET_UP = ("make", "--no-print-directory", "set-up")
SET_UP_DEV = ("make", "--no-print-directory", "set-up-dev")
PYTHON = ".venv/bin/python"
IMPORT_TOOL = (PYTHON, "-c", "import tool")  # represents the test tools
IMPORT_ALL = (PYTHON, "-c", "import birds, flit_core")
INSTALLING = "installing the packages of requirements.lock into .venv\n"
REMOVE_FLIT = ("sh", "-c", "rm -r .venv/lib/python3*/site-packages/flit_core*")

PROJECT = """
[project]
name = "{0}"
version = "1.0"
description = "a test"
[tool.flit.external-data]
directory = "{0}-data"
"""

# With KILL, the set-up is killed once uv has installed the packages.
UV = """#!/bin/sh
set -e
{} "$@"
test -z "$KILL" || kill -KILL 0
"""


def build(home: Path, name: str) -> str:
    """Add a wheel of this module to the index, and return its entry in a lock file."""
    (home / "pyproject.toml").write_text(PROJECT.format(name))
    (home / f"{name}-data").mkdir(exist_ok=True)
    index = home / "index" / name.replace("_", "-")
    flit = (sys.executable, "-m", "flit_core.wheel", "--outdir", index, home)
    subprocess.run(flit, check=True)
    (wheel,) = index.glob("*.whl")
    (index / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def first_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after `make set-up` with the index of the user's pip, which has three wheels."""
    home = tmp_path_factory.mktemp("home")
    flit = distribution("flit_core").locate_file("flit_core")
    shutil.copytree(str(flit), home / "flit_core")
    (home / "uv.py").touch()
    (home / "tool.py").touch()
    uv = home / "uv-data/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV.format(Path(sys.executable).with_name("uv")))
    uv.chmod(0o755)
    runtime = build(home, "uv") + build(home, "flit_core")
    dev = runtime + build(home, "tool")

    folder = tmp_path_factory.mktemp("project") / 'a b$c"d`id`'
    folder.mkdir()
    project = Project.create(folder)
    project.environment = {"HOME": str(home), "PATH": project.environment["PATH"]}
    project.write("requirements.lock", runtime.encode())
    project.write("requirements-dev.lock", dev.encode())
    index = (home / "index").as_uri()
    project.run("pip", "config", "--user", "set", "global.index-url", index)
    project.first_run = project.run(*SET_UP)
    return project


@pytest.fixture
def project(first_project: Project) -> Project:
    """A project after `make set-up`, whatever the previous test did with it."""
    first_project.run(*SET_UP)
    return first_project


def test_a_new_project_gets_everything_but_the_test_tools(project: Project) -> None:
    assert project.first_run.stdout == INSTALLING

    project.run(*IMPORT_ALL)
    project.run(*IMPORT_TOOL, code=1)


def test_the_test_tools_are_added_once(project: Project) -> None:
    assert project.run(*SET_UP_DEV).stdout == INSTALLING.replace(".lock", "-dev.lock")

    project.run(*IMPORT_TOOL)
    for command in SET_UP, SET_UP_DEV:
        done = project.run(*command)
        assert done.stdout + done.stderr == ""


def test_a_package_removed_by_hand_is_restored(project: Project) -> None:
    project.run(*REMOVE_FLIT)

    assert project.run(*SET_UP).stdout == INSTALLING

    assert project.run(*SET_UP).stdout == ""


def test_pip_finishes_if_uv_fails(project: Project) -> None:
    project.run(*REMOVE_FLIT)

    done = project.run("env", "UV_CACHE_DIR=/dev/null", *SET_UP)

    assert "error: Failed to initialize cache" in done.stderr
    assert project.run(*SET_UP).stdout == ""
    project.run(*IMPORT_ALL)


def test_a_killed_set_up_is_done_again(project: Project) -> None:
    project.run(*REMOVE_FLIT)
    killed = project.start("env", "KILL=1", *SET_UP)
    killed.communicate()

    assert project.run(*SET_UP).stdout == INSTALLING
    assert project.run(*SET_UP).stdout == ""


def test_a_target_uses_the_python_of_its_folder(project: Project) -> None:
    project.write("benchmarks/bench.py", b"import sys\nprint(sys.prefix)\n")

    done = project.run("make", "bench")

    assert done.stdout.splitlines()[-1] == f"{project.folder}/.venv"


def test_uv_and_pip_reject_a_wrong_hash(project: Project) -> None:
    lock = project.read("requirements.lock")
    project.replace("requirements.lock", lock[-9:-1], "00000000")
    project.run(*REMOVE_FLIT)

    done = project.run(*SET_UP, code=2)

    assert "Hash mismatch for `flit-core==1.0`" in done.stderr
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    project.write("requirements.lock", lock.encode())
