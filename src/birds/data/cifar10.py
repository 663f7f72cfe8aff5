"""The Python version of CIFAR-10: its classes, its files, and how to read them.

A batch is a pickled dict. ``data`` is a uint8 array (n, 3072) with one image per row: 1,024 red, 1,024 green and 1,024
blue values, each row-major 32×32. ``labels`` is a list of n class numbers.

References
----------
A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html
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
from birds.errors import UserError

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
N_TRAIN_BATCHES = 5
BATCH_SIZE = 10_000
BATCH_BYTES_MAX = 2**25  # an official batch has 31 million bytes
SIDE = 32
CHANNELS = 3
IMAGE_SHAPE = (SIDE, SIDE, CHANNELS)
PIXEL_MAX = 255
N_FEATURES = SIDE * SIDE * CHANNELS

# The SHA-256 of every file that may be unpickled: the official batches, and the batches of `birds.data.synthetic`.
SHA256 = {
    "cifar10": {
        "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
        "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
        "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
        "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
        "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
        "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
    },
    "synthetic": {
        "data_batch_1": "e17c4c2f4f2a7cd6bc199280c649518ba2261dcb8065aa938e93a39774968878",
        "data_batch_2": "ec3b39101198ea842f4578567bec42fe118439cf464abcd1382760833f557b7d",
        "data_batch_3": "0e30efa0f12a1ffa8d5d7a59d49ceabbf8aa60483d927e01105786ed0cdaacba",
        "data_batch_4": "20309cbfb82905f5d9b17f242b63054c0e03cee8efd7bdc14cfd4a0f2c4ac12e",
        "data_batch_5": "ce94b2379c627a6829ef214d3a8612956ebf2951ae79a35320d1d548f46e69bf",
        "test_batch": "551a5eb1a1ed39ff6a82909d481d9228daebdacbffe3e8889547ec158f0d8381",
    },
}

# The data of a run, as plots and the page name it.
TITLES = {"cifar10": "CIFAR-10", "synthetic": "SYNTHETIC DATA, NOT CIFAR-10"}


def batch_names(numbers: Iterable[int]) -> list[str]:
    """Return the file names of training batches, numbered from 1 to `N_TRAIN_BATCHES`, and of the test batch."""
    return [*(f"data_batch_{number}" for number in numbers), "test_batch"]


def label_names(target_class: str) -> tuple[str, str]:
    """Return the names of labels 0 and 1, such as ``no bird`` and ``bird``."""
    return f"no {target_class}", target_class


def is_batch(content: bytes, name: str, dataset: str) -> bool:
    """Check by SHA-256 whether a file's content is the batch `name` of a dataset."""
    return hashlib.sha256(content).hexdigest() == SHA256[dataset][name]


def read_batch(path: str | Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Read a batch file, after checking that its SHA-256 is pinned in `SHA256` for its name.

    Returns
    -------
    images : ndarray of uint8, shape (10000, 32, 32, 3)
        Height × width × channel, in file order.
    classes : ndarray of int64, shape (10000,)
        Indices into `CLASSES`.

    Raises
    ------
    UserError
        If the file cannot be read or its SHA-256 is not pinned.
    """
    path = Path(path)
    try:
        content = files.read_bytes(path, BATCH_BYTES_MAX)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest not in {pinned.get(path.name) for pinned in SHA256.values()}:
        raise UserError(
            f"{path} is not the official file: its SHA-256 is {digest}; run `make repro` to replace it"
        )
    return decode_batch(content)


def decode_batch(content: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Decode the content of a batch file. Raise UnpicklingError if it asks for other code."""
    batch = _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    planes = batch["data"].reshape(-1, CHANNELS, SIDE, SIDE)
    return planes.transpose(0, 2, 3, 1), np.array(batch["labels"], np.int64)


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles NumPy arrays and Python's built-in containers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy.core", "numpy._core")  # the name in NumPy 1
        if (module, name) not in {
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }:
            raise pickle.UnpicklingError(
                f"the pickle asks for {module}.{name}, which no batch needs"
            )
        return super().find_class(module, name)
