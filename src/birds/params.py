"""Read and check params.yaml."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from birds.data.cifar10 import CLASSES, N_TRAIN_BATCHES
from birds.errors import UserError

DATASETS = ("auto", "cifar10", "synthetic")
LR_MAX = (
    1e30  # far above useful values, but low enough that no float32 weight overflows
)

Rule = tuple[Callable[[Any], bool], str]  # what is allowed, as a check and in words


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


def _is_lr(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LR_MAX


def _integer(low: int, high: int) -> Rule:
    return (
        lambda value: type(value) is int and low <= value <= high,
        f"an integer from {low} to {high}",
    )


def _one_of(values: Sequence[str]) -> Rule:
    return lambda value: value in values, f"one of {', '.join(values)}"


def _list_of(rule: Rule) -> Rule:
    def is_allowed(value: Any) -> bool:
        return (
            isinstance(value, list)
            and value != []
            and all(map(rule[0], value))
            and len({*value}) == len(value)
        )

    return is_allowed, f"a list of distinct values, each {rule[1]}"


_LR: Rule = (_is_lr, f"a number above 0 and at most {LR_MAX:g}")
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
        If the file cannot be read, or a key is missing, unknown or has an invalid value. The message gives the key,
        the value and what is allowed.
    """
    from ruamel.yaml import YAML  # imported here: classifying a photo needs no YAML
    from ruamel.yaml.error import YAMLError

    try:
        # The parser that DVC uses, so that both read the same values.
        values = YAML(typ="safe").load(Path(path).read_text(encoding="utf-8"))
    except (OSError, YAMLError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(values, dict):
        raise UserError(f"{path} has no keys; it must have {', '.join(_RULES)}")
    for key in values:
        if key not in _RULES:
            raise UserError(
                f"{path}: {key!r} is not a known key; the keys are {', '.join(_RULES)}"
            )
    for name, (is_allowed, allowed) in _RULES.items():
        if name not in values:
            raise UserError(f"{path}: {name} is missing; it must be {allowed}")
        if not is_allowed(values[name]):
            raise UserError(f"{path}: {name} is {values[name]!r}; it must be {allowed}")
    lrs = [float(lr) for lr in values["sweep_lr"]]
    return Params(**{**values, "lr": float(values["lr"]), "sweep_lr": lrs})
