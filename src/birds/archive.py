"""The official archive of CIFAR-10: fetched once, and its batches read out of it."""

import gzip
import os
import sys
import tarfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pooch
import requests

from birds.cifar10 import BATCH_BYTES_MAX
from birds.errors import SourceError

# In the order in which they are tried. A mirror is a folder that holds the archive under its official name.
MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
CACHE = Path(pooch.os_cache("birds"))
CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
RETRIES = 2  # of each mirror, after 1 and 2 seconds


@dataclass(frozen=True)
class Archive:
    """What is known of an archive: its file name, its size in bytes, its digest and the folder its files lie in."""

    name: str
    size: int
    md5: str
    folder: str
    unpacked_size_max: int


OFFICIAL = Archive(
    name="cifar-10-python.tar.gz",
    size=170_498_071,
    md5="c58f30108f718f92721af3b95e74349a",
    folder="cifar-10-batches-py",
    unpacked_size_max=200_000_000,
)


class UnreachableError(SourceError):
    """No mirror answered with the archive."""


def download(
    cache: str | os.PathLike[str],
    archive: Archive = OFFICIAL,
    mirrors: Sequence[str] = MIRRORS,
    stall_seconds: float = STALL_SECONDS,
) -> Path:
    """Fetch the archive from the first mirror that serves it, unless the cache holds it already.

    Parameters
    ----------
    cache : path-like
        The folder to keep it in. Nothing gets the archive's name there before its digest was found right.
    archive : Archive
    mirrors : sequence of str
        Addresses of folders, each ending in a slash.
    stall_seconds : float
        How long to wait for the next bytes before a try is given up.

    Returns
    -------
    Path
        The archive in the cache.

    Raises
    ------
    UnreachableError
        If no mirror answered.
    SourceError
        If none served the archive, and one served something else in its place.
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
            failures.append(f"{mirror} cannot be reached or breaks off ({type(error).__name__})")
        except ValueError:
            failures.append(f"{mirror} serves other bytes than the official archive's")
            has_wrong_bytes = True
    reasons = f"{archive.name} could not be fetched: {'; '.join(failures)}"
    raise SourceError(reasons) if has_wrong_bytes else UnreachableError(reasons)


def read_members(path: str | os.PathLike[str], names: Collection[str], archive: Archive = OFFICIAL) -> dict[str, bytes]:
    """Read files of the archive by their exact names, without unpacking anything to disk.

    Parameters
    ----------
    path : path-like
        The archive.
    names : collection of str
        Names of files in its folder.
    archive : Archive

    Returns
    -------
    dict
        From each name to its content.

    Raises
    ------
    SourceError
        If the file cannot be read as the archive, lacks one of the files or unpacks to more than it should.
    """
    wanted = {f"{archive.folder}/{name}": name for name in names}
    found: dict[str, bytes] = {}
    try:
        with gzip.open(path) as unpacked:
            bounded = cast(IO[bytes], _Bounded(cast(IO[bytes], unpacked), archive.unpacked_size_max))
            with tarfile.open(fileobj=bounded, mode="r|") as tar:
                for member in tar:
                    if member.name in wanted and member.isreg() and member.size <= BATCH_BYTES_MAX:
                        found[wanted[member.name]] = cast(IO[bytes], tar.extractfile(member)).read()
                    if len(found) == len(wanted):
                        return found
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        raise SourceError(f"{path} is not the official archive ({error}): delete it and try again") from error
    missing = ", ".join(name for name in names if name not in found)
    raise SourceError(f"{path} is not the official archive (it has no file {missing}): delete it and try again")


class _Bounded:
    """A file that refuses to pass more bytes than a limit."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file = file
        self.limit = limit
        self.passed = 0

    def read(self, size: int) -> bytes:
        return self._count(self.file.read(size))

    def write(self, chunk: bytes) -> None:
        self.file.write(self._count(chunk))

    def flush(self) -> None:
        self.file.flush()

    def _count(self, chunk: bytes) -> bytes:
        self.passed += len(chunk)
        if self.passed > self.limit:
            raise ValueError(f"more than {self.limit} bytes")
        return chunk
