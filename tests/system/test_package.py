"""The Makefile, the lock files, and the package that pip builds and installs."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import yaml

from projects import ROOT, STAGES, git


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


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets[:2] == ["help", "repro"]
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [re.split("  +", line)[0] for line in lines] == targets
    assert all(len(line.split()) > 2 and len(line) <= 80 for line in lines)


def test_clean_removes_only_what_the_pipeline_wrote(tmp_path: Path) -> None:
    outs = [out for stage in STAGES.values() for out in [*stage.get("outs", []), *stage.get("metrics", [])]]
    in_git = {name for out in outs if isinstance(out, dict) for name, options in out.items() if "cache" in options}
    kept = {*in_git, "Makefile", "dvc.yaml", ".gitignore", "data/raw/note.txt", "data/raw/data_batch_1.bak"}
    kept |= {"data/published.json", "data.bak/mine", "plots/mine.png", "data/raw/data_batch_5"}
    written = {out for out in outs if isinstance(out, str)} | {"data/raw/data_batch_1", "data/raw/test_batch"}
    for name in kept | written:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("*")
    record = {"dataset": "cifar10", "batches": ["data_batch_1", "test_batch"]}
    (tmp_path / "data/raw/dataset.json").write_text(json.dumps(record, indent=2))
    for name in "Makefile", "dvc.yaml":
        shutil.copyfile(ROOT / name, tmp_path / name)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for _ in range(2):
        subprocess.run(["make", "clean"], cwd=tmp_path, capture_output=True, check=True)
        found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert {name for name in found if not name.startswith(".git/")} == kept
