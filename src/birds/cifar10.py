"""CIFAR-10's python version: its facts, and its batch files read and written.

A batch is a pickled dict. ``data`` is a uint8 array (n, 3072), an image a row: 1,024 red, 1,024 green and 1,024
blue values, each row-major 32×32. ``labels`` is a list of n class numbers.

References
----------
A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html
"""

import os
import struct

import numpy as np
import numpy.typing as npt

from birds import files, pickles
from birds.errors import BatchError

BATCH_BYTES_MAX = 64 * 2**20  # twice the size of an official batch
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
N_TRAIN_BATCHES = 5
TEST_BATCH_NAME = "test_batch"
SIDE = 32
CHANNELS = 3
IMAGE_SHAPE = (SIDE, SIDE, CHANNELS)
PIXEL_MAX = 255
N_FEATURES = SIDE * SIDE * CHANNELS

SHA256 = {
    "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
    "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
    "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
    "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
    "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
    "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
}


def train_batch_name(number: int) -> str:
    """Name the file of a training batch, numbered from 1 to `N_TRAIN_BATCHES`."""
    return f"data_batch_{number}"


def label_names(target_class: str) -> tuple[str, str]:
    """Name the labels 0 and 1, such as ``no bird`` and ``bird``."""
    return f"no {target_class}", target_class


def read_batch(path: str | os.PathLike[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
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
        Class numbers, the indices of `CLASSES`.

    Raises
    ------
    BatchError
        If the file cannot be read, is damaged, holds anything but a batch, or its shapes, types, lengths or labels
        are wrong. The message names the file and the reason.
    """
    try:
        return decode_batch(files.read_bytes(path, BATCH_BYTES_MAX))
    except OSError as error:
        raise BatchError(f"{path}: {error.strerror}") from error
    except pickles.RefusedError as error:
        raise BatchError(f"{path} is not a CIFAR-10 batch: {error}") from error


def decode_batch(content: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Decode what a batch file holds; see `read_batch`.

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


def encode_batch(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], name: str) -> bytes:
    """Encode a batch as Python 2 and NumPy 1 pickled the original files, in protocol 2.

    The opcodes are written out, so that the bytes depend on no version of Python or NumPy.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 32, 32, 3)
    labels : ndarray of int64, shape (n,)
        Class numbers from 0 to 9.
    name : str
        What ``batch_label`` says, such as ``training batch 1 of 5``.

    Returns
    -------
    bytes
        What `read_batch` reads from a file.
    """

    def text(value: str) -> bytes:
        return b"U" + struct.pack("<B", len(value)) + value.encode("ascii")

    n = len(images)
    rows = images.transpose(0, 3, 1, 2).tobytes()
    ints = b"".join(b"K" + struct.pack("<B", label) for label in labels.tolist())
    dtype = (
        b"cnumpy\ndtype\n("
        + text("u1")
        + b"K\x00K\x01tR(K\x03"
        + text("|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    shape = b"J" + struct.pack("<i", n) + b"M" + struct.pack("<H", N_FEATURES) + b"\x86"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + b"tR"
        b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(rows)) + rows + b"tb"
    )  # fmt: skip
    return (
        b"\x80\x02}("
        + text("batch_label") + text(name)
        + text("labels") + b"](" + ints + b"e"
        + text("data") + array
        + b"u."
    )  # fmt: skip
