"""The stage preprocess writes the columns and the labels of each set."""

from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params
from stages import preprocess


def write_images(name: str, pixels: list[list[int]], labels: list[int]) -> None:
    """Write a set of images of one pixel each: its red, green and blue."""
    images = np.array(pixels, np.uint8).reshape(-1, 1, 1, 3)
    files.write_npz(
        paths.IMAGES_OF[name], images=images, labels=np.array(labels, np.uint8)
    )


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("train", [[0, 0.6], [0.2, 0.8], [0.4, 1]], [[0, 1]]),
        ("test", [[0.2], [0.4], [0.6]], [[1]]),
        ("holdout", [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0]]),
    ],
)
def test_each_set_becomes_columns_with_a_row_of_labels(
    name: str,
    x: list[list[float]],
    y: list[list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The values are multiples of 51, which is 0.2 * 255."""
    monkeypatch.chdir(tmp_path)
    write_images("train", [[0, 51, 102], [153, 204, 255]], [0, 1])
    write_images("test", [[51, 102, 153]], [1])
    write_images("holdout", [[255, 0, 0], [0, 255, 0], [0, 0, 255]], [1, 0, 0])

    preprocess.main(project_params())

    columns = files.read_npz(paths.COLUMNS_OF[name])
    np.testing.assert_array_equal(columns["x"], np.array(x, float), strict=True)
    np.testing.assert_array_equal(columns["y"], np.array(y, np.uint8), strict=True)
