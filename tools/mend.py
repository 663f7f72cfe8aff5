"""Mend what a killed run has left half-written and DVC refuses. Run by ``make repro``.

DVC writes dvc.lock, and its list of the files in use, in place, not under another name first: a kill in that moment
truncates them. What the run had done by then is found again or done again by the next.
"""

import json
import subprocess
import sys
from pathlib import Path

import yaml
from dvc.lock import LockError
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from voluptuous import Invalid

LOCK = Path("dvc.lock")


def mend_lock() -> None:
    """Take dvc.lock from git again unless DVC can read it."""
    try:
        if LOCK.exists():
            COMPILED_LOCKFILE_SCHEMA(yaml.safe_load(LOCK.read_text(encoding="utf-8")))
    except (Invalid, yaml.YAMLError):
        print(f"{LOCK} was half-written by a killed run; it is taken from git again", file=sys.stderr)
        subprocess.run(["git", "checkout", "--", str(LOCK)], check=True)


def mend_files_in_use(path: Path) -> None:
    """Remove the list of the files in use unless DVC can read it; it matters to runs that go on only."""
    try:
        if path.exists():
            json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        print(f"{path} was half-written by a killed run; it is removed", file=sys.stderr)
        path.unlink()


def main() -> None:
    """Mend both files while no other run writes them."""
    repo = Repo()
    try:
        with repo.lock:
            mend_lock()
            mend_files_in_use(Path(repo.tmp_dir).relative_to(Path.cwd()) / RWLOCK_FILE)
    except LockError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
