"""`make set-up`, with local wheels as packages: what it installs and leaves alone."""

import hashlib
import shutil
import signal
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from projects import Project

INSTALLING = "installing the packages of requirements.lock into .venv\n"

PYPROJECT = """
[project]
name = "{0}"
version = "1.0"
description = "a test"
[tool.flit.external-data]
directory = "{0}-data"
"""

# Calls the real uv. With KILL, it kills the set-up once the packages are installed.
UV_SCRIPT = """#!/bin/sh
set -e
{} "$@"
test -z "$KILL" || kill -KILL 0
"""


def set_up(
    project: Project, target: str = "set-up", code: int = 0, variables: str = ""
) -> CompletedProcess[str]:
    make = ("make", "--no-print-directory", target)
    return project.run("env", *variables.split(), *make, code=code)


def can_import(project: Project, module: str) -> bool:
    python = ".venv/bin/python"
    return project.try_to_run(python, "-c", f"import {module}").returncode == 0


def remove(project: Project, package: str) -> None:
    project.run("sh", "-c", f"rm -rf .venv/lib/python3*/site-packages/{package}*")


def build(home: Path, name: str) -> str:
    """Add a wheel of this module to the index, and return its entry in a lock file."""
    (home / "pyproject.toml").write_text(PYPROJECT.format(name))
    (home / f"{name}-data").mkdir(exist_ok=True)
    index = home / "index" / name.replace("_", "-")
    flit = (sys.executable, "-m", "flit_core.wheel", "--outdir", index, home)
    subprocess.run(flit, check=True)
    (wheel,) = index.glob("*.whl")
    (index / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project before `make set-up`. The index of the user's pip has three wheels."""
    home = tmp_path_factory.mktemp("home")
    flit = distribution("flit_core").locate_file("flit_core")
    shutil.copytree(str(flit), home / "flit_core")
    (home / "uv.py").touch()
    (home / "tool.py").touch()
    uv = home / "uv-data/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV_SCRIPT.format(Path(sys.executable).with_name("uv")))
    uv.chmod(0o755)
    runtime = build(home, "uv") + build(home, "flit_core")
    dev = runtime + build(home, "tool")

    folder = tmp_path_factory.mktemp("project") / 'a b$c"d`id`'
    folder.mkdir()
    project = Project.create(folder)
    project.write("requirements.lock", runtime.encode())
    project.write("requirements-dev.lock", dev.encode())
    project.commit("local packages")
    project.environment = {"HOME": str(home), "PATH": project.environment["PATH"]}
    index = (home / "index").as_uri()
    project.run("pip", "config", "--user", "set", "global.index-url", index)
    return project


@pytest.fixture
def project(shared_project: Project) -> Project:
    """A project after `make set-up`, whatever the previous test did with it."""
    shared_project.run("git", "checkout", "-q", ".")
    remove(shared_project, "tool")
    set_up(shared_project)
    return shared_project


def test_a_new_project_gets_everything_but_the_test_tools(
    shared_project: Project,
) -> None:
    venv = shared_project.folder / ".venv"
    shutil.rmtree(venv, ignore_errors=True)  # if another test was first

    done = set_up(shared_project)

    assert done.stdout == INSTALLING
    assert can_import(shared_project, "birds, flit_core")
    assert not can_import(shared_project, "tool")


def test_set_up_dev_adds_the_test_tools(project: Project) -> None:
    done = set_up(project, "set-up-dev")

    assert done.stdout == INSTALLING.replace(".lock", "-dev.lock")
    assert can_import(project, "tool")


@pytest.mark.parametrize("target", ["set-up", "set-up-dev"])
def test_a_set_up_with_nothing_to_do_is_silent(project: Project, target: str) -> None:
    set_up(project, "set-up-dev")

    done = set_up(project, target)

    assert done.stdout + done.stderr == ""


def test_a_package_removed_by_hand_is_restored(project: Project) -> None:
    remove(project, "flit_core")
    assert not can_import(project, "flit_core")

    done = set_up(project)

    assert done.stdout == INSTALLING
    assert can_import(project, "flit_core")


def test_pip_finishes_if_uv_fails(project: Project) -> None:
    remove(project, "flit_core")

    done = set_up(project, variables="UV_CACHE_DIR=/dev/null")

    assert "error: Failed to initialize cache" in done.stderr
    assert set_up(project).stdout == ""
    assert can_import(project, "birds, flit_core")


def test_a_killed_set_up_is_done_again(project: Project) -> None:
    remove(project, "flit_core")
    killed = project.start("env", "KILL=1", "make", "set-up")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL

    done = set_up(project)

    assert done.stdout == INSTALLING
    assert set_up(project).stdout == ""


def test_make_bench_runs_the_python_of_the_projects_folder(project: Project) -> None:
    project.write("benchmarks/bench.py", b"import sys\nprint(sys.prefix)\n")

    done = project.run("make", "bench")

    assert done.stdout.splitlines()[-1] == f"{project.folder}/.venv"


def test_uv_and_pip_reject_a_wrong_hash(project: Project) -> None:
    lock = project.read("requirements.lock")
    end_of_last_hash = lock[-9:-1]  # flit_core's, before the end of the line
    project.replace("requirements.lock", end_of_last_hash, "00000000")
    remove(project, "flit_core")

    done = set_up(project, code=2)

    assert "Hash mismatch for `flit-core==1.0`" in done.stderr  # says uv
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr  # says pip
