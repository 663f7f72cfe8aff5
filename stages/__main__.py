"""Run all stages with `dvc repro`; look for CIFAR-10 again, and repair what a kill of DVC truncated."""

import json
import subprocess
import sys
from pathlib import Path

from dvc.cli import main as dvc
from dvc.exceptions import DvcException
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils import strictyaml

from birds import paths, stage
from birds.params import Params

LOCK, FILES_IN_USE = Path("dvc.lock"), Path(".dvc/tmp/rwlock")


def is_broken(path: Path) -> bool:
    try:
        strictyaml.load(
            str(path), COMPILED_LOCKFILE_SCHEMA
        ) if path == LOCK else json.loads(path.read_bytes())
    except (DvcException, ValueError):
        return (
            b"\n<<<<<<< " not in b"\n" + path.read_bytes()
        )  # DVC names merge conflicts
    return False


def main(params: Params) -> None:
    if (
        params.dataset == "auto"
        and Path(paths.DATASET).exists()
        and stage.dataset() == "synthetic"
    ):
        dvc(["repro", "--force", "--single-item", "download"])
    code = dvc(["repro"])
    broken = [
        path
        for path in (LOCK, FILES_IN_USE)
        if code and path.exists() and is_broken(path)
    ]
    for path in broken:
        print(f"{path} cannot be parsed: moving it to {path}.broken", file=sys.stderr)
        path.rename(f"{path}.broken")
    if LOCK in broken:  # git reports what it does
        subprocess.run(["git", "checkout", "--", LOCK], check=False)  # noqa: S603, S607
    sys.exit(dvc(["repro"]) if broken else code)


stage.run(main)
