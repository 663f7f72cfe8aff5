"""Files are written whole or not at all. Damaged arrays and a wrong params.yaml give a one-line error."""

import errno
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from birds import files
from birds.errors import UserError
from birds.params import Params, read_params
from projects import ROOT


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_missing_and_damaged_arrays_give_a_one_line_error(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    read, save = (
        (files.read_npy, np.save) if name == "x.npy" else (files.read_npz, np.savez)
    )
    with pytest.raises(
        UserError, match=f"^{path} is missing: run `make repro` to create it$"
    ):
        read(path)
    save(path, np.zeros(1000))
    whole = path.read_bytes()
    save(path, np.array([{}], dtype=object))
    for content in path.read_bytes(), *(whole[:kept] for kept in (0, 5, 100, 1000)):
        path.write_bytes(content)
        with pytest.raises(
            UserError, match=rf"^{path} is not a complete {path.suffix} file: .+$"
        ):
            read(path)


def test_the_error_of_a_full_disk_names_the_file_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new folder/x.npz"
    with (
        pytest.raises(OSError, match="No space") as caught,
        files.replacing(path) as part,
    ):  # noqa: PT012
        part.write_bytes(b"half")
        assert part in path.parent.iterdir(), (
            "another file system cannot replace a file in one step"
        )
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
    assert (info.date_time, info.create_system, info.extract_version) == (
        (1980, 1, 1, 0, 0, 0),
        3,
        20,
    )


def read_changed(folder: Path, **changes: object) -> Params:
    """Read the project's params with some values changed."""
    values = {**YAML(typ="safe").load(ROOT / "params.yaml"), **changes}
    (folder / "params.yaml").write_text(
        "\n".join(f"{key}: {value}" for key, value in values.items())
    )
    return read_params(folder / "params.yaml")


def test_the_limits_of_the_params_are_allowed(tmp_path: Path) -> None:
    low = {
        "iterations": 1,
        "batches": [5, 1],
        "target_class": "truck",
        "test_size": 1,
        "seed": 0,
    }
    high = {
        "lr": 1e30,
        "iterations": 10**8,
        "sweep_lr": [1e30],
        "test_size": 10**8,
        "seed": 2**32 - 1,
    }
    for values in low, high:
        params = read_changed(tmp_path, **values)
        assert {key: getattr(params, key) for key in values} == values


@pytest.mark.parametrize("written", ["1e-05", "1e-5", "1.0e-5", "0.00001"])
def test_learning_rates_are_read_as_dvc_writes_them_and_named_as_floats(
    tmp_path: Path, written: str
) -> None:
    """str(lr) is a name in metrics/sweep.json and plots/sweep.csv."""
    params = read_changed(tmp_path, lr="1", sweep_lr=f"[{written}, 1]")
    assert [str(params.lr), *map(str, params.sweep_lr)] == ["1.0", "1e-05", "1.0"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[
            ("lr", value)
            for value in (
                "0",
                "-0.1",
                ".nan",
                ".inf",
                "fast",
                "true",
                "[0.1]",
                "1.1e+30",
                "",
            )
        ],
        *[
            ("iterations", value)
            for value in ("0", "1.5", "2000.0", "many", "true", "100000001")
        ],
        *[("dataset", value) for value in ("cifar100", "1", "[auto]", "")],
        *[
            ("batches", value)
            for value in ("1", "[]", "[0]", "[6]", "[1, 1]", "[1.0]", "[true]", "[[1]]")
        ],
        *[("target_class", value) for value in ("eagle", "2", "[bird]", "")],
        *[("seed", value) for value in ("-1", "4294967296")],
        *[("test_size", value) for value in ("0", "100000001")],
        *[
            ("sweep_lr", value)
            for value in ("0.1", "[]", "[1.1e+30]", "[0.1, 0]", "[1, 1.0]", "{a: 1}")
        ],
    ],
)
def test_the_error_names_the_invalid_param_and_what_is_allowed(
    tmp_path: Path, key: str, value: str
) -> None:
    found, allowed = (
        YAML(typ="safe").load(value),
        "(a number|an integer|one of|a list) ",
    )
    with pytest.raises(
        UserError,
        match=rf"^.*{key} is {re.escape(repr(found))}; it must be {allowed}.*$",
    ):
        read_changed(tmp_path, **{key: value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr", "has no keys; it must have lr, iterations"),
        ("lr: [", "cannot be read: while parsing"),
        ("lr: 1 # ü", "cannot be read: 'utf-8' codec"),
        ("rate: 1", "'rate' is not a known key; the keys are lr, iterations"),
        ("seed: 0", "lr is missing; it must be a number above 0"),
    ],
)
def test_the_error_for_a_broken_params_yaml_is_one_line(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=rf"^.*{words}.*$"):
        read_params(tmp_path / "params.yaml")
