"""Read and check params.yaml."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from birds.data.cifar10 import CLASSES, N_TRAIN_BATCHES
from birds.errors import UserError, one_line

DATASETS = ("auto", "cifar10", "synthetic")
LR_MAX = 1e30  # far above useful values; at more, a float32 weight could overflow


@dataclass(frozen=True)
class Params:
    """The values of params.yaml. Its comments explain them."""

    lr: float
    iterations: int
    sweep_lr: list[float]
    dataset: str
    batches: list[int]
    target_class: str
    test_size: int
    seed: int


class Rule(NamedTuple):
    """Which values a parameter may have, as a check and in words."""

    is_allowed: Callable[[Any], bool]
    in_words: str


def _integer(low: int, high: int) -> Rule:
    return Rule(
        lambda value: type(value) is int and low <= value <= high,
        f"an integer from {low} to {high}",
    )


def _one_of(values: Sequence[str]) -> Rule:
    return Rule(
        lambda value: value in values,
        f"one of {', '.join(values)}",
    )


def _list_of(rule: Rule) -> Rule:
    def is_allowed(value: Any) -> bool:
        if not isinstance(value, list) or not value:
            return False
        if not all(rule.is_allowed(item) for item in value):
            return False
        return len(set(value)) == len(value)

    return Rule(is_allowed, f"a list of distinct values, each {rule.in_words}")


_LR = Rule(
    lambda value: type(value) is float and 0 < value <= LR_MAX,
    f"a number above 0 and at most {LR_MAX:g}",
)
_RULES = {
    "lr": _LR,
    "iterations": _integer(1, 10**8),
    "sweep_lr": _list_of(_LR),
    "dataset": _one_of(DATASETS),
    "batches": _list_of(_integer(1, N_TRAIN_BATCHES)),
    "target_class": _one_of(CLASSES),
    "test_size": _integer(1, 10**8),
    "seed": _integer(0, 2**32 - 1),
}


def read_params(path: str | Path = "params.yaml") -> Params:
    """Read params.yaml and check every key.

    Raises
    ------
    UserError
        If the file cannot be read, or a key is missing, unknown or has an invalid
        value. The message gives the key, the value and what is allowed.
    """
    values = _read_mapping(path)
    for key in values:
        if key not in _RULES:
            known = ", ".join(_RULES)
            raise UserError(f"{path}: {key!r} is not a known key; the keys are {known}")
    checked = {}
    for key, rule in _RULES.items():
        if key not in values:
            raise UserError(f"{path}: {key} is missing; it must be {rule.in_words}")
        value = _as_meant(key, values[key])
        if not rule.is_allowed(value):
            raise UserError(
                f"{path}: {key} is {values[key]!r}; it must be {rule.in_words}"
            )
        checked[key] = value
    return Params(**checked)


def _read_mapping(path: str | Path) -> dict[str, Any]:
    import yaml  # imported here: classifying a photo needs no YAML

    # The C loader is faster, but PyYAML can be built without it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        values = yaml.load(Path(path).read_text(encoding="utf-8"), loader)  # noqa: S506
    except OSError as error:
        raise UserError(one_line(error)) from error
    # A ValueError: not UTF-8, or a date such as 2024-13-01
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} has no keys; it must have {', '.join(_RULES)}")
    return values


def _as_meant(key: str, value: Any) -> Any:
    """Read a value as people write it, such as ``1e-5`` or ``batches=2``."""
    if key == "lr":
        return _number(value)
    if key == "sweep_lr" and isinstance(value, list):
        return [_number(item) for item in value]
    if key == "batches" and type(value) is int:
        return [value]
    return value


def _number(value: Any) -> Any:
    """Convert a number to float, also 1e-5, which is text in YAML 1.1."""
    try:
        return float(value) if type(value) in (int, float, str) else value
    except (ValueError, OverflowError):
        return value  # which its rule refuses
