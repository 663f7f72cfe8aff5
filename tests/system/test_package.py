"""The package that pip builds and installs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import yaml

from projects import ROOT, git


def test_the_wheel_contains_all_package_files_and_the_licence(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "flit_core.wheel", "--outdir", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        package = {f"src/{name}" for name in archive.namelist() if name.startswith("birds/")}
        (licence,) = [name for name in archive.namelist() if name.endswith("/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert package == {*git("ls-files", "--cached", "--others", "--exclude-standard", "src/birds").decode().split()}


def test_the_citation_and_the_changelog_have_the_current_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    assert re.findall(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0] == version


def test_the_lock_files_agree_and_contain_no_index() -> None:
    runtime, dev = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    pin = re.compile(r"^\S.*(?:\n +--hash=sha256:\w{64}(?: \\)?)+$", re.MULTILINE)
    assert {*pin.findall(runtime)} < {*pin.findall(dev)}
    assert pin.sub("", runtime).split() == pin.sub("", dev).split() == []
