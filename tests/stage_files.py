"""Small inputs of the stages, and their outputs by name."""

import csv
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import files, paths
from birds.params import Params, read_params
from projects import ROOT


def project_params(**changes: Any) -> Params:
    """Read the project's params, and change the given ones."""
    params = read_params(ROOT / "params.yaml")
    return dataclasses.replace(params, **changes)


def write_source(source: str) -> None:
    """Write what the batches are, cifar10 or synthetic, as the stage download does."""
    files.write_json(paths.DATASET, {"source": source})


def write_columns(name: str, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
    """Write a set as the stage preprocess does: x (d, m), and y (1, m)."""
    labels = np.atleast_2d(np.asarray(y, np.uint8))
    files.write_npz(paths.COLUMNS_OF[name], x=x, y=labels)


def write_bird_model(
    b: float = 0.0,
    w: float = 0.0,
    source: str = "cifar10",
    lr: float = 0.1,
    iterations: int = 100,
) -> None:
    """Write a model of birds whose weights are equal, with one snapshot: itself."""
    weights = np.full((3072, 1), w, np.float32)
    bias = np.float32(b)
    files.write_npz(
        paths.MODEL,
        w=weights,
        b=bias,
        lr=lr,
        target_class="bird",
        source=source,
        snapshot_iterations=[iterations],
        snapshot_w=weights.T,
        snapshot_b=[bias],
    )


def read_table(path: str) -> list[dict[str, str]]:
    """Read the rows of a table by its header."""
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))
