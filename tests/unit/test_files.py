"""Files are written whole or not at all, and read or refused in one line."""

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files
from birds.errors import UserError, one_line

Reader = Callable[[Path], Any]
READERS = [files.read_json, files.read_csv, files.read_npz]


def write_until_the_disk_is_full(path: Path) -> None:
    with files.replacing(path) as part:
        part.write_text("half of the ne")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    with pytest.raises(OSError, match="No space"):
        write_until_the_disk_is_full(path)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_error_of_a_full_disk_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    with pytest.raises(OSError, match="No space") as caught:
        write_until_the_disk_is_full(path)

    assert one_line(caught.value) == f"{path}: No space left on device"


def test_missing_folders_are_created(tmp_path: Path) -> None:
    files.write_bytes(tmp_path / "new/folder/a.txt", b"new")

    assert (tmp_path / "new/folder/a.txt").read_bytes() == b"new"


def test_the_temporary_file_stands_beside_its_target_and_names_its_process(
    tmp_path: Path,
) -> None:
    with files.replacing(tmp_path / "a.txt") as part:
        part.touch()

    # git and DVC ignore .part-*.
    assert part == tmp_path / f".part-{os.getpid()}-a.txt"


@pytest.mark.parametrize("read", READERS)
def test_the_error_of_a_missing_file_says_how_to_create_it(
    read: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "a"

    with pytest.raises(UserError) as caught:
        read(path)

    assert str(caught.value) == f"{path} is missing: run `make repro` to create it"


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (files.read_json, b'{"half of'),
        (files.read_csv, b""),
        (files.read_csv, b"x,y\n1,2\n3\n"),
        (files.read_npz, b""),
        (files.read_npz, b"PK\x03\x04 half of a zip file"),
    ],
    ids=["half of JSON", "no header", "a short row", "an empty npz", "half of an npz"],
)
def test_the_error_of_a_damaged_file_says_in_one_line_what_to_do(
    read: Reader, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)

    with pytest.raises(UserError) as caught:
        read(path)

    advice = "restore it, or remove it and run `make repro`"
    assert str(caught.value).startswith(f"{path} is damaged: {advice} (")
    assert "\n" not in str(caught.value)


def test_an_npz_file_with_pickled_objects_is_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, objects=np.array([{}], dtype=object))

    with pytest.raises(UserError, match=f"^{path} is damaged: .*allow_pickle=False"):
        files.read_npz(path)


@pytest.mark.parametrize("read", READERS)
def test_a_folder_in_place_of_a_file_is_not_called_damaged(
    read: Reader, tmp_path: Path
) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        read(tmp_path)

    assert one_line(caught.value) == f"{tmp_path}: Is a directory"


JSON = b'{\n  "train": 71.5\n}\n'
CSV = b'name,cost\n"a, b",0.5\nc,1\n'


def test_json_is_indented_and_ends_with_a_newline(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a.json", {"train": 71.5})

    assert (tmp_path / "a.json").read_bytes() == JSON


def test_json_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(JSON)

    assert files.read_json(tmp_path / "a.json") == {"train": 71.5}


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", float("nan"))


def test_csv_has_a_header_and_quotes_a_comma(tmp_path: Path) -> None:
    files.write_csv(tmp_path / "a.csv", ["name", "cost"], [["a, b", 0.5], ["c", 1]])

    assert (tmp_path / "a.csv").read_bytes() == CSV


def test_csv_is_read_as_text_without_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)

    assert files.read_csv(tmp_path / "a.csv") == [["a, b", "0.5"], ["c", "1"]]


def test_npz_keeps_names_values_and_types(tmp_path: Path) -> None:
    x = np.array([[1, 2]], np.uint8)

    files.write_npz(tmp_path / "a.npz", x=x, name="bird")

    with np.load(tmp_path / "a.npz") as written:
        assert list(written) == ["x", "name"]
        np.testing.assert_array_equal(written["x"], x, strict=True)
        assert written["name"] == "bird"


def test_npz_with_objects_which_would_be_pickled_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        files.write_npz(tmp_path / "a.npz", objects=np.array([{}], dtype=object))

    assert not list(tmp_path.iterdir())


def test_npz_is_read_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=[1.5, 2.5], name="bird")

    arrays = files.read_npz(tmp_path / "a.npz")

    assert arrays["x"].tolist() == [1.5, 2.5]
    assert arrays["name"] == "bird"


def test_the_headers_of_an_npz_file_have_the_same_date_system_and_version_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    files.write_npz(tmp_path / "a.npz", x=np.arange(3))

    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        info = archive.getinfo("x.npy")
    assert info.date_time == (1980, 1, 1, 0, 0, 0)
    assert info.create_system == 3  # Unix
    assert info.extract_version == 20  # 2.0; NumPy's savez writes 4.5
