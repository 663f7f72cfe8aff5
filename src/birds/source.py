"""Where the data comes from: a folder of one's own, the official archive, or the stand-in."""

import hashlib
import os
import shutil
import sys
import tarfile
from pathlib import Path

import pooch
import requests

from birds import cifar10, files, synthetic
from birds.errors import SourceError

FOLDER_VARIABLE = "CIFAR10_DIR"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_URL = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
ARCHIVE_FOLDER = "cifar-10-batches-py"
TIMEOUT = (10, 30)  # seconds to connect, and to wait for the next bytes
STAND_IN_SEED = 0


class UnreachableError(SourceError):
    """The real data is neither on this machine nor can it be fetched."""


def obtain(dataset: str, folder: Path) -> str:
    """Put `data_batch_1` into a folder.

    Parameters
    ----------
    dataset : {'auto', 'cifar10', 'synthetic'}
        As in params.yaml.
    folder : Path
        Where the batch goes; it is emptied first.

    Returns
    -------
    str
        What it is: 'cifar10' or 'synthetic'.

    Raises
    ------
    SourceError
        If the real data was asked for and cannot be had, or what was found is not the real data.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if dataset != "synthetic":
        try:
            for name in cifar10.SHA256:
                files.write_bytes(folder / name, _real_batch(name))
            return "cifar10"
        except UnreachableError as error:
            if dataset != "auto":
                raise
            print(f"note: {error}", file=sys.stderr)
    images, labels = synthetic.make_batch(STAND_IN_SEED)
    files.write_bytes(folder / "data_batch_1", cifar10.encode_batch(images, labels, "stand-in batch 1 of 1"))
    return "synthetic"


def _real_batch(name: str) -> bytes:
    """Read one real batch, its digest checked."""
    own_folder = os.environ.get(FOLDER_VARIABLE)
    if own_folder:
        path = Path(own_folder) / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SourceError(
                f"{FOLDER_VARIABLE} is {own_folder}, but {path} cannot be read: {error.strerror}"
            ) from error
        origin = str(path)
    else:
        archive = _archive()
        content = _member(archive, f"{ARCHIVE_FOLDER}/{name}")
        origin = f"{name} of {archive}"
    digest = hashlib.sha256(content).hexdigest()
    if digest != cifar10.SHA256[name]:
        raise SourceError(f"{origin} is not the official {name}: its SHA-256 is {digest}, not {cifar10.SHA256[name]}")
    return content


def _archive() -> Path:
    """Fetch the official archive into the user's cache folder, once."""
    cache = Path(pooch.os_cache("birds"))
    downloader = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT)
    try:
        found = pooch.retrieve(ARCHIVE_URL, f"md5:{ARCHIVE_MD5}", fname=ARCHIVE, path=cache, downloader=downloader)
    except (requests.ConnectionError, requests.Timeout, requests.HTTPError) as error:
        raise UnreachableError(
            f"CIFAR-10 could not be had: {FOLDER_VARIABLE} is not set, and {ARCHIVE_URL} could not be fetched "
            f"({type(error).__name__}). Set {FOLDER_VARIABLE} to a folder that holds data_batch_1, or try again "
            "with a network"
        ) from error
    except (ValueError, requests.RequestException) as error:
        raise SourceError(f"{ARCHIVE_URL} did not give the official archive: {error}") from error
    return Path(found)


def _member(archive: Path, name: str) -> bytes:
    """Read one file of the archive by its exact name."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            member = tar.extractfile(tar.getmember(name))
            if member is None:
                raise KeyError
            return member.read()
    except (KeyError, tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"{archive} has no readable file {name}: delete it and try again") from error
