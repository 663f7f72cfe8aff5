"""params.yaml: what may be written, and one line for what may not."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from birds.errors import UserError
from birds.params import Params, read_params
from projects import ROOT

LEARNING_RATE = "a number above 0 and at most 1e+30"
ALLOWED = {
    "lr": LEARNING_RATE,
    "iterations": "an integer from 1 to 100000000",
    "sweep_lr": f"a list of distinct values, each {LEARNING_RATE}",
    "dataset": "one of auto, cifar10, synthetic",
    "batches": "a list of distinct values, each an integer from 1 to 5",
    "target_class": "one of airplane, automobile, bird, cat, deer, dog, frog, horse, "
    "ship, truck",
    "test_size": "an integer from 1 to 100000000",
    "seed": "an integer from 0 to 4294967295",
}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read_changed(key: str, text: str) -> Params:
    """Read the project's params with another text for one value."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values[key] = text
    lines = [f"{key}: {value}\n" for key, value in values.items()]
    Path("params.yaml").write_text("".join(lines))
    return read_params()


def test_the_projects_params_are_the_published_ones(published: Any) -> None:
    params = read_params(ROOT / "params.yaml")

    # With auto, the data are the published ones, CIFAR-10, if available.
    assert asdict(params) == published["params"] | {"dataset": "auto"}


# DVC writes 1e-05 after `dvc exp run -S lr=1e-5`, and YAML 1.1 calls it text.
@pytest.mark.parametrize("text", ["1e-05", "1.0e-5"])
def test_a_small_learning_rate_is_a_number_with_or_without_a_point(text: str) -> None:
    assert read_changed("lr", text).lr == 1e-5
    assert read_changed("sweep_lr", f"[1, {text}]").sweep_lr == [1, 1e-5]


def test_learning_rates_are_floats_because_results_are_named_after_them() -> None:
    assert str(read_changed("lr", "1").lr) == "1.0"
    assert str(read_changed("sweep_lr", "[1]").sweep_lr) == "[1.0]"


def test_one_batch_needs_no_list() -> None:
    assert read_changed("batches", "2").batches == [2]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("lr", "1.0e+30", 1e30),
        ("iterations", "1", 1),
        ("iterations", "100000000", 100_000_000),
        ("sweep_lr", "[1.0e+30]", [1e30]),
        ("batches", "[5, 1]", [5, 1]),
        ("test_size", "1", 1),
        ("test_size", "100000000", 100_000_000),
        ("seed", "0", 0),
        ("seed", "4294967295", 2**32 - 1),  # NumPy's largest
    ],
)
def test_the_limits_are_allowed(key: str, text: str, value: Any) -> None:
    assert getattr(read_changed(key, text), key) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lr", "0"),
        ("lr", ".nan"),
        ("lr", "1.1e+30"),
        ("lr", "fast"),
        ("lr", "true"),  # a bool, which Python counts as 1
        ("lr", ""),  # None
        ("iterations", "0"),
        ("iterations", "100000001"),
        ("iterations", "2000.0"),  # a float
        ("iterations", "true"),
        ("sweep_lr", "0.1"),  # no list
        ("sweep_lr", "[]"),
        ("sweep_lr", "[0.1, 0]"),
        ("sweep_lr", "[1.1e+30]"),
        ("sweep_lr", "[1, 1.0]"),  # equal as floats
        ("dataset", "cifar100"),
        ("batches", "[0]"),
        ("batches", "6"),
        ("batches", "[1, 1]"),
        ("batches", "[true]"),
        ("batches", "[[1]]"),  # lists cannot be in a set
        ("target_class", "eagle"),
        ("test_size", "0"),
        ("test_size", "100000001"),
        ("seed", "-1"),
        ("seed", "4294967296"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(key: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_changed(key, text)

    problem = f"{key} is {yaml.safe_load(text)!r}; it must be {ALLOWED[key]}"
    assert str(caught.value) == f"params.yaml: {problem}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "params.yaml has no keys; it must have lr, iterations, "),
        (b"lr: [", "params.yaml cannot be read: while parsing"),
        (b"lr: 1 # \xfc", "params.yaml cannot be read: 'utf-8' codec can't decode"),
        (b"seed: 2024-13-45", "params.yaml cannot be read: month must be in 1..12"),
        (b"rate: 1", "params.yaml: 'rate' is not a known key; the keys are lr, "),
        (b"seed: 0", "params.yaml: lr is missing; it must be a number above 0"),
    ],
    ids=["empty", "not YAML", "not UTF-8", "not a date", "unknown key", "missing key"],
)
def test_an_unusable_file_is_an_error_that_names_it(
    content: bytes, message: str
) -> None:
    Path("params.yaml").write_bytes(content)

    with pytest.raises(UserError) as caught:
        read_params()

    assert str(caught.value).startswith(message)


def test_a_missing_file_is_an_error_that_names_it() -> None:
    with pytest.raises(UserError, match=r"^params\.yaml: No such file or directory$"):
        read_params()
