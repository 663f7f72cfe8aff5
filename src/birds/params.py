"""Read and check params.yaml."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from birds.data.cifar10 import CLASSES, N_TRAIN_BATCHES
from birds.errors import UserError

DATASETS = ("auto", "cifar10", "synthetic")
LR_MAX = 1e30  # far above useful values, but low enough that no float32 weight overflows


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


def _is_int(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_lr(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LR_MAX


def _is_list(value: Any, is_allowed: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and value != [] and all(map(is_allowed, value)) and len({*value}) == len(value)


_LR = f"a number above 0 and at most {LR_MAX:g}"
_ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (_is_lr, _LR),
    "iterations": (lambda value: _is_int(value, 1, 10**8), "an integer from 1 to 100000000"),
    "sweep_lr": (lambda value: _is_list(value, _is_lr), f"a list of distinct learning rates, each {_LR}"),
    "dataset": (lambda value: value in DATASETS, f"one of {', '.join(DATASETS)}"),
    "batches": (
        lambda value: _is_list(value, lambda number: _is_int(number, 1, N_TRAIN_BATCHES)),
        f"a list of distinct integers from 1 to {N_TRAIN_BATCHES}",
    ),
    "target_class": (lambda value: value in CLASSES, f"one of {', '.join(CLASSES)}"),
    "test_size": (lambda value: _is_int(value, 1, 10**8), "an integer from 1 to the number of images - 1"),
    "seed": (lambda value: _is_int(value, 0, 2**32 - 1), "an integer from 0 to 4294967295"),
}


def read_params(path: str | Path = "params.yaml") -> Params:
    """Read params.yaml and check every key.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Params

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
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} has no keys; it must have {', '.join(_ALLOWED)}")
    names = [field.name for field in fields(Params)]
    for key in values:
        if key not in names:
            raise UserError(f"{path}: {key!r} is not a known key; the keys are {', '.join(names)}")
    for name in names:
        is_allowed, allowed = _ALLOWED[name]
        if name not in values:
            raise UserError(f"{path}: {name} is missing; it must be {allowed}")
        if not is_allowed(values[name]):
            raise UserError(f"{path}: {name} is {values[name]!r}; it must be {allowed}")
    lrs = [float(lr) for lr in values["sweep_lr"]]
    return Params(**{**values, "lr": float(values["lr"]), "sweep_lr": lrs})
