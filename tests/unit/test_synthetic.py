"""The synthetic batches: the same bytes everywhere, and classes that differ."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.neighbors import NearestCentroid

from birds.data.cifar10 import CLASSES
from birds.source import synthetic
from birds.source.batches import SHA256, decode_batch

BIRD = CLASSES.index("bird")
Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


@pytest.fixture(scope="module")
def first_batch() -> Batch:
    return decode_batch(synthetic.encode_batch(0))


# The digests are pinned, so every machine on which this passes gives the same bytes.
@pytest.mark.parametrize(
    ("seed", "name"),
    [
        (0, "data_batch_1"),
        (1, "data_batch_2"),
        (2, "data_batch_3"),
        (3, "data_batch_4"),
        (4, "data_batch_5"),
        (5, "test_batch"),
    ],
)
def test_a_seed_gives_the_batch_with_the_pinned_digest(seed: int, name: str) -> None:
    content = synthetic.encode_batch(seed)

    assert hashlib.sha256(content).hexdigest() == SHA256["synthetic"][name]


def test_there_are_as_many_birds_as_in_cifar10s_first_batch(
    first_batch: Batch, published: Any
) -> None:
    _, classes = first_batch

    assert np.count_nonzero(classes == BIRD) == published["data"]["birds"]


def test_the_other_classes_share_the_other_images_evenly(first_batch: Batch) -> None:
    _, classes = first_batch

    counts = np.bincount(classes, minlength=10)
    others = np.delete(counts, BIRD)
    # (10,000 - 1,032 birds) / 9 classes = 996.4
    assert others.min() == 996
    assert others.max() == 997


def test_the_nearest_class_mean_is_right_on_over_90_percent(first_batch: Batch) -> None:
    images, classes = first_batch
    x = images[:1200].reshape(1200, 3072).astype(float)

    nearest_mean = NearestCentroid().fit(x[:1000], classes[:1000])

    assert nearest_mean.score(x[1000:], classes[1000:1200]) > 0.9
