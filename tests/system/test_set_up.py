"""`make set-up`: what it installs and what it leaves alone, with local wheels as packages."""

import hashlib
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
NEEDED = "must be Python 3.11 to 3.14 with venv: run `apt install python3-venv`"


def build(folder: Path, name: str, version: str) -> str:
    """Add a wheel of the module with this name to the index, and return its line for a lock file."""
    facts = {"name": name, "version": version, "description": "a test", f"scripts.{name}": f"{name}:main"}
    lines = [f"{key} = '{value}'\n" for key, value in facts.items()]
    (folder / "pyproject.toml").write_text("".join(["[project]\n", *lines]))
    index = folder / "index" / name.replace("_", "-")
    subprocess.run([sys.executable, "-m", "flit_core.wheel", "--outdir", index, folder], check=True)
    (wheel,) = index.glob("*.whl")
    (index / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after `make set-up`, with settings that contradict the lock files. Each test restores it."""
    folder, flit = tmp_path_factory.mktemp("wheels"), distribution("flit_core")
    shutil.copytree(str(flit.locate_file("flit_core")), folder / "flit_core")
    real_uv = Path(sys.executable).with_name("uv")
    (folder / "uv.py").write_text(f"import os, sys\ndef main():\n    os.execv('{real_uv}', sys.argv)\n")
    (folder / "tool.py").touch()
    index, config = (folder / "index").as_uri(), folder / "pip.conf"
    config.write_text(f"[global]\nindex-url = {NOWHERE}\n[install]\nindex-url = {index}\ntarget = elsewhere\n")
    settings = {"PIP_CONFIG_FILE": str(config), "PIP_TARGET": "elsewhere", "UV_EXCLUDE_NEWER": "2020-01-01"}
    project = Project.create(tmp_path_factory.mktemp("project"), **settings)
    for variable in "MAKEFLAGS", "PYTHON", "PIP_INDEX_URL", "PIP_FIND_LINKS":
        project.environment.pop(variable, None)
    project.write("uv.toml", b'[pip]\nno-binary = [":all:"]\n')
    runtime = build(folder, "flit_core", flit.version) + build(folder, "uv", "1.0")
    project.write("requirements.lock", runtime.encode())
    project.write("requirements-dev.lock", (runtime + build(folder, "tool", "1.0")).encode())
    project.first_run = project.run(*SET_UP)
    return project


def test_make_installs_what_is_missing_and_nothing_twice(project: Project) -> None:
    assert project.first_run.stdout == f"creating {project.folder}/.venv\n{INSTALLING}"
    shown = project.run(PYTHON, "-c", "import birds; print(birds.__file__)").stdout
    assert shown == f"{project.folder}/src/birds/__init__.py\n"
    project.run(*IMPORT_TOOL, code=1)
    assert project.run(*SET_UP_DEV).stdout == INSTALLING.replace(".lock", "-dev.lock")
    for command in SET_UP, SET_UP_DEV, SET_UP:
        done = project.run(*command)
        assert (done.stdout, done.stderr) == ("", "")
    project.run(*IMPORT_TOOL)
    project.run(PYTHON, "-m", "pip", "uninstall", "-qy", "tool")


@pytest.mark.parametrize("change", ["rm bin/uv", "rm -r $0/flit_core*", "sed -i s,^,/elsewhere, $0/birds.pth"])
def test_packages_changed_by_hand_are_restored(project: Project, change: str) -> None:
    project.run("sh", "-c", f"cd .venv; {change}", "lib/*/site-packages")
    assert project.run(*SET_UP).stdout == INSTALLING
    assert project.run(*SET_UP).stdout == ""
    project.run(PYTHON, "-c", "import birds, flit_core")


def test_pip_is_the_fallback_and_both_reject_a_wrong_hash(project: Project) -> None:
    lock = project.read("requirements-dev.lock")
    project.write("requirements-dev.lock", re.sub(r"(tool==.*\n.*:).{8}", r"\g<1>00000000", lock).encode())
    done = project.run(*SET_UP_DEV, code=2)
    assert "uv failed, see above: pip installs the same packages" in done.stdout
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    project.run(*IMPORT_TOOL, code=1)
    project.write("requirements-dev.lock", lock.encode())
    assert "uv failed" in project.run("env", "UV_CACHE_DIR=/dev/null", *SET_UP_DEV).stdout
    project.run(*IMPORT_TOOL)
    project.run(PYTHON, "-m", "pip", "uninstall", "-qy", "tool")


def test_the_users_own_environment_is_left_alone(project: Project) -> None:
    project.replace(".venv/pyvenv.cfg", "birds-make", "mine")
    assert "was not made by make: rename or remove it" in project.run(*SET_UP, code=2).stderr
    project.run("make", "clean")
    project.run(PYTHON, "-c", "import birds")
    project.replace(".venv/pyvenv.cfg", "mine", "birds-make")


def test_a_copied_environment_is_made_again(project: Project, tmp_path: Path) -> None:
    new = project.copy(tmp_path / "moved here")
    new.environment["PATH"] = f"{new.folder}/.venv/bin:{new.environment['PATH']}"  # activated
    assert new.run(*SET_UP).stdout == f"creating {new.folder}/.venv\n{INSTALLING}"
    new.run(PYTHON, "-c", "import birds")


def test_another_or_a_lost_python_means_a_new_environment(project: Project, tmp_path: Path) -> None:
    """None of these Pythons can create one. The error shows that make has tried, and says what it needs."""
    python, lost = tmp_path / "python3", tmp_path / "lost"
    for lack in "version_info = (3, 10)", "version_info = (3, 15)", "modules['ensurepip'] = None":
        python.write_text(f'#!/bin/sh\n[ $1 = -VV ] || {sys.executable} -c "import sys; sys.{lack}; $2"\n')
        python.chmod(0o755)
        assert project.run(*SET_UP, f"PYTHON={python}", code=2).stderr.startswith(f"error: {python} {NEEDED}")
    assert project.run(*SET_UP, f"PYTHON={sys.executable}").stdout == "", "the environment is still there"
    (project.folder / PYTHON).rename(lost)
    path = f"PATH={tmp_path}:{project.environment['PATH']}"
    assert project.run("env", path, *SET_UP, code=2).stderr.startswith(f"error: python3 {NEEDED}")
    lost.rename(project.folder / PYTHON)
