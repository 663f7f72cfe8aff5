"""tools/set_up.py, which make runs first: what it creates, and what it leaves alone."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from conftest import NewProject
from projects import ROOT, Project

SET_UP = (sys.executable, "tools/set_up.py", "requirements.lock")
SET_UP_DEV = (sys.executable, "tools/set_up.py", "requirements-dev.lock")
NO_NETWORK = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_USER": "1"}


@pytest.fixture
def project(new_project: NewProject) -> Project:
    return new_project(**NO_NETWORK)


def create_environment(project: Project) -> Path:
    """Create .venv as the script would, with the packages of this environment in place of downloaded ones."""
    environment = project.folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site_packages,) = environment.glob("lib/*/site-packages")
    (site_packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    (environment / ".project").write_text(str(project.folder))
    return environment


def test_make_test_adds_to_what_make_repro_installs_and_each_installs_once(project: Project) -> None:
    create_environment(project)
    assert "installing requirements.lock" in project.run(*SET_UP).stdout
    assert "installing requirements-dev.lock" in project.run(*SET_UP_DEV).stdout
    for command in SET_UP, SET_UP_DEV, SET_UP:
        assert project.run(*command).stdout == ""


def test_it_installs_once_and_again_when_the_lock_file_changes(project: Project) -> None:
    environment = create_environment(project)
    assert "installing requirements.lock" in project.run(*SET_UP).stdout
    (project.folder / "requirements.lock").touch()
    assert project.run(*SET_UP).stdout == ""
    shown = project.run(environment / "bin/python", "-c", "import birds; print(birds.__file__)").stdout
    assert shown == f"{project.folder}/src/birds/__init__.py\n"
    with (project.folder / "requirements.lock").open("a") as lock:
        lock.write(
            "no-such-package==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
        )
    done = project.run(*SET_UP, code=1)
    assert "error: the set-up failed at `.venv/bin/python -m pip install" in done.stderr
    assert "Traceback" not in done.stderr
    project.run(environment / "bin/python", "-c", "import birds")


def test_an_environment_of_the_users_is_left_alone(project: Project) -> None:
    project.write(".venv/mine.txt", b"mine")
    assert "was not created by make: rename or remove it" in project.run(*SET_UP, code=1).stderr
    assert [path.name for path in (project.folder / ".venv").iterdir()] == ["mine.txt"]


def test_a_moved_folder_gets_an_environment_of_its_own(project: Project) -> None:
    create_environment(project)
    (project.folder / ".venv/.project").write_text("/where/it/was")
    done = project.run(*SET_UP, code=1)
    assert f"creating {project.folder}/.venv" in done.stdout
    assert not [*project.folder.glob(".venv/lib/*/site-packages/others.pth")]


def test_the_lock_files_agree_and_name_no_index() -> None:
    runtime, dev = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    pin = re.compile(r"^\S.*(?:\n +--hash=sha256:\w{64}(?: \\)?)+$", re.MULTILINE)
    assert {*pin.findall(runtime)} < {*pin.findall(dev)}
    assert pin.sub("", runtime).split() == pin.sub("", dev).split() == []
