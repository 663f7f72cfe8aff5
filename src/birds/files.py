"""Write files whole or not at all, and read them back: bytes, JSON and CSV."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
