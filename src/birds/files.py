"""Read files, and write them atomically: JSON, CSV, .npy and .npz."""

import csv
import errno
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from birds.errors import UserError

FilePath = str | os.PathLike[str]


@contextmanager
def replacing(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path. It replaces `path` if the block succeeds, else it is removed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(
        f".part-{os.getpid()}-{path.name}"
    )  # one per process: a stage may outlive a killed dvc
    try:
        yield part
        part.replace(path)
    except OSError as error:
        error.filename = str(
            path
        )  # the error of a full disk has no name, and users do not know the temporary one
        raise
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: FilePath, content: bytes) -> None:
    """Write a file."""
    with replacing(path) as part:
        part.write_bytes(content)


def read_bytes(path: FilePath, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes. A pipe, which might never end, raises OSError."""
    path = Path(path)
    if path.stat().st_size > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    if not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return path.read_bytes()


def write_json(path: FilePath, value: Any) -> None:
    """Write a value as indented JSON with a final newline."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: FilePath) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_bytes())


def write_csv(
    path: FilePath, header: Iterable[str], rows: Iterable[Iterable[Any]]
) -> None:
    r"""Write a table with a header; lines end with ``\n`` on every system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())


def read_csv(path: FilePath) -> list[list[str]]:
    """Read the rows of a table, without its header."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return rows


def write_npy(path: FilePath, array: npt.NDArray[Any]) -> None:
    """Write one array to an .npy file."""
    with replacing(path) as part, part.open("wb") as file:
        # NumPy writes to a real file without Python, and gives no reason for a failure.
        np.save(SimpleNamespace(write=file.write), array)


def read_npy(path: FilePath) -> npt.NDArray[Any]:
    """Memory-map the array of an .npy file, read-only. Raise UserError if the file is missing or damaged."""
    with _readable(path):
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def write_npz(path: FilePath, **arrays: npt.ArrayLike) -> None:
    """Write named arrays to an uncompressed .npz file. Its bytes depend only on the arrays.

    `numpy.savez` leaves the headers to zipfile, and Python 3.11.4 changed them (CPython issue 103861).
    """
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array), allow_pickle=False)
            header = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            header.create_system = 3  # Unix, on every system
            archive.writestr(header, content.getvalue())


def read_npz(path: FilePath) -> dict[str, npt.NDArray[Any]]:
    """Read the named arrays of an .npz file. Raise UserError if the file is missing or damaged."""
    # Opened here, because NumPy does not close a damaged file that it has opened.
    with (
        _readable(path),
        Path(path).open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return dict(arrays)


@contextmanager
def _readable(path: FilePath) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} is missing: run `make repro` to create it") from None
    except Exception as error:  # zipfile and NumPy raise many types
        raise UserError(
            f"{path} is not a complete {Path(path).suffix} file: {error}"
        ) from error
