"""The stage extract keeps the images of the target class and as many others.

Each batch has one image of each class. Image n has the value n in all pixels.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files, paths
from birds.source import batches
from stage_files import project_params, write_source
from stages import extract

FIRST_IMAGE = {"data_batch_2": 0, "data_batch_5": 10, "test_batch": 20}


def fake_batch(path: Path, source: str) -> tuple[Any, Any]:
    assert source == "synthetic"
    classes = np.arange(10)
    numbers = FIRST_IMAGE[path.name] + classes
    pixels = np.repeat(numbers, 2 * 2 * 3)
    return pixels.reshape(10, 2, 2, 3), classes


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_source("synthetic")
    monkeypatch.setattr(batches, "read_batch", fake_batch)


def extract_ships() -> None:
    """Extract ships, class 8, from two training batches and the test batch."""
    extract.main(project_params(batches=[2, 5], target_class="ship"))


@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        (paths.POOL, [8, 18, 0, 1]),  # the ships of both, and the first others
        (paths.HOLDOUT, [28, 20]),
    ],
)
def test_the_images_are_those_of_the_target_class_and_the_first_others(
    path: str, numbers: list[int]
) -> None:
    extract_ships()

    images = files.read_npz(path)["images"]

    assert images.shape == (len(numbers), 2, 2, 3)
    assert images[:, 0, 0, 0].tolist() == numbers


@pytest.mark.parametrize(
    ("path", "classes", "labels"),
    [
        (paths.POOL, [8, 8, 0, 1], [1, 1, 0, 0]),
        (paths.HOLDOUT, [8, 0], [1, 0]),
    ],
)
def test_the_classes_and_labels_are_those_of_the_images(
    path: str, classes: list[int], labels: list[int]
) -> None:
    extract_ships()

    extracted = files.read_npz(path)

    assert extracted["classes"].tolist() == classes
    assert extracted["labels"].tolist() == labels
