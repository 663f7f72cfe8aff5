"""NumPy arrays in files, written whole or not at all; nothing is pickled."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import files
from birds.errors import UserError


def write_npy(path: str | os.PathLike[str], array: npt.NDArray[Any]) -> None:
    """Write one array to an .npy file."""
    with files.replacing(path) as part, part.open("wb") as file:
        # given the file itself, NumPy writes past Python and gives no reason when it fails
        np.save(SimpleNamespace(write=file.write), array)


def read_npy(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Map the array of an .npy file into memory, read-only.

    Raises
    ------
    UserError
        If the file is missing or is not a whole .npy file.
    """
    with _readable(path):
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def write_npz(path: str | os.PathLike[str], **arrays: npt.ArrayLike) -> None:
    """Write named arrays to an uncompressed .npz file, whose bytes depend on the arrays alone."""
    with files.replacing(path) as part, part.open("wb") as file:
        np.savez(file, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]


def read_npz(path: str | os.PathLike[str]) -> dict[str, npt.NDArray[Any]]:
    """Read the named arrays of an .npz file.

    Raises
    ------
    UserError
        If the file is missing or is not a whole .npz file.
    """
    # opened here, since NumPy leaves a file open that it opened and found damaged
    with _readable(path), Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


@contextmanager
def _readable(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} is missing: run `dvc repro` to make it") from None
    except Exception as error:  # zipfile and NumPy raise many kinds
        raise UserError(f"{path} is not a whole {Path(path).suffix} file: {error}") from error
