"""Array files: a round trip keeps the values; missing and damaged files give a one-line error, without unpickling."""

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files
from birds.errors import UserError

READERS: dict[str, Callable[[Path], Any]] = {"x.npy": files.read_npy, "x.npz": files.read_npz}


@pytest.fixture(params=READERS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    return path


def error_message(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        READERS[path.name](path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_round_trip_keeps_the_values(tmp_path: Path) -> None:
    x = np.arange(6.0).reshape(2, 3).T  # in Fortran order
    files.write_npy(tmp_path / "x.npy", x)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), x)
    np.testing.assert_array_equal(files.read_npy(tmp_path / "x.npy"), x)


def test_the_error_for_a_missing_file_says_what_to_do(path: Path) -> None:
    assert error_message(path) == f"{path} is missing: run `make repro` to create it"


@pytest.mark.parametrize("kept", [0, 5, 100, 1000])
def test_truncated_files_are_rejected(path: Path, kept: int) -> None:
    files.write_npy(path, np.zeros(1000)) if path.suffix == ".npy" else files.write_npz(path, x=np.zeros(1000))
    path.write_bytes(path.read_bytes()[:kept])
    assert error_message(path).startswith(f"{path} is not a complete {path.suffix} file: ")


def test_object_arrays_are_rejected(path: Path) -> None:
    objects = np.array([{}], dtype=object)
    np.save(path, objects) if path.suffix == ".npy" else np.savez(path, x=objects)
    assert error_message(path).startswith(f"{path} is not a complete {path.suffix} file: ")


def test_the_error_of_a_full_disk_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new folder/x.npz"

    def fill_the_disk() -> None:
        with files.replacing(path) as part:
            part.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left on device") as caught:
        fill_the_disk()
    assert caught.value.filename == str(path)
    assert [*path.parent.iterdir()] == []


def test_each_process_writes_to_its_own_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    with files.replacing(path) as first:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with files.replacing(path) as second:
            assert len({path, first, second}) == 3
            for part in first, second:
                assert (part.parent, part.suffix) == (path.parent, path.suffix)
                part.write_text("x")


def test_json_is_indented_and_ends_with_a_newline(tmp_path: Path) -> None:
    files.write_json(tmp_path / "x.json", {"train": 71.5})
    assert (tmp_path / "x.json").read_bytes() == b'{\n  "train": 71.5\n}\n'


def test_json_without_a_standard_form_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "x.json", float("nan"))
    assert [*tmp_path.iterdir()] == []


def test_a_file_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert files.read_bytes(tmp_path / "x", limit=5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        files.read_bytes(tmp_path / "x", limit=4)


def test_arrays_are_memory_mapped_read_only(tmp_path: Path) -> None:
    files.write_npy(tmp_path / "x.npy", np.zeros(3))
    x = files.read_npy(tmp_path / "x.npy")
    assert isinstance(x, np.memmap)
    assert not x.flags.writeable


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    files.write_csv(tmp_path / "x.csv", ["set", "cost"], [("train", "0.5"), ("a, b", 7)])
    assert (tmp_path / "x.csv").read_bytes() == b'set,cost\ntrain,0.5\n"a, b",7\n'
    assert files.read_csv(tmp_path / "x.csv") == [["train", "0.5"], ["a, b", "7"]]


def test_npz_headers_do_not_depend_on_the_machine(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "x.npz", x=np.arange(3), y="text")
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        for info in archive.infolist():
            assert (info.date_time, info.create_system, info.flag_bits) == ((1980, 1, 1, 0, 0, 0), 3, 0)
            assert (info.create_version, info.extract_version, info.extra) == (20, 20, b"")
    with np.load(tmp_path / "x.npz") as arrays:
        np.testing.assert_array_equal(arrays["x"], np.arange(3))
        assert arrays["y"] == "text"
