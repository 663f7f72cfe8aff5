"""The stage preprocess writes the columns and the labels of each set."""

from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params
from stages import preprocess


@pytest.mark.parametrize(
    ("name", "labels", "grey"),
    [
        ("train", [0], 0.2),
        ("test", [0, 1], 0.4),
        ("holdout", [0, 1, 0], 0.6),
    ],
)
def test_each_set_becomes_columns_with_a_row_of_labels(
    name: str,
    labels: list[int],
    grey: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sets have one, two and three images of one pixel: 51, 102 and 153."""
    monkeypatch.chdir(tmp_path)
    for n, path in enumerate(paths.IMAGES_OF.values(), start=1):
        files.write_npz(
            path,
            images=np.full((n, 1, 1, 3), 51 * n, np.uint8),
            labels=np.arange(n, dtype=np.uint8) % 2,
        )

    preprocess.main(project_params())

    columns = files.read_npz(paths.COLUMNS_OF[name])
    expected = np.full((3, len(labels)), grey)
    np.testing.assert_array_equal(columns["x"], expected, strict=True)
    assert columns["y"].tolist() == [labels]
