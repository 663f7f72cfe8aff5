"""Batches: what is read, against Python's own pickle, and what is refused."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import batches, synthetic
from birds.errors import BatchError

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
LABELS = [2, 0, 9]


def write(folder: Path, batch: Any, protocol: int = 2) -> Path:
    path = folder / "batch"
    path.write_bytes(pickle.dumps(batch, protocol))
    return path


def planes(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The images as the format defines them: red, green and blue planes."""
    red, green, blue = pixels[:, :1024], pixels[:, 1024:2048], pixels[:, 2048:]
    return np.stack([plane.reshape(-1, 32, 32) for plane in (red, green, blue)], axis=3)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("keys", [("data", "labels"), (b"data", b"labels")])
@pytest.mark.parametrize("order", ["C", "F"])
def test_batches_of_every_protocol_are_read(tmp_path: Path, protocol: int, keys: tuple[Any, Any], order: Any) -> None:
    path = write(tmp_path, {keys[0]: np.asarray(PIXELS, order=order), keys[1]: LABELS}, protocol)
    images, labels = batches.read(path)
    np.testing.assert_array_equal(images, planes(PIXELS))
    assert images.dtype == np.uint8
    assert labels.tolist() == LABELS


def test_batches_that_name_numpy_1s_modules_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"data": PIXELS, "labels": LABELS})
    path.write_bytes(path.read_bytes().replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    np.testing.assert_array_equal(batches.read(path)[0], planes(PIXELS))


def test_an_encoded_batch_is_one_to_python_too(tmp_path: Path) -> None:
    images = planes(PIXELS)
    (tmp_path / "batch").write_bytes(synthetic.encode_batch(images, np.array(LABELS), "training batch 1 of 5"))
    batch = pickle.loads((tmp_path / "batch").read_bytes(), encoding="bytes")  # noqa: S301  written just now
    assert batch[b"batch_label"] == b"training batch 1 of 5"
    assert batch[b"labels"] == LABELS
    np.testing.assert_array_equal(batch[b"data"], PIXELS)
    np.testing.assert_array_equal(batches.read(tmp_path / "batch")[0], images)


def test_the_real_batch_is_read_as_pickle_reads_it(real_data: Path) -> None:
    images, labels = batches.read(real_data / "data_batch_1")
    batch = pickle.loads((real_data / "data_batch_1").read_bytes(), encoding="bytes")  # noqa: S301  its digest is known
    np.testing.assert_array_equal(images, planes(batch[b"data"]))
    np.testing.assert_array_equal(labels, batch[b"labels"])


@pytest.mark.parametrize(
    ("batch", "reason"),
    [
        ([1], "does not hold a dict"),
        ({"data": PIXELS}, "it has no 'labels'"),
        ({"labels": LABELS}, "it has no 'data'"),
        ({"data": PIXELS[:, 1:], "labels": LABELS}, "not a uint8 array of shape"),
        ({"data": PIXELS[0], "labels": LABELS}, "whose shape is not two numbers"),
        ({"data": [1, 2], "labels": LABELS}, "not a uint8 array of shape"),
        ({"data": PIXELS.astype(float), "labels": LABELS}, "an array that is not uint8"),
        ({"data": PIXELS.astype(object), "labels": LABELS}, "an array that is not uint8"),
        ({"data": PIXELS[:2], "labels": LABELS}, "it has 2 images and 3 labels"),
        ({"data": PIXELS[:0], "labels": []}, "it has 0 images"),
        ({"data": PIXELS, "labels": [2, 0, 10]}, "a label outside 0 to 9"),
        ({"data": PIXELS, "labels": [2, 0, -1]}, "a label outside 0 to 9"),
        ({"data": PIXELS, "labels": [2, 0, True]}, "not a list of ints"),
        ({"data": PIXELS, "labels": (2, 0, 1)}, "not a list of ints"),
        ({"data": PIXELS, "labels": LABELS, "more": print}, "print"),
    ],
)
def test_what_is_not_a_batch_is_refused_with_the_reason(tmp_path: Path, batch: Any, reason: str) -> None:
    path = write(tmp_path, batch, protocol=3)
    with pytest.raises(BatchError) as caught:
        batches.read(path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="none: No such file"):
        batches.read(tmp_path / "none")
