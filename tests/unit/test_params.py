"""params.yaml: valid values, and the errors for invalid ones."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from birds.errors import UserError
from birds.params import Params, read_params
from projects import ROOT


def read(folder: Path, **changes: object) -> Params:
    """Read the project's params with some values changed. None removes a key."""
    values = {**YAML(typ="safe").load(ROOT / "params.yaml"), **changes}
    lines = [f"{key}: {value}\n" for key, value in values.items() if value is not None]
    (folder / "params.yaml").write_text("".join(lines))
    return read_params(folder / "params.yaml")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("lr", "1.0e+30", 1e30),
        ("sweep_lr", "[1.0e+30]", [1e30]),
        ("iterations", "1", 1),
        ("iterations", "100000000", 10**8),
        ("batches", "[5, 1]", [5, 1]),
        ("test_size", "1", 1),
        ("test_size", "100000000", 10**8),
        ("seed", "0", 0),
        ("seed", "4294967295", 2**32 - 1),
        ("target_class", "truck", "truck"),
        ("dataset", "synthetic", "synthetic"),
    ],
)
def test_the_limits_themselves_are_allowed(tmp_path: Path, key: str, value: str, expected: object) -> None:
    assert getattr(read(tmp_path, **{key: value}), key) == expected


def test_an_integer_learning_rate_has_the_name_of_the_float(tmp_path: Path) -> None:
    """str(lr) is a name in metrics/sweep.json and plots/sweep.csv."""
    params = read(tmp_path, lr="1", sweep_lr="[1, 10]")
    assert str(params.lr) == "1.0"
    assert [*map(str, params.sweep_lr)] == ["1.0", "10.0"]


@pytest.mark.parametrize("written", ["1e-05", "1e-5", "1.0e-5", "0.00001"])
def test_numbers_are_read_as_dvc_writes_them(tmp_path: Path, written: str) -> None:
    params = read(tmp_path, lr=written, sweep_lr=f"[{written}, 1]")
    assert params == read(tmp_path, lr="0.00001", sweep_lr="[0.00001, 1.0]")
    assert (params.lr, params.sweep_lr) == (1e-5, [1e-5, 1.0])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("lr", value) for value in ("0", "-0.1", ".nan", ".inf", "fast", "'0.1'", "true", "[0.1]", "1.1e+30", "")],
        *[("iterations", value) for value in ("-1", "0", "1.5", "2000.0", "many", "true", "100000001", "1" * 30)],
        *[("dataset", value) for value in ("cifar100", "1", "[auto]", "")],
        *[("batches", value) for value in ("1", "[]", "[0]", "[6]", "[1, 1]", "[1.0]", "[x]", "[true]", "[[1]]")],
        *[("target_class", value) for value in ("eagle", "2", "[bird]", "")],
        *[("seed", value) for value in ("-1", "0.5", "4294967296", "x")],
        *[("test_size", value) for value in ("0", "-3", "1.5", "100000001", "x")],
        *[
            ("sweep_lr", value)
            for value in ("0.1", "[]", "[1.1e+30]", "[0.1, 0]", "[0.1, x]", "[0.1, 0.10]", "[1, 1.0]", "{a: 1}")
        ],
    ],
)
def test_the_error_names_the_invalid_value_and_what_is_allowed(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, **{key: value})
    message = str(caught.value)
    assert f"{key} is {YAML(typ='safe').load(value)!r}; it must be " in message
    assert "\n" not in message


def test_the_error_names_unknown_and_missing_keys(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'learning_rate' is not a known key; the keys are lr, iterations"):
        read(tmp_path, learning_rate=0.1)
    with pytest.raises(UserError, match="lr is missing; it must be a number above 0"):
        read(tmp_path, lr=None)


@pytest.mark.parametrize("text", ["", "lr", "- 1", "lr: [", "\x00", "lr: &a [*a]"])
def test_a_broken_file_gives_a_one_line_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        read_params(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)
