"""The stage preprocess writes the columns and the labels of each set."""

from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params
from stages import preprocess

# Each image has one pixel: red, green and blue, in multiples of 51 = 0.2 * 255.
PIXELS = {
    "train": [[0, 51, 102], [153, 204, 255]],
    "test": [[51, 102, 153]],
    "holdout": [[255, 0, 51]],
}
LABELS = {"train": [0, 1], "test": [1], "holdout": [0]}


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("train", [[0, 0.6], [0.2, 0.8], [0.4, 1]]),
        ("test", [[0.2], [0.4], [0.6]]),
        ("holdout", [[1], [0], [0.2]]),
    ],
)
def test_each_set_becomes_columns_with_a_row_of_labels(
    name: str, x: list[list[float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for each, path in paths.IMAGES_OF.items():
        images = np.array(PIXELS[each], np.uint8).reshape(-1, 1, 1, 3)
        labels = np.array(LABELS[each], np.uint8)
        files.write_npz(path, images=images, labels=labels)

    preprocess.main(project_params())

    columns = files.read_npz(paths.COLUMNS_OF[name])
    np.testing.assert_array_equal(columns["x"], np.array(x, float), strict=True)
    assert columns["y"].tolist() == [LABELS[name]]
