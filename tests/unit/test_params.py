"""params.yaml: what may be written, and one line for what may not."""

from pathlib import Path

import pytest
import yaml

from birds.errors import UserError
from birds.params import Params, read_params
from projects import ROOT

RATE = "a number above 0 and at most 1e+30"
ALLOWED = {
    "lr": RATE,
    "iterations": "an integer from 1 to 100000000",
    "sweep_lr": f"a list of distinct values, each {RATE}",
    "dataset": "one of auto, cifar10, synthetic",
    "batches": "a list of distinct values, each an integer from 1 to 5",
    "target_class": "one of airplane, automobile, bird, cat, deer, dog, frog, horse, "
    "ship, truck",
    "test_size": "an integer from 1 to 100000000",
    "seed": "an integer from 0 to 4294967295",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read_changed(key: str, text: str) -> Params:
    """Read the project's params with another text for one value."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values[key] = text
    lines = [f"{key}: {value}\n" for key, value in values.items()]
    Path("params.yaml").write_text("".join(lines))
    return read_params()


def test_the_projects_params_are_the_tutorials() -> None:
    assert read_params(ROOT / "params.yaml") == Params(
        lr=0.005,
        iterations=2000,
        sweep_lr=[0.01, 0.001, 0.0001],
        dataset="auto",
        batches=[1],
        target_class="bird",
        test_size=164,
        seed=0,
    )


# DVC writes 1e-05 after `dvc exp run -S lr=1e-5`, and YAML 1.1 calls it text.
@pytest.mark.parametrize("text", ["1e-05", "1.0e-5"])
def test_a_small_rate_is_a_number_with_or_without_a_point(text: str) -> None:
    assert read_changed("lr", text).lr == 1e-5
    assert read_changed("sweep_lr", f"[1, {text}]").sweep_lr == [1, 1e-5]


def test_rates_are_floats_because_results_are_named_after_them() -> None:
    assert str(read_changed("lr", "1").lr) == "1.0"
    assert str(read_changed("sweep_lr", "[1]").sweep_lr) == "[1.0]"


def test_one_batch_needs_no_list() -> None:
    assert read_changed("batches", "2").batches == [2]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lr", "1.0e+30"),
        ("iterations", "1"),
        ("iterations", "100000000"),
        ("batches", "[5, 1]"),
        ("test_size", "1"),
        ("seed", "0"),
        ("seed", "4294967295"),
    ],
)
def test_the_limits_are_allowed(key: str, text: str) -> None:
    assert getattr(read_changed(key, text), key) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lr", "0"),
        ("lr", ".nan"),
        ("lr", "1.1e+30"),
        ("lr", "fast"),
        ("lr", "true"),
        ("lr", ""),
        ("iterations", "0"),
        ("iterations", "100000001"),
        ("iterations", "2000.0"),
        ("iterations", "true"),
        ("sweep_lr", "0.1"),
        ("sweep_lr", "[]"),
        ("sweep_lr", "[0.1, 0]"),
        ("sweep_lr", "[1, 1.0]"),
        ("dataset", "cifar100"),
        ("batches", "[0]"),
        ("batches", "6"),
        ("batches", "[1, 1]"),
        ("batches", "[true]"),
        ("batches", "[[1]]"),
        ("target_class", "eagle"),
        ("test_size", "0"),
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
    ("content", "reason"),
    [
        (b"", "has no keys; it must have lr, iterations, "),
        (b"lr: [", "cannot be read: while parsing"),
        (b"lr: 1 # \xfc", "cannot be read: 'utf-8' codec can't decode"),
        (b"seed: 2024-13-45", "cannot be read: month must be in 1..12"),
        (b"rate: 1", "'rate' is not a known key; the keys are lr, iterations, "),
        (b"seed: 0", "lr is missing; it must be a number above 0"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(content: bytes, reason: str) -> None:
    Path("params.yaml").write_bytes(content)

    with pytest.raises(UserError, match=rf"^params\.yaml:? {reason}"):
        read_params()


def test_a_missing_file_is_an_error_that_names_it() -> None:
    with pytest.raises(UserError, match=r"^params\.yaml: No such file or directory$"):
        read_params()
