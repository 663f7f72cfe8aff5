"""params.yaml, read and checked before any work begins."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from birds.cifar10 import CLASSES, N_TRAIN_BATCHES
from birds.errors import ParamsError

DATASETS = ("auto", "cifar10", "synthetic")
LR_MAX = 1e30  # far beyond use, and small enough that no float32 weight overflows


@dataclass(frozen=True)
class Params:
    """The values of params.yaml; what each means is said there.

    `sweep_lr` maps each learning rate, as it is written in the file, to its value.
    """

    lr: float
    iterations: int
    dataset: str
    batches: list[int]
    target_class: str
    seed: int
    test_size: int
    sweep_lr: dict[str, float]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers, as DVC writes them: PyYAML alone takes 1e-05 for text."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _are_batches(value: Any) -> bool:
    return _is_nonempty_set(value) and all(_is_whole(number, 1, N_TRAIN_BATCHES) for number in value)


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LR_MAX


def _are_rates(value: Any) -> bool:
    return _is_nonempty_set(value) and all(map(_is_rate, value))


def _is_nonempty_set(value: Any) -> bool:
    return isinstance(value, list) and value != [] and len(set(map(repr, value))) == len(value)


_RATE = f"a number above 0 and at most {LR_MAX:g}"
_ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (_is_rate, _RATE),
    "iterations": (lambda value: _is_whole(value, 1, 10**8), "a whole number from 1 to 100000000"),
    "dataset": (lambda value: value in DATASETS, f"one of {', '.join(DATASETS)}"),
    "batches": (_are_batches, f"a list of different whole numbers from 1 to {N_TRAIN_BATCHES}"),
    "target_class": (lambda value: value in CLASSES, f"one of {', '.join(CLASSES)}"),
    "seed": (lambda value: _is_whole(value, 0, 2**32 - 1), "a whole number from 0 to 4294967295"),
    "test_size": (lambda value: _is_whole(value, 1, 10**8), "a whole number, at least 1 and fewer than the images"),
    "sweep_lr": (_are_rates, f"a list of different rates, each {_RATE}"),
}


def read_params(path: str | Path = "params.yaml") -> Params:
    """Read params.yaml and check every key of it.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Params

    Raises
    ------
    ParamsError
        If the file cannot be read, or a key is missing, unknown or has a value that is not allowed. The message
        names the key, the value and what is allowed.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        values = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
        as_written = yaml.load(text, yaml.BaseLoader)  # noqa: S506  strings only
    except (OSError, UnicodeError, yaml.YAMLError, ValueError) as error:
        raise ParamsError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ParamsError(f"{path} holds no keys; it must have {', '.join(_ALLOWED)}")
    names = [field.name for field in fields(Params)]
    for key in values:
        if key not in names:
            raise ParamsError(f"{path}: {key!r} is not a known key; the keys are {', '.join(names)}")
    for name in names:
        is_allowed, allowed = _ALLOWED[name]
        if name not in values:
            raise ParamsError(f"{path}: {name} is missing; it must be {allowed}")
        if not is_allowed(values[name]):
            raise ParamsError(f"{path}: {name} is {values[name]!r}; it must be {allowed}")
    rates = [float(rate) for rate in values["sweep_lr"]]
    values["sweep_lr"] = dict(zip(as_written["sweep_lr"], rates, strict=True))
    return Params(**values)
