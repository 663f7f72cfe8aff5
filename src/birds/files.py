"""Read files, and write them atomically: JSON, CSV and .npz."""

import csv
import errno
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds.errors import UserError

FilePath = str | os.PathLike[str]
Arrays = Mapping[str, npt.NDArray[Any]]  # by name, as in an .npz file


@contextmanager
def replacing(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path. It replaces `path` if the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # One for each process, because a stage may outlive a killed DVC.
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        # The error of a full disk has no name, and users do not know the temporary one.
        error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def readable(path: FilePath) -> Iterator[None]:
    """Turn each error of reading a file into a UserError that names the file."""
    try:
        yield
    except FileNotFoundError:
        message = f"{path} is missing: run `make repro` to create it"
        raise UserError(message) from None
    except OSError:
        raise  # says what is wrong, such as a lack of permission
    except Exception as error:  # each format raises its own types
        advice = "restore it, or remove it and run `make repro`"
        raise UserError(f"{path} is damaged: {advice} ({error})") from error


def write_bytes(path: FilePath, content: bytes) -> None:
    """Write a file atomically, and create its folder."""
    with replacing(path) as part:
        part.write_bytes(content)


def read_bytes(path: FilePath, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes.

    A pipe, which might never end, raises OSError.
    """
    path = Path(path)
    if path.stat().st_size > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    if not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return path.read_bytes()


def write_json(path: FilePath, value: Any) -> None:
    """Write a value as indented JSON with a final newline."""
    text = json.dumps(value, indent=2, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def read_json(path: FilePath) -> Any:
    """Read a JSON file. Raise UserError if it is missing or damaged."""
    with readable(path):
        return json.loads(Path(path).read_bytes())


def write_csv(
    path: FilePath, header: Iterable[str], rows: Iterable[Iterable[Any]]
) -> None:
    r"""Write a table with a header. Lines end with ``\n`` on every system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())


def read_csv(path: FilePath) -> list[list[str]]:
    """Read the rows of a table, without its header.

    Raise UserError if the file is missing or damaged.
    """
    with readable(path):
        text = Path(path).read_text(encoding="utf-8")
        header, *rows = csv.reader(text.splitlines())
        if any(len(row) != len(header) for row in rows):
            raise ValueError("its rows have different lengths")
    return rows


def write_npz(path: FilePath, **arrays: npt.ArrayLike) -> None:
    """Write named arrays to an uncompressed .npz file.

    Its bytes depend only on the arrays. `numpy.savez` leaves the headers to zipfile,
    and Python 3.11.4 changed them (CPython issue 103861).
    """
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            header = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            header.create_system = 3  # Unix, on every system
            with archive.open(header, "w") as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


def read_npz(path: FilePath) -> dict[str, npt.NDArray[Any]]:
    """Read the named arrays of an .npz file.

    Raise UserError if the file is missing or damaged.
    """
    # Opened here, because NumPy does not close a damaged file that it has opened.
    with (
        readable(path),
        Path(path).open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return dict(arrays)
