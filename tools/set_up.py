"""Create .venv from a lock file, or update it. ``make`` runs this first; it needs only Python.

uv installs the packages, several times faster than pip: the user's uv, or the locked version. If uv fails, pip installs
them. The script never touches a .venv that it did not create. It recreates its own .venv only if the folder was moved,
and a failed update leaves .venv as it was.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ENVIRONMENT = Path(".venv")
PYTHON = ENVIRONMENT / "bin/python"
HOME = ENVIRONMENT / ".project"  # contains the path of the environment, which works nowhere else
READY = ENVIRONMENT / ".ready"  # contains the name of the installed lock file, and the fingerprint
DEV = "requirements-dev.lock"  # includes all of requirements.lock
INSTALLED = ("requirements.lock", DEV, "pyproject.toml", "tools/set_up.py")
UV_NAMES = {  # uv does not read pip's settings
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_OFFLINE",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def fingerprint() -> str:
    """Compute the SHA-256 of all files that determine what is installed."""
    return hashlib.sha256(b"\0".join(Path(name).read_bytes() for name in INSTALLED)).hexdigest()


def uv_settings() -> dict[str, str]:
    """Translate the user's pip settings for uv."""
    pip_config = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(pip_config, capture_output=True, text=True, check=False).stdout
    settings = dict(re.findall(r"^(\S+)='(.+)'$", listed, re.MULTILINE))
    return {
        uv_name: ("," if name == "find-links" else " ").join(settings[f"{section}.{name}"].replace("\\n", " ").split())
        for section in ("global", "install", ":env:")  # each overrides the previous one
        for name, uv_name in UV_NAMES.items()
        if f"{section}.{name}" in settings
    }


def run(*command: str | Path, **settings: str) -> None:
    """Run a command, and ignore the user's settings about where to install."""
    here = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    subprocess.run(command, check=True, env={**settings, **os.environ, **here})


def install(lock: str, *installer: str | Path, **settings: str) -> None:
    """Install the packages in a lock file, and then this project, which needs one of them to build."""
    run(*installer, "--require-hashes", "--requirement", lock, **settings)
    run(*installer, "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".", **settings)


def install_by_uv(lock: str) -> None:
    """Install with the user's uv, or with the locked one, which pip installs temporarily."""
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv")
        if not uv:
            locked = re.findall(r"^uv==.*(?:\n +--hash=.*)+", Path(DEV).read_text(encoding="utf-8"), re.MULTILINE)
            requirement = Path(folder, "uv.txt")
            requirement.write_text("\n".join(locked), encoding="utf-8")
            pip = (sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "--only-binary=:all:")
            run(*pip, "--target", folder, "--requirement", requirement)
            uv = f"{folder}/bin/uv"
        # Like pip, trust the system's certificates, and look in all indexes for a version. The hashes make this safe.
        like_pip = {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
        install(lock, uv, "pip", "install", "--python", PYTHON, **like_pip, **uv_settings())


def main(lock: str) -> None:
    """Set up the environment unless it is ready."""
    here = str(Path.cwd())
    is_here = HOME.exists() and HOME.read_text(encoding="utf-8") == here
    ready = READY.read_text(encoding="utf-8") if is_here and READY.exists() else ""
    if ready in (f"{lock} {fingerprint()}", f"{DEV} {fingerprint()}"):
        return
    if sys.version_info < (3, 11):  # noqa: UP036  an older Python may run this
        sys.exit(f"error: Python {sys.version.split()[0]} is too old: run `make PYTHON=/path/to/python3.11` or newer")
    if ENVIRONMENT.exists() and not (HOME.exists() or READY.exists()):
        sys.exit(f"error: {ENVIRONMENT.resolve()} was not created by make: rename or remove it, and try again")
    if not is_here:
        print(f"creating {ENVIRONMENT.resolve()}", flush=True)
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", ENVIRONMENT)
        HOME.write_text(here, encoding="utf-8")
    print(f"installing {lock} into {ENVIRONMENT}", flush=True)
    try:
        install_by_uv(lock)
    except (OSError, subprocess.CalledProcessError):
        print("uv failed, see above. Installing with pip, which takes a minute or two", flush=True)
        run(PYTHON, "-m", "ensurepip")
        install(lock, PYTHON, "-m", "pip", "install", "--disable-pip-version-check")
    READY.write_text(f"{lock} {fingerprint()}", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: the set-up failed at `{' '.join(map(str, error.cmd))}`: see above, and try again")
