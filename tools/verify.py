"""Compare DVC's cache and the pipeline's outputs with their MD5s, and report damaged files. Run by ``make verify``.

DVC trusts the objects in its cache, so later damage, by a disk or by hand, would spread at the next checkout. This
script removes nothing. It prints the commands that do; after them, `dvc repro` recreates the files.
"""

import hashlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import yaml


def md5(path: Path) -> str:
    """Compute the MD5 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def is_whole(path: Path, digest: str) -> bool:
    """Check whether an output matches its digest in dvc.lock. A folder's digest is the digest of its listing."""
    if path.is_file():
        return md5(path) == digest
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    listing = [{"md5": md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
    return f"{hashlib.md5(json.dumps(listing).encode()).hexdigest()}.dir" == digest  # noqa: S324  DVC's digest


def main() -> int:
    """Print the command that removes each damaged file. The exit code is 1 if there are any."""
    cache = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"], check=True, capture_output=True, text=True
    ).stdout.strip()
    objects = Path(cache, "files/md5").glob("*/*")
    damaged = [path for path in objects if f"{path.parent.name}{path.name}".removesuffix(".dir") != md5(path)]
    for stage in yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))["stages"].values():
        outs = {Path(out["path"]): out["md5"] for out in stage.get("outs", [])}
        damaged += [path for path, digest in outs.items() if path.exists() and not is_whole(path, digest)]
    if not damaged:
        print("every output and cache object matches its MD5")
        return 0
    print(f"{len(damaged)} damaged; remove them and run `dvc repro`:")
    for path in damaged:
        print(f"rm -r {shlex.quote(str(path))}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
