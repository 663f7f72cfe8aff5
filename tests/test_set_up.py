"""tools/set_up.py: what it installs and what it leaves alone, with local wheels as packages."""

import hashlib
import os
import re
import shutil
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from projects import ROOT, NewProject, Project

SET_UP = (sys.executable, "tools/set_up.py", "requirements.lock")
SET_UP_DEV = (sys.executable, "tools/set_up.py", "requirements-dev.lock")
PYTHON = ".venv/bin/python"
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
    uv = {"uv-1.0.data/scripts/uv": f'#!/bin/sh\nexec "{UV}" "$@"\n'.encode()}
    runtime = write_wheel_of(folder, "flit_core")
    (folder / "requirements.lock").write_text(runtime)
    rest = write_wheel_of(folder, TOOL) + write_wheel(folder, "uv", "1.0", uv)
    (folder / "requirements-dev.lock").write_text(runtime + rest)
    return folder


@pytest.fixture
def project_with_wheels(new_project: NewProject, wheels: Path) -> Project:
    project = new_project(
        PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels),
        PIP_USER="1", UV_NO_CACHE="1",
    )  # fmt: skip
    for lock in wheels.glob("*.lock"):
        shutil.copy(lock, project.folder)
    return project


def change_hash(project: Project, lock: str, package: str) -> None:
    """Change the hash of a package in a lock file."""
    text = project.read(lock)
    changed = re.sub(rf"({package}==.*\n +--hash=sha256:)\w{{8}}", r"\g<1>00000000", text)
    assert changed != text
    project.write(lock, changed.encode())


def installer(project: Project) -> str:
    """Return the name of the tool that installed the packages."""
    (record,) = project.folder.glob(".venv/lib/*/site-packages/flit_core-*.dist-info/INSTALLER")
    return record.read_text().strip()


def test_make_test_adds_packages_and_nothing_is_installed_twice(project_with_wheels: Project) -> None:
    assert "installing requirements.lock" in project_with_wheels.run(*SET_UP).stdout
    shown = project_with_wheels.run(PYTHON, "-c", "import birds; print(birds.__file__)").stdout
    assert shown == f"{project_with_wheels.folder}/src/birds/__init__.py\n"
    project_with_wheels.run(PYTHON, "-c", f"import {TOOL}", code=1)
    assert "installing requirements-dev.lock" in project_with_wheels.run(*SET_UP_DEV).stdout
    for command in SET_UP, SET_UP_DEV, SET_UP:
        (project_with_wheels.folder / command[-1]).touch()
        done = project_with_wheels.run(*command)
        assert (done.stdout, done.stderr) == ("", "")
    project_with_wheels.run(PYTHON, "-c", f"import {TOOL}")


@pytest.mark.parametrize("uv", ["user's", "lock file's", "broken", "wrong hash"])
def test_uv_installs_and_pip_is_the_fallback(project_with_wheels: Project, tmp_path: Path, uv: str) -> None:
    project_with_wheels.environment["PATH"] = str(tmp_path)
    if uv == "user's":
        (tmp_path / "uv").symlink_to(UV)
        project_with_wheels.write("requirements-dev.lock", b"")
    elif uv == "broken":
        (tmp_path / "uv").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "uv").chmod(0o755)
    elif uv == "wrong hash":
        change_hash(project_with_wheels, "requirements-dev.lock", "uv")
    output = project_with_wheels.run(*SET_UP).stdout
    assert installer(project_with_wheels) == ("uv" if uv in ("user's", "lock file's") else "pip"), output
    project_with_wheels.run(PYTHON, "-c", "import birds")


def test_uv_uses_the_indexes_in_pips_settings(project_with_wheels: Project, wheels: Path, tmp_path: Path) -> None:
    (wheel,) = wheels.glob("flit_core-*.whl")
    other = wheel.with_name("flit_core-0.1-py3-none-any.whl")
    for index, file in ("old", other), ("new", wheel):
        (tmp_path / index / "flit-core").mkdir(parents=True)
        (tmp_path / index / "flit-core/index.html").write_text(f'<a href="{file.as_uri()}">{file.name}</a>')
    url = tmp_path.as_uri()
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex-url = http://127.0.0.1:9\nextra-index-url =\n  {url}/old\n  {url}/new\n"
        f"[install]\nindex-url = {url}/none\n"
    )
    del project_with_wheels.environment["PIP_NO_INDEX"], project_with_wheels.environment["PIP_FIND_LINKS"]
    project_with_wheels.environment["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
    project_with_wheels.run(*SET_UP)
    assert installer(project_with_wheels) == "uv"


def test_a_package_with_a_wrong_hash_is_rejected_and_the_environment_still_works(project_with_wheels: Project) -> None:
    project_with_wheels.run(*SET_UP)
    change_hash(project_with_wheels, "requirements-dev.lock", TOOL)
    done = project_with_wheels.run(*SET_UP_DEV, code=1)
    assert "error: the set-up failed at `.venv/bin/python -m pip install" in done.stderr
    assert "Traceback" not in done.stderr
    project_with_wheels.run(PYTHON, "-c", "import birds")
    project_with_wheels.run(PYTHON, "-c", f"import {TOOL}", code=1)


def test_the_users_own_environment_is_left_alone(project_with_wheels: Project) -> None:
    project_with_wheels.write(".venv/mine.txt", b"mine")
    assert "was not created by make: rename or remove it" in project_with_wheels.run(*SET_UP, code=1).stderr
    assert [path.name for path in (project_with_wheels.folder / ".venv").iterdir()] == ["mine.txt"]


def test_a_moved_project_gets_a_new_environment(project_with_wheels: Project) -> None:
    project_with_wheels.write(".venv/.project", b"/where/it/was")
    project_with_wheels.write(".venv/old.txt", b"old")
    assert f"creating {project_with_wheels.folder}/.venv" in project_with_wheels.run(*SET_UP).stdout
    assert not (project_with_wheels.folder / ".venv/old.txt").exists()


def test_the_lock_files_agree_and_contain_no_index() -> None:
    runtime, dev = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    pin = re.compile(r"^\S.*(?:\n +--hash=sha256:\w{64}(?: \\)?)+$", re.MULTILINE)
    assert {*pin.findall(runtime)} < {*pin.findall(dev)}
    assert pin.sub("", runtime).split() == pin.sub("", dev).split() == []
