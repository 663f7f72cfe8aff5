"""Files are written whole or not at all. Damaged ones give a one-line error, without unpickling."""

import errno
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from birds import files
from birds.errors import UserError


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_missing_and_damaged_arrays_give_a_one_line_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    read, save = (files.read_npy, np.save) if name == "x.npy" else (files.read_npz, np.savez)
    with pytest.raises(UserError, match=f"^{path} is missing: run `make repro` to create it$"):
        read(path)
    save(path, np.zeros(1000))
    whole = path.read_bytes()
    save(path, np.array([{}], dtype=object))
    for content in path.read_bytes(), *(whole[:kept] for kept in (0, 5, 100, 1000)):
        path.write_bytes(content)
        with pytest.raises(UserError, match=rf"^{path} is not a complete {path.suffix} file: .+$"):
            read(path)


def test_the_error_of_a_full_disk_names_the_file_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new folder/x.npz"
    with pytest.raises(OSError, match="No space") as caught, files.replacing(path) as part:  # noqa: PT012
        part.write_bytes(b"half")
        assert part in path.parent.iterdir(), "another file system cannot replace a file in one step"
        assert str(os.getpid()) in part.name, "another process may write the same file"
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(path)
    assert [*path.parent.iterdir()] == []


def test_json_and_npz_files_are_the_same_on_every_machine(tmp_path: Path) -> None:
    files.write_json(tmp_path / "x.json", {"train": 71.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "x.json", float("nan"))
    assert (tmp_path / "x.json").read_bytes() == b'{\n  "train": 71.5\n}\n'
    files.write_npz(tmp_path / "x.npz", x=np.arange(3))
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        (info,) = archive.infolist()
    assert (info.date_time, info.create_system, info.extract_version) == ((1980, 1, 1, 0, 0, 0), 3, 20)
