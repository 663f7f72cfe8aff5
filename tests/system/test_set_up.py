"""`make set-up`: what it installs and what it leaves alone, with local wheels as packages."""

import copy
import hashlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import pytest

from projects import NewProject, Project

pytest.importorskip("ensurepip", reason="needs Python's venv: run `apt install python3-venv`")
SET_UP = ("make", "--no-print-directory", "set-up")
SET_UP_DEV = ("make", "--no-print-directory", "set-up-dev")
PYTHON = ".venv/bin/python"
NOWHERE = "http://127.0.0.1:9"
TOOL = "iniconfig"  # represents the test tools
UV = Path(sys.executable).with_name("uv")


def write_wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> str:
    """Write a wheel and return its line for a lock file."""
    info = f"{name}-{version}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]).encode()
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            member = zipfile.ZipInfo(file)
            member.external_attr = 0o100755 << 16
            wheel.writestr(member, content)
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def write_wheel_of(folder: Path, name: str) -> str:
    """Write a wheel of an installed package."""
    found = distribution(name)
    files = [file for file in found.files or () if ".dist-info" not in file.parts[0] and file.suffix == ".py"]
    return write_wheel(folder, name, found.version, {str(file): file.read_binary() for file in files})


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels and the lock files that list them."""
    folder = tmp_path_factory.mktemp("wheels")
    uv = {"uv-1.0.data/scripts/uv": f'#!/bin/sh\n[ -z "$BROKEN_UV" ] && exec "{UV}" "$@"\n'.encode()}
    runtime = write_wheel_of(folder, "flit_core") + write_wheel(folder, "uv", "1.0", uv)
    (folder / "requirements.lock").write_text(runtime)
    (folder / "requirements-dev.lock").write_text(runtime + write_wheel_of(folder, TOOL))
    return folder


@pytest.fixture(scope="module")
def create(new_project: NewProject, wheels: Path) -> Callable[[], Project]:
    """A function that creates a project with the wheels as packages. The user's settings contradict the lock files."""
    (wheels / "constraints.txt").write_text("flit_core<1\nuv<1\n")
    (wheels / "pip.conf").write_text(
        f"[global]\nno-index = true\nfind-links = {wheels}\n[install]\nconstraint = {wheels}/constraints.txt\n"
    )

    def create() -> Project:
        project = new_project(
            PIP_CONFIG_FILE=str(wheels / "pip.conf"),
            UV_EXCLUDE_NEWER="2020-01-01",
            **dict.fromkeys(("PIP_USER", "PIP_REQUIRE_HASHES", "UV_NO_CACHE"), "1"),
            **dict.fromkeys(("PIP_TARGET", "UV_PYTHON", "VIRTUAL_ENV"), str(wheels / "elsewhere")),
            **dict.fromkeys(("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE"), str(wheels / "constraints.txt")),
        )
        for variable in "MAKEFLAGS", "PYTHON", "PIP_FIND_LINKS":
            project.environment.pop(variable, None)
        project.write("uv.toml", b'constraint-dependencies = ["flit_core<1"]\n[pip]\nno-binary = [":all:"]\n')
        for lock in wheels.glob("*.lock"):
            shutil.copy(lock, project.folder)
        return project

    return create


@pytest.fixture(scope="module")
def first(create: Callable[[], Project]) -> Project:
    project = create()
    project.first_run = project.run(*SET_UP)
    return project


@pytest.fixture
def ready(first: Project) -> Project:
    """A project after `make set-up`. Each test must leave it so that another `make set-up` repairs it."""
    project = copy.copy(first)
    project.environment = dict(first.environment)
    project.run(*SET_UP)
    return project


def info(project: Project) -> Path:
    """Return the folder that describes an installed package."""
    (found,) = project.folder.glob(".venv/lib/*/site-packages/flit_core-*.dist-info")
    return found


def installer(project: Project) -> str:
    """Return the name of the tool that installed the package."""
    return (info(project) / "INSTALLER").read_text().strip()


def write_python(path: Path, script: str) -> Path:
    """Write a Python interpreter: a shell script that ends by running the real one."""
    path.write_text(f'#!/bin/sh\n{script}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return path


def test_make_installs_what_is_missing_and_nothing_twice(ready: Project) -> None:
    assert ready.first_run.stdout == (
        f"creating {ready.folder}/.venv\ninstalling the packages of requirements.lock into .venv\n"
    )
    assert installer(ready) == "uv"
    shown = ready.run(PYTHON, "-c", "import birds; print(birds.__file__)").stdout
    assert shown == f"{ready.folder}/src/birds/__init__.py\n"
    ready.run(PYTHON, "-c", f"import {TOOL}", code=1)
    assert "installing the packages of requirements-dev.lock" in ready.run(*SET_UP_DEV).stdout
    for command in SET_UP, SET_UP_DEV, SET_UP:
        done = ready.run(*command)
        assert (done.stdout, done.stderr) == ("", "")
    ready.run(PYTHON, "-c", f"import {TOOL}")
    ready.run(".venv/bin/uv", "pip", "uninstall", "--no-config", "-p", PYTHON, TOOL)


@pytest.mark.parametrize("change", ["other version", "removed", "project from elsewhere", "no uv"])
def test_packages_changed_by_hand_are_restored(ready: Project, tmp_path: Path, change: str) -> None:
    site = info(ready).parent
    shutil.rmtree(info(ready))
    if change == "other version":
        write_wheel(tmp_path, "flit_core", "0.1", {})
        zipfile.ZipFile(tmp_path / "flit_core-0.1-py3-none-any.whl").extractall(site)
    elif change == "project from elsewhere":
        (site / "birds.pth").write_text("/elsewhere/src")
    elif change == "no uv":
        (ready.folder / ".venv/bin/uv").unlink()
    assert ready.run(*SET_UP).stdout == "installing the packages of requirements.lock into .venv\n"
    assert ready.run(*SET_UP).stdout == ""
    assert info(ready).name != "flit_core-0.1.dist-info"
    assert (site / "birds.pth").read_text().strip() == f"{ready.folder}/src"


def test_pip_is_the_fallback(ready: Project) -> None:
    ready.environment["BROKEN_UV"] = "1"
    shutil.rmtree(info(ready))
    assert "uv failed, see above: pip installs the same packages" in ready.run(*SET_UP).stdout
    assert installer(ready) == "pip"
    ready.run(PYTHON, "-c", "import birds")


def test_uv_uses_the_indexes_in_pips_settings(ready: Project, wheels: Path, tmp_path: Path) -> None:
    (wheel,) = wheels.glob("flit_core-*.whl")
    for index, file in ("old", wheel.with_name("flit_core-0.1-py3-none-any.whl")), ("new", wheel):
        (tmp_path / index / "flit-core").mkdir(parents=True)
        (tmp_path / index / "flit-core/index.html").write_text(f'<a href="{file.as_uri()}">{file.name}</a>')
    url = tmp_path.as_uri()
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex-url = {NOWHERE}\nextra-index-url = {NOWHERE}\n"
        f"[install]\nindex-url = {NOWHERE}\nextra-index-url =\n  {url}/old\n  {url}/new\n"
    )
    ready.environment["PIP_INDEX_URL"] = f"{url}/none"
    ready.environment["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
    shutil.rmtree(info(ready))
    ready.run(*SET_UP)
    assert installer(ready) == "uv"


def test_a_package_with_a_wrong_hash_is_rejected_and_the_environment_still_works(ready: Project) -> None:
    lock = ready.read("requirements-dev.lock")
    changed = re.sub(rf"({TOOL}==.*\n +--hash=sha256:)\w{{8}}", r"\g<1>00000000", lock)
    assert changed != lock
    ready.write("requirements-dev.lock", changed.encode())
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in ready.run(*SET_UP_DEV, code=2).stderr
    ready.run(PYTHON, "-c", "import birds")
    ready.run(PYTHON, "-c", f"import {TOOL}", code=1)
    ready.write("requirements-dev.lock", lock.encode())


def test_the_users_own_environment_is_left_alone(create: Callable[[], Project]) -> None:
    new = create()
    new.write(".venv/mine.txt", b"mine")
    assert "was not made by make: rename or remove it" in new.run(*SET_UP, code=2).stderr
    new.run("make", "clean")
    assert [path.name for path in (new.folder / ".venv").iterdir()] == ["mine.txt"]


def test_an_environment_for_another_python_or_place_is_made_again(
    create: Callable[[], Project], tmp_path: Path
) -> None:
    """Pythons without venv show only that make would create the environment, which saves seconds."""
    new = create()
    new.run(*SET_UP)
    no_venv = 'case "$1" in -m) exit 1; esac'
    same = write_python(tmp_path / "same", no_venv)
    assert new.run(*SET_UP, f"PYTHON={same}").stdout == ""
    other = write_python(tmp_path / "other", f'case "$1" in -VV) echo Python 3.12; exit; esac; {no_venv}')
    assert new.run(*SET_UP, f"PYTHON={other}", code=2).stdout == f"creating {new.folder}/.venv\n"
    python = new.folder / PYTHON
    target = python.readlink()
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert new.run(*SET_UP, f"PYTHON={same}", code=2).stdout == f"creating {new.folder}/.venv\n"
    python.unlink()
    python.symlink_to(target)
    new.folder = Path(shutil.move(new.folder, tmp_path / "moved here"))
    new.environment["PATH"] = f"{new.folder}/.venv/bin{os.pathsep}{new.environment['PATH']}"  # activated
    assert new.run(*SET_UP).stdout.startswith(f"creating {new.folder}/.venv\n")
    new.run(PYTHON, "-c", "import birds")


def test_the_error_says_which_python_is_needed(create: Callable[[], Project], tmp_path: Path) -> None:
    new = create()
    for lack in "version_info = (3, 10)", "version_info = (3, 15)", "modules['ensurepip'] = None":
        python = write_python(tmp_path / "python", f'set -- "$1" "import sys; sys.{lack}; $2"')
        error = new.run(*SET_UP, f"PYTHON={python}", code=2).stderr.splitlines()[0]
        assert error.startswith(
            f"error: {python} must be Python 3.11 to 3.14 with venv: run `apt install python3-venv`"
        )
        assert not (new.folder / ".venv").exists()
