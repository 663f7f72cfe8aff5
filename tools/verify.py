"""Compare DVC's cache and the pipeline's outputs with their MD5s, and remove what is damaged.

DVC trusts a cache object once it has written it, so damage done later by a disk or a hand would spread at the next
checkout. What this removes, `dvc repro` makes again. Run by ``make verify``.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import yaml

CACHE = Path(".dvc/cache/files/md5")


def md5(path: Path) -> str:
    """Compute the MD5 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def is_whole(path: Path, digest: str) -> bool:
    """Tell whether an output is what its digest in dvc.lock says; a folder's digest is that of its listing."""
    if path.is_file():
        return md5(path) == digest
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    listing = [{"md5": md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
    return f"{hashlib.md5(json.dumps(listing).encode()).hexdigest()}.dir" == digest  # noqa: S324  DVC's digest


def main() -> int:
    """Remove each damaged file with a line; the exit code is 1 where there was one."""
    damaged = [path for path in CACHE.glob("*/*") if f"{path.parent.name}{path.name}".removesuffix(".dir") != md5(path)]
    for stage in yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))["stages"].values():
        outs = {Path(out["path"]): out["md5"] for out in stage.get("outs", [])}
        damaged += [path for path, digest in outs.items() if path.exists() and not is_whole(path, digest)]
    for path in damaged:
        print(f"removed, since it is not what its MD5 says: {path}")
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    print(f"{len(damaged)} damaged; `dvc repro` makes them again" if damaged else "everything is as dvc.lock says")
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(main())
