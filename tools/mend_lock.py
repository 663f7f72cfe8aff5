"""Take dvc.lock from git again if a killed run has left it half-written, which DVC refuses. Run by ``make repro``.

DVC writes dvc.lock in place, not under another name first, so a kill in that moment truncates it. What the run had
done by then is found again or done again by the next.
"""

import subprocess
import sys
from pathlib import Path

import yaml
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from voluptuous import Invalid

LOCK = Path("dvc.lock")


def main() -> None:
    """Check dvc.lock as DVC does."""
    try:
        if LOCK.exists():
            COMPILED_LOCKFILE_SCHEMA(yaml.safe_load(LOCK.read_text(encoding="utf-8")))
    except (Invalid, yaml.YAMLError):
        print(f"{LOCK} was half-written by a killed run; it is taken from git again", file=sys.stderr)
        subprocess.run(["git", "checkout", "--", str(LOCK)], check=True)


if __name__ == "__main__":
    main()
