"""Run `dvc repro`, plus what DVC cannot do: check all params, look for CIFAR-10 again, and recover from a kill.

Run by ``make repro``. DVC overwrites dvc.lock and its list of files in use without a temporary copy. A kill during the
write truncates them, and then DVC cannot read them. The next run reuses or repeats the work of the killed run.
"""

import contextlib
import getpass
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from birds import paths, stage
from birds.errors import UserError
from birds.params import Params, read_params

LOCK = Path("dvc.lock")
FILES_IN_USE = Path(".dvc/tmp/rwlock")


def dvc(*arguments: str) -> int:
    """Run a dvc command in this process and return its exit code."""
    from dvc.cli import main  # only now, because the import needs the user's name and home

    return int(main(arguments))


def set_user() -> None:
    """Set a name and a home for a user without them, for example in a container. DVC and its libraries need both."""
    try:
        getpass.getuser()
        Path.home()
    except (KeyError, OSError, RuntimeError):
        os.environ.setdefault("LOGNAME", "user")
        os.environ.setdefault("HOME", str(Path(".dvc/tmp").resolve()))


def may_replace_synthetic(params: Params) -> bool:
    """Check whether the last run fell back to synthetic data: DVC does not notice that CIFAR-10 is available now."""
    return params.dataset == "auto" and Path(paths.DATASET).exists() and stage.dataset() == "synthetic"


def repair_lock() -> bool:
    """Restore dvc.lock from git if DVC cannot read it."""
    with contextlib.redirect_stdout(io.StringIO()):  # --quiet hides only errors
        if not LOCK.exists() or dvc("stage", "list", "--quiet") == 0:
            return False
    if "\n<<<<<<< " in f"\n{LOCK.read_text(encoding='utf-8')}":
        print("dvc.lock has merge conflicts: take one side, e.g. `git checkout --ours dvc.lock`", file=sys.stderr)
        return False
    print("dvc.lock is incomplete, probably after a kill: restoring it from git", file=sys.stderr)
    return subprocess.run(["git", "checkout", "--", str(LOCK)], check=False).returncode == 0


def repair_files_in_use() -> bool:
    """Remove the list of files in use if it is incomplete. Only a run in progress would need it."""
    try:
        if FILES_IN_USE.exists():
            json.loads(FILES_IN_USE.read_text(encoding="utf-8"))
        return False
    except json.JSONDecodeError:
        print(f"{FILES_IN_USE} is incomplete, probably after a kill: removing it", file=sys.stderr)
        FILES_IN_USE.unlink()
        return True


def main() -> int:
    """Run the pipeline, and run it again after a repair."""
    try:
        params = read_params()
    except UserError as error:
        sys.exit(f"error: {error}")
    git = subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, text=True, check=False)
    if git.returncode:
        reason = git.stderr.splitlines()[0].removeprefix("fatal: ")
        sys.exit(f"error: DVC needs a git repository: {reason}; run `git init` here, or clone the project")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where stages find python
    set_user()
    if may_replace_synthetic(params):
        dvc("repro", "--force", "--single-item", "download")
    code = dvc("repro")
    return dvc("repro") if code and (repair_lock() | repair_files_in_use()) else code


if __name__ == "__main__":
    sys.exit(main())
