"""The stage split shuffles the pool, and parts it into two sets."""

from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params
from stages import split

IMAGES = np.arange(60, dtype=np.uint8).reshape(5, 2, 2, 3)
LABELS = np.array([1, 1, 0, 0, 0], np.uint8)
CLASSES = np.array([2, 2, 7, 8, 9])


@pytest.mark.parametrize(
    ("path", "order"),
    [(paths.TRAIN, [2, 1, 4]), (paths.TEST, [0, 3])],
)
def test_each_set_has_its_part_of_the_shuffled_pool(
    path: str, order: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RandomState(1).permutation(5) is 2, 1, 4, 0, 3."""
    monkeypatch.chdir(tmp_path)
    files.write_npz(paths.POOL, images=IMAGES, labels=LABELS, classes=CLASSES)

    split.main(project_params(seed=1, test_size=2))

    part = files.read_npz(path)
    np.testing.assert_array_equal(part["images"], IMAGES[order], strict=True)
    np.testing.assert_array_equal(part["labels"], LABELS[order], strict=True)
    np.testing.assert_array_equal(part["classes"], CLASSES[order], strict=True)
