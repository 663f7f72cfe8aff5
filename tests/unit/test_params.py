"""params.yaml: valid values, and the errors for invalid ones."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from birds.errors import UserError
from birds.params import Params, read_params
from projects import ROOT


def read(folder: Path, **changes: object) -> Params:
    """Read the project's params with some values changed."""
    values = {**YAML(typ="safe").load(ROOT / "params.yaml"), **changes}
    (folder / "params.yaml").write_text("\n".join(f"{key}: {value}" for key, value in values.items()))
    return read_params(folder / "params.yaml")


@pytest.mark.parametrize(
    "values",
    [
        {"iterations": 1, "batches": [5, 1], "target_class": "truck", "test_size": 1, "seed": 0},
        {"lr": 1e30, "iterations": 10**8, "sweep_lr": [1e30], "test_size": 10**8, "seed": 2**32 - 1},
    ],
)
def test_the_limits_themselves_are_allowed(tmp_path: Path, values: dict[str, Any]) -> None:
    params = read(tmp_path, **values)
    assert {key: getattr(params, key) for key in values} == values


@pytest.mark.parametrize("written", ["1e-05", "1e-5", "1.0e-5", "0.00001"])
def test_learning_rates_are_read_as_dvc_writes_them_and_named_as_floats(tmp_path: Path, written: str) -> None:
    """str(lr) is a name in metrics/sweep.json and plots/sweep.csv."""
    params = read(tmp_path, lr="1", sweep_lr=f"[{written}, 1]")
    assert [str(params.lr), *map(str, params.sweep_lr)] == ["1.0", "1e-05", "1.0"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("lr", value) for value in ("0", "-0.1", ".nan", ".inf", "fast", "true", "[0.1]", "1.1e+30", "")],
        *[("iterations", value) for value in ("0", "1.5", "2000.0", "many", "true", "100000001")],
        *[("dataset", value) for value in ("cifar100", "1", "[auto]", "")],
        *[("batches", value) for value in ("1", "[]", "[0]", "[6]", "[1, 1]", "[1.0]", "[true]", "[[1]]")],
        *[("target_class", value) for value in ("eagle", "2", "[bird]", "")],
        *[("seed", value) for value in ("-1", "4294967296")],
        *[("test_size", value) for value in ("0", "100000001")],
        *[("sweep_lr", value) for value in ("0.1", "[]", "[1.1e+30]", "[0.1, 0]", "[1, 1.0]", "{a: 1}")],
    ],
)
def test_the_error_names_the_invalid_value_and_what_is_allowed(tmp_path: Path, key: str, value: str) -> None:
    found, allowed = YAML(typ="safe").load(value), "(a number|an integer|one of|a list) "
    with pytest.raises(UserError, match=rf"^.*{key} is {re.escape(repr(found))}; it must be {allowed}.*$"):
        read(tmp_path, **{key: value})


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
def test_the_error_for_a_broken_file_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=rf"^.*{words}.*$"):
        read_params(tmp_path / "params.yaml")
