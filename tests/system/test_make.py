"""The Makefile."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import yaml

from projects import ROOT


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets[:2] == ["help", "repro"]
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [re.split("  +", line)[0] for line in lines] == targets
    assert all(len(line.split()) > 2 and len(line) <= 80 for line in lines)


def test_clean_removes_only_what_the_pipeline_wrote(tmp_path: Path) -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    outs = [out for stage in stages for out in [*stage.get("outs", []), *stage.get("metrics", [])]]
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
