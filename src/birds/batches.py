"""CIFAR-10's batch files, read without running anything that stands in them."""

import os

import numpy as np
import numpy.typing as npt

from birds import files, pickles
from birds.cifar10 import BATCH_BYTES_MAX, CHANNELS, CLASSES, N_FEATURES, SIDE
from birds.errors import BatchError


def read(path: str | os.PathLike[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Read a batch file without running anything that stands in it.

    Parameters
    ----------
    path : path-like
        The file, as written by Python 2 or 3 and NumPy 1 or 2.

    Returns
    -------
    images : ndarray of uint8, shape (n, 32, 32, 3)
        Height × width × channel, in file order.
    labels : ndarray of int64, shape (n,)
        Class numbers, the indices of `birds.cifar10.CLASSES`.

    Raises
    ------
    BatchError
        If the file cannot be read, is damaged, holds anything but a batch, or its shapes, types, lengths or labels
        are wrong. The message names the file and the reason.
    """
    try:
        return decode(files.read_bytes(path, BATCH_BYTES_MAX))
    except OSError as error:
        raise BatchError(f"{path}: {error.strerror}") from error
    except pickles.RefusedError as error:
        raise BatchError(f"{path} is not a CIFAR-10 batch: {error}") from error


def decode(content: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Decode what a batch file holds; see `read`.

    Raises
    ------
    RefusedError
        If it is not a batch.
    """
    batch = pickles.loads(content)
    for key in ("data", "labels"):
        if key not in batch:
            raise pickles.RefusedError(f"it has no {key!r}")
    data, labels = batch["data"], batch["labels"]
    if not isinstance(data, np.ndarray) or data.shape[1] != N_FEATURES:
        raise pickles.RefusedError(f"'data' is not a uint8 array of shape (n, {N_FEATURES})")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise pickles.RefusedError("'labels' is not a list of ints")
    if not all(0 <= label < len(CLASSES) for label in labels):
        raise pickles.RefusedError(f"'labels' has a label outside 0 to {len(CLASSES) - 1}")
    if not 0 < len(data) == len(labels):
        raise pickles.RefusedError(f"it has {len(data)} images and {len(labels)} labels")
    return data.reshape(-1, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1), np.array(labels, np.int64)
