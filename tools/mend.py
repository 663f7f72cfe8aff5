"""Mend what a killed run has left half-written. Run by ``make repro`` when `dvc repro` has failed.

DVC writes dvc.lock, and its list of the files in use, in place: a kill in that moment truncates them, and DVC refuses
what is left. The next run finds or repeats what the killed one had done. The exit code is 0 if something was mended.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path("dvc.lock")
FILES_IN_USE = Path(".dvc/tmp/rwlock")


def mend_lock() -> bool:
    """Restore dvc.lock from git if DVC cannot read it."""
    if not LOCK.exists() or subprocess.run(["dvc", "stage", "list"], capture_output=True, check=False).returncode == 0:
        return False
    if "\n<<<<<<< " in f"\n{LOCK.read_text(encoding='utf-8')}":
        print("dvc.lock has merge conflicts: take one side, as by `git checkout --ours dvc.lock`", file=sys.stderr)
        return False
    print("dvc.lock is incomplete, as after a kill: restored from git", file=sys.stderr)
    return subprocess.run(["git", "checkout", "--", str(LOCK)], check=False).returncode == 0


def mend_files_in_use() -> bool:
    """Remove the list of the files in use if it is incomplete; only a run that still goes on would need it."""
    try:
        if FILES_IN_USE.exists():
            json.loads(FILES_IN_USE.read_text(encoding="utf-8"))
        return False
    except json.JSONDecodeError:
        print(f"{FILES_IN_USE} is incomplete, as after a kill: removed", file=sys.stderr)
        FILES_IN_USE.unlink()
        return True


if __name__ == "__main__":
    sys.exit(0 if mend_lock() | mend_files_in_use() else 1)
