"""Create .venv from a lock file, or update it. Run by ``make`` before all else; needs nothing but Python.

A .venv that this script did not create is never touched, and one that it did create is only created again where the
folder was moved: a failed update leaves it as it was.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(".venv")
PYTHON = ENVIRONMENT / "bin/python"
HOME = ENVIRONMENT / ".project"  # holds the path for which the environment was created: it works nowhere else
READY = ENVIRONMENT / ".ready"  # holds the lock file that was installed, and the fingerprint
DEV = "requirements-dev.lock"  # lists all that requirements.lock does, and more
INSTALLED = ("requirements.lock", DEV, "pyproject.toml", "tools/set_up.py")


def fingerprint() -> str:
    """Compute the SHA-256 of all files that decide what is installed."""
    return hashlib.sha256(b"\0".join(Path(name).read_bytes() for name in INSTALLED)).hexdigest()


def pip_install(*arguments: str) -> None:
    """Install into the environment, whatever the user's settings say about other places."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env={**os.environ, "PIP_USER": "0"})


def main(lock: str) -> None:
    """Set the environment up unless it is ready."""
    here = str(Path.cwd())
    is_here = HOME.exists() and HOME.read_text(encoding="utf-8") == here
    ready = READY.read_text(encoding="utf-8") if is_here and READY.exists() else ""
    if ready in (f"{lock} {fingerprint()}", f"{DEV} {fingerprint()}"):
        return
    if sys.version_info < (3, 11):  # noqa: UP036  an older one may run this
        sys.exit(f"error: Python {sys.version.split()[0]} is too old: make PYTHON=/path/to/python3.11, or newer")
    if ENVIRONMENT.exists() and not (HOME.exists() or READY.exists()):
        sys.exit(f"error: {ENVIRONMENT.resolve()} was not created by make: rename or remove it, and try again")
    if not is_here:
        print(f"creating {ENVIRONMENT.resolve()}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        HOME.write_text(here, encoding="utf-8")
    print(f"installing {lock}, which takes a minute or two", flush=True)
    pip_install("--require-hashes", "--requirement", lock)
    pip_install("--no-deps", "--no-build-isolation", "--editable", ".")
    READY.write_text(f"{lock} {fingerprint()}", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: the set-up failed at `{' '.join(map(str, error.cmd))}`: see above, and try again")
