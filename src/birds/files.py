"""Write files whole or not at all, and read them back: NumPy arrays, JSON and CSV; nothing is pickled."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from birds.errors import UserError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path that takes the place of `path` when the block ends well, and is removed otherwise.

    Parameters
    ----------
    path : path-like
        The final name. Its folder is made where it is missing.

    Yields
    ------
    Path
        A name in the same folder and with the same suffix, to write to.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{os.getpid()}-{path.name}")  # of this process alone: a killed dvc's stage may go on
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file."""
    with replacing(path) as part:
        part.write_bytes(content)


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Read a regular file that is no larger than a limit in bytes.

    Raises
    ------
    OSError
        If it cannot be read, is larger, or is a folder, a pipe or a device, whose reading might never end.
    """
    path = Path(path)
    if path.stat().st_size > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    if not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return path.read_bytes()


def write_array(path: str | os.PathLike[str], array: npt.NDArray[Any]) -> None:
    """Write one array to an .npy file."""
    with replacing(path) as part, part.open("wb") as file:
        # given the file itself, NumPy writes past Python and gives no reason when it fails
        np.save(SimpleNamespace(write=file.write), array)


def read_array(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Map the array of an .npy file into memory, read-only.

    Raises
    ------
    UserError
        If the file is missing or is not a whole .npy file.
    """
    with _readable(path):
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def write_arrays(path: str | os.PathLike[str], **arrays: npt.ArrayLike) -> None:
    """Write named arrays to an uncompressed .npz file, whose bytes depend on the arrays alone."""
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]


def read_arrays(path: str | os.PathLike[str]) -> dict[str, npt.NDArray[Any]]:
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


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write a value as indented JSON with a final newline."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_bytes())


def write_csv(path: str | os.PathLike[str], header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table with a header, its lines ending in a newline alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())


def read_csv(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Read a table with a header as one dict a row."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
