"""The synthetic batches: the same bytes everywhere, and classes that differ."""

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from birds.data.cifar10 import CLASSES
from birds.source import synthetic
from birds.source.batches import SHA256, decode_batch

BIRD = CLASSES.index("bird")
Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def batch() -> Batch:
    return decode_batch(synthetic.encode_batch(0))


@pytest.mark.parametrize("seed", range(6))
def test_the_bytes_are_the_same_on_every_machine(seed: int) -> None:
    content = synthetic.encode_batch(seed)

    pinned = list(SHA256["synthetic"].values())
    assert hashlib.sha256(content).hexdigest() == pinned[seed]


def test_there_are_as_many_birds_as_in_cifar10(batch: Batch) -> None:
    _, classes = batch

    assert np.count_nonzero(classes == BIRD) == 1032


def test_the_other_images_are_shared_among_the_other_classes(batch: Batch) -> None:
    _, classes = batch

    counts = np.bincount(classes, minlength=10)
    others = np.delete(counts, BIRD)
    assert others.min() == 996  # 8,968 / 9
    assert others.max() == 997


def test_the_mean_image_of_its_class_is_nearest_to_most_images(batch: Batch) -> None:
    images, classes = batch
    x = images[:1200].reshape(1200, 3072).astype(float)
    known = classes[:1000]
    means = [x[:1000][known == number].mean(axis=0) for number in range(10)]

    distances = [np.linalg.norm(x[1000:] - mean, axis=1) for mean in means]

    nearest = np.argmin(distances, axis=0)
    assert (nearest == classes[1000:1200]).mean() > 0.9
