"""Read batch files, and nothing else: unpickling any other file could run its code.

A batch is a pickled dict. ``data`` is a uint8 array (10000, 3072) with one image per
row: 1,024 red, 1,024 green and 1,024 blue values, each row-major 32×32. ``labels`` is a
list of 10,000 class numbers.
"""

import hashlib
import io
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import files
from birds.data.cifar10 import CHANNELS, SIDE
from birds.errors import UserError

BATCH_BYTES_MAX = 2**25  # an official batch has 31 million bytes

# The SHA-256 of every file that may be unpickled.
OFFICIAL = {
    "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
    "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
    "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
    "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
    "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
    "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
}
SYNTHETIC = {
    "data_batch_1": "c6e241df8e400011ec2f1eccb83505d92f82055d3d0fb74fe1ca1b43e3c656db",
    "data_batch_2": "875885a5c6628eab8c7a62f4a7d1ca2c769d61c9a468afa2c03d60e08e2d3efa",
    "data_batch_3": "57134c6c5b1b7ee36e844a05a69bc9ebc4a0c63f8eb06d3ad059c184beffdf05",
    "data_batch_4": "71e1150742dc093c72c432ab038980d595ad443f867c87f9a394f03d96ee415a",
    "data_batch_5": "ce46b81a59ca1e6d0962504cdde5a0bd77600a5d56e3f64fbe5a91b173df8221",
    "test_batch": "35a09c2b3b2148e279f84aa3ec95aa5a99c6d3c2c19f49175d298cd7f977eb2c",
}
SHA256 = {"cifar10": OFFICIAL, "synthetic": SYNTHETIC}


def check_digest(content: bytes, path: Path, source: str) -> None:
    """Raise UserError unless a file's content is the batch of its name.

    Parameters
    ----------
    content : bytes
    path : Path
        Its last part is the name of the batch, such as ``data_batch_1``.
    source : {'cifar10', 'synthetic'}
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[source].get(path.name):
        raise UserError(
            f"{path} is not the {source} batch of this name: "
            f"its SHA-256 is {digest}; replace the file"
        )


Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]  # images and classes


def read_batches(paths: Iterable[Path], source: str) -> Batch:
    """Read several batch files with `read_batch`, and join their images and classes."""
    batches = [read_batch(path, source) for path in paths]
    images = np.concatenate([images for images, _ in batches])
    classes = np.concatenate([classes for _, classes in batches])
    return images, classes


def read_batch(path: Path, source: str) -> Batch:
    """Read a batch file, after checking its SHA-256.

    Parameters
    ----------
    path : Path
    source : {'cifar10', 'synthetic'}
        The source of the batch.

    Returns
    -------
    images : ndarray of uint8, shape (10000, 32, 32, 3)
        Height × width × channel, in file order.
    classes : ndarray of int64, shape (10000,)
        Indices into `birds.data.cifar10.CLASSES`.

    Raises
    ------
    UserError
        If the SHA-256 is not pinned in `SHA256` for the file's name and source.
    """
    content = files.read_bytes(path, BATCH_BYTES_MAX)
    check_digest(content, path, source)
    return decode_batch(content)


def decode_batch(content: bytes) -> Batch:
    """Decode a batch file. Raise UnpicklingError if it asks for anything but arrays."""
    # Python 2 wrote the official batches, with byte strings in place of text.
    batch = _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    planes = batch["data"].reshape(-1, CHANNELS, SIDE, SIDE)
    images = planes.transpose(0, 2, 3, 1)
    classes = np.array(batch["labels"], np.int64)
    return images, classes


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles NumPy arrays and Python's built-in containers, and nothing else."""

    ALLOWED = (
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
    )

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy.core", "numpy._core")  # NumPy 1 wrote numpy.core
        if (module, name) not in self.ALLOWED:
            message = f"the pickle asks for {module}.{name}, which no batch needs"
            raise pickle.UnpicklingError(message)
        return super().find_class(module, name)
