"""Where the data comes from: a folder of one's own, the official archive, or the stand-in."""

import hashlib
import os
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from birds import cifar10, files
from birds.errors import SourceError

FOLDER_VARIABLE = "CIFAR10_DIR"


def obtain(dataset: str, names: Collection[str], folder: Path) -> str:
    """Put batches into a folder.

    Parameters
    ----------
    dataset : {'auto', 'cifar10', 'synthetic'}
        As in params.yaml.
    names : collection of str
        File names of the batches, such as ``data_batch_1``.
    folder : Path
        Where they go; it is emptied first.

    Returns
    -------
    str
        What they are: 'cifar10' or 'synthetic'.

    Raises
    ------
    SourceError
        If the real data was asked for and cannot be had, or what was found is not the real data.
    """
    shutil.rmtree(folder, ignore_errors=True)
    batches = None if dataset == "synthetic" else _real_batches(names, may_fail=dataset == "auto")
    for name in names:
        if batches:
            content = batches[name]
        else:
            from birds import synthetic  # here, since it needs NumPy, and most runs no stand-in

            images, labels = synthetic.make_batch(seed=list(cifar10.SHA256).index(name))
            content = synthetic.encode_batch(images, labels, f"stand-in for {name}")
        files.write_bytes(folder / name, content)
    return "cifar10" if batches else "synthetic"


def _real_batches(names: Collection[str], *, may_fail: bool) -> dict[str, bytes] | None:
    """Read the real batches, their digests checked; where they may, give None if no mirror answers."""
    own_folder = os.environ.get(FOLDER_VARIABLE)
    if own_folder:
        origin = f"{FOLDER_VARIABLE}, {own_folder},"
        batches = {name: _own_batch(Path(own_folder), name) for name in names}
    else:
        from birds import archive  # here, since it takes a while and most runs need no network

        try:
            path = archive.download(archive.CACHE)
        except archive.UnreachableError as error:
            reason = (
                f"CIFAR-10 could not be had: {FOLDER_VARIABLE} is not set, and {error}. "
                f"Set {FOLDER_VARIABLE} to a folder that holds {', '.join(names)}, or try again with a network"
            )
            if not may_fail:
                raise SourceError(reason) from error
            print(f"note: {reason}", file=sys.stderr)
            return None
        origin = str(path)
        batches = archive.read_members(path, names)
    for name, content in batches.items():
        digest = hashlib.sha256(content).hexdigest()
        if digest != cifar10.SHA256[name]:
            raise SourceError(
                f"{name} in {origin} is not the official file: its SHA-256 is {digest}, not {cifar10.SHA256[name]}"
            )
    return batches


def _own_batch(folder: Path, name: str) -> bytes:
    """Read a batch from the user's own folder."""
    if not folder.is_dir():
        raise SourceError(f"{FOLDER_VARIABLE} is {folder}, which is not a folder; it must hold {name}")
    try:
        return files.read_bytes(folder / name, cifar10.BATCH_BYTES_MAX)
    except OSError as error:
        raise SourceError(f"{FOLDER_VARIABLE} is {folder}, whose {name} cannot be read: {error.strerror}") from error
