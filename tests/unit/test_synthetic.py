"""The synthetic batches: the same bytes everywhere, and classes that differ."""

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from birds.data.cifar10 import CLASSES
from birds.source import synthetic
from birds.source.batches import SHA256, decode_batch

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def batch() -> Batch:
    return decode_batch(synthetic.encode_batch(0))


@pytest.mark.parametrize("seed", range(6))
def test_the_bytes_are_the_same_on_every_machine(seed: int) -> None:
    content = synthetic.encode_batch(seed)

    pinned = list(SHA256["synthetic"].values())
    assert hashlib.sha256(content).hexdigest() == pinned[seed]


def test_there_are_as_many_birds_as_in_cifar10_and_all_other_classes(
    batch: Batch,
) -> None:
    _, classes = batch

    counts = np.bincount(classes).tolist()
    assert counts.pop(CLASSES.index("bird")) == 1032
    assert len(counts) == 9
    assert set(counts) == {996, 997}  # of the 8,968 other images


def test_the_ten_classes_differ(batch: Batch) -> None:
    images, classes = batch
    x = images[:1200].reshape(1200, 3072).astype(float)
    means = [x[:1000][classes[:1000] == number].mean(axis=0) for number in range(10)]

    distances = [np.linalg.norm(x[1000:] - mean, axis=1) for mean in means]

    nearest = np.argmin(distances, axis=0)
    assert (nearest == classes[1000:1200]).mean() > 0.9
