"""`make set-up`: what it installs and what it leaves alone, with local wheels as packages."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from projects import Project

pytest.importorskip("ensurepip", reason="needs Python's venv: run `apt install python3-venv`")
SET_UP = ("make", "--no-print-directory", "set-up")
SET_UP_DEV = ("make", "--no-print-directory", "set-up-dev")
PYTHON = ".venv/bin/python"
IMPORT_TOOL = (PYTHON, "-c", "import tool")  # represents the test tools
INSTALLING = "installing the packages of requirements.lock into .venv\n"
NOWHERE = "http://127.0.0.1:9"
UV = f"""
import os, sys
def main():
    return os.environ.get("BROKEN_UV") or os.execv("{Path(sys.executable).with_name("uv")}", sys.argv)
"""


def build(folder: Path, name: str, version: str, **scripts: str) -> str:
    """Build a wheel of the module with this name, and return its line for a lock file."""
    facts = {"name": name, "version": version, "description": "a test", "requires-python": ">=3", **scripts}
    lines = [f"{key} = '{value}'\n" for key, value in facts.items()]
    (folder / "pyproject.toml").write_text("".join(["[project]\n", *lines]))
    subprocess.run([sys.executable, "-m", "flit_core.wheel", "--outdir", folder, folder], check=True)
    digest = hashlib.sha256((folder / f"{name}-{version}-py3-none-any.whl").read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels and the lock files that list them."""
    folder, flit = tmp_path_factory.mktemp("wheels"), distribution("flit_core")
    shutil.copytree(str(flit.locate_file("flit_core")), folder / "flit_core")
    (folder / "uv.py").write_text(UV)
    (folder / "tool.py").touch()
    runtime = build(folder, "flit_core", flit.version)
    runtime += build(folder, "uv", "1.0", **{"scripts.uv": "uv:main"})
    (folder / "requirements.lock").write_text(runtime)
    (folder / "requirements-dev.lock").write_text(runtime + build(folder, "tool", "1.0"))
    return folder


@pytest.fixture(scope="module")
def project(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after `make set-up`, with settings that contradict the lock files. Each test restores it."""
    constraints, pip = wheels / "constraints.txt", wheels / "pip.conf"
    constraints.write_text("flit_core<1\nuv<1\n")
    pip.write_text(f"[global]\nno-index = 1\nfind-links = {wheels}\n[install]\nconstraint = {constraints}\n")
    project = Project.create(
        tmp_path_factory.mktemp("project"),
        PIP_CONFIG_FILE=str(pip),
        UV_EXCLUDE_NEWER="2020-01-01",
        **dict.fromkeys(("PIP_USER", "PIP_REQUIRE_HASHES", "UV_NO_CACHE"), "1"),
        **dict.fromkeys(("PIP_TARGET", "UV_PYTHON", "VIRTUAL_ENV"), str(wheels / "elsewhere")),
        **dict.fromkeys(("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE"), str(constraints)),
    )
    for variable in "MAKEFLAGS", "PYTHON", "PIP_FIND_LINKS":
        project.environment.pop(variable, None)
    project.write("uv.toml", b'constraint-dependencies = ["flit_core<1"]\n[pip]\nno-binary = [":all:"]\n')
    for lock in wheels.glob("*.lock"):
        shutil.copy(lock, project.folder)
    project.first_run = project.run(*SET_UP)
    return project


def info(project: Project) -> Path:
    """Return the folder that describes an installed package."""
    (found,) = project.folder.glob(".venv/lib/*/site-packages/flit_core-*.dist-info")
    return found


def write_python(path: Path, script: str) -> str:
    """Write a script like a Python of another version, and return the option that chooses it."""
    path.write_text(f'#!/bin/sh\n[ "$1" = -VV ] && exec echo another\n{script}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return f"PYTHON={path}"


def test_make_installs_what_is_missing_and_nothing_twice(project: Project) -> None:
    assert project.first_run.stdout == f"creating {project.folder}/.venv\n{INSTALLING}"
    shown = project.run(PYTHON, "-c", "import birds; print(birds.__file__)").stdout
    assert shown == f"{project.folder}/src/birds/__init__.py\n"
    project.run(*IMPORT_TOOL, code=1)
    assert "installing the packages of requirements-dev.lock" in project.run(*SET_UP_DEV).stdout
    for command in SET_UP, SET_UP_DEV, SET_UP:
        done = project.run(*command)
        assert (done.stdout, done.stderr) == ("", "")
    project.run(*IMPORT_TOOL)
    project.run(".venv/bin/uv", "pip", "uninstall", "--no-config", "-p", PYTHON, "tool")


@pytest.mark.parametrize("change", ["other version", "removed", "project from elsewhere", "no uv"])
def test_packages_changed_by_hand_are_restored(project: Project, change: str) -> None:
    installed, birds = info(project), info(project).with_name("birds.pth")
    if change == "other version":
        other = installed.rename(installed.with_name("flit_core-0.1.dist-info"))
        for path in other.iterdir():
            path.write_text(path.read_text().replace(distribution("flit_core").version, "0.1"))
    elif change == "removed":
        shutil.rmtree(installed)
    elif change == "project from elsewhere":
        birds.write_text("/elsewhere/src")
    else:
        (project.folder / ".venv/bin/uv").unlink()
    assert project.run(*SET_UP).stdout == INSTALLING
    assert project.run(*SET_UP).stdout == ""
    assert info(project) == installed
    assert birds.read_text().strip() == f"{project.folder}/src"


def test_pip_is_the_fallback_and_both_reject_a_wrong_hash(project: Project) -> None:
    lock = project.read("requirements-dev.lock")
    project.write("requirements-dev.lock", re.sub(r"(tool==.*\n.*:).{8}", r"\g<1>00000000", lock).encode())
    done = project.run(*SET_UP_DEV, code=2)
    assert "uv failed, see above: pip installs the same packages" in done.stdout
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    project.run(*IMPORT_TOOL, code=1)
    project.write("requirements-dev.lock", lock.encode())
    shutil.rmtree(info(project))
    project.run("env", "BROKEN_UV=yes", *SET_UP)
    assert (info(project) / "INSTALLER").read_text() == "pip\n"
    project.run(PYTHON, "-c", "import birds")


def test_uv_uses_the_indexes_in_pips_settings(project: Project, wheels: Path, tmp_path: Path) -> None:
    (wheel,) = wheels.glob("flit_core-*.whl")
    for index, file in ("old", wheel.with_name("flit_core-0.1-py3-none-any.whl")), ("new", wheel):
        (tmp_path / index / "flit-core").mkdir(parents=True)
        (tmp_path / index / "flit-core/index.html").write_text(f'<a href="{file.as_uri()}">{file.name}</a>')
    url, config = tmp_path.as_uri(), tmp_path / "pip.conf"
    config.write_text(
        f"[global]\nindex-url = {NOWHERE}\nextra-index-url = {NOWHERE}\n"
        f"[install]\nindex-url = {NOWHERE}\nextra-index-url =\n  {url}/old\n  {url}/new\n"
    )
    shutil.rmtree(info(project))
    project.run("env", f"PIP_INDEX_URL={url}/none", f"PIP_CONFIG_FILE={config}", *SET_UP)
    assert (info(project) / "INSTALLER").read_text() == "uv"


def test_the_users_own_environment_is_left_alone(project: Project) -> None:
    settings = project.read(".venv/pyvenv.cfg")
    project.replace(".venv/pyvenv.cfg", "birds-make", "mine")
    assert "was not made by make: rename or remove it" in project.run(*SET_UP, code=2).stderr
    project.run("make", "clean")
    project.run(PYTHON, "-c", "import birds")
    project.write(".venv/pyvenv.cfg", settings.encode())


def test_an_environment_for_another_python_is_made_again(project: Project, tmp_path: Path) -> None:
    """A Python without venv shows only that make would create the environment, which saves seconds."""
    other = write_python(tmp_path / "python", '[ "$1" = -m ] && exit 1')
    python = project.folder / PYTHON
    assert project.run(*SET_UP, f"PYTHON={sys.executable}").stdout == ""
    assert project.run(*SET_UP, other, code=2).stdout == f"creating {project.folder}/.venv\n"
    python.rename(tmp_path / "gone")
    assert project.run(*SET_UP, other, code=2).stdout == f"creating {project.folder}/.venv\n"
    (tmp_path / "gone").rename(python)


def test_a_copied_environment_is_made_again(project: Project, tmp_path: Path) -> None:
    new = project.copy(tmp_path / "moved here")
    new.environment["PATH"] = f"{new.folder}/.venv/bin{os.pathsep}{new.environment['PATH']}"  # activated
    assert new.run(*SET_UP).stdout == f"creating {new.folder}/.venv\n{INSTALLING}"
    new.run(PYTHON, "-c", "import birds")


def test_the_error_says_which_python_is_needed(project: Project, tmp_path: Path) -> None:
    needed = "must be Python 3.11 to 3.14 with venv: run `apt install python3-venv`"
    for lack in "version_info = (3, 10)", "version_info = (3, 15)", "modules['ensurepip'] = None":
        option = write_python(tmp_path / "python", f'set -- "$1" "import sys; sys.{lack}; $2"')
        error = project.run(*SET_UP, option, code=2).stderr
        assert error.startswith(f"error: {tmp_path}/python {needed}"), lack
    assert project.run(*SET_UP).stdout == "", "the environment is still there"
