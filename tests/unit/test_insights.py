"""The insights against what Pillow makes of the same images."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy.special import expit

from birds.data.preprocessing import flatten_and_normalize
from birds.evaluation import insights
from birds.model.logistic import Array

RANDOM = np.random.default_rng(0)
W = RANDOM.normal(scale=0.05, size=(3072, 1))
B = np.array(-0.3)
Y = RANDOM.integers(0, 2, 500, np.uint8)

Photo = Image.Image


def mirror(photo: Photo) -> Photo:
    return photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def shift_right(photo: Photo) -> Photo:
    return ImageChops.offset(photo, 2, 0)


def turn(photo: Photo) -> Photo:
    return photo.rotate(180)


def swap_red_and_green(photo: Photo) -> Photo:
    red, green, blue = photo.split()
    return Image.merge("RGB", [green, red, blue])


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    """500 images of noise, each darker or brighter in its own way."""
    photos = []
    for _ in range(500):
        brightest = RANDOM.integers(2, 257, 3)
        pixels = RANDOM.integers(0, brightest, (32, 32, 3), np.uint8)
        photos.append(Image.fromarray(pixels))
    return photos


def columns(photos: Sequence[Photo]) -> Array:
    pixels = np.stack([np.asarray(photo) for photo in photos])
    return flatten_and_normalize(pixels)


def logits(photos: Sequence[Photo]) -> Array:
    z: Array = W[:, 0] @ columns(photos) + B
    return z


@pytest.fixture(scope="module")
def measured(photos: list[Photo]) -> dict[str, Any]:
    return insights.measure(W, B, columns(photos), Y)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mirrored", mirror),
        ("shifted", shift_right),
        ("turned", turn),
        ("recoloured", swap_red_and_green),
    ],
)
def test_the_changed_predictions_are_those_of_changed_images(
    name: str,
    change: Callable[[Photo], Photo],
    photos: list[Photo],
    measured: dict[str, Any],
) -> None:
    changed = [change(photo) for photo in photos]

    is_changed = (logits(changed) >= 0) != (logits(photos) >= 0)

    percentage = measured["changed_predictions"][name]
    assert percentage == pytest.approx(100 * is_changed.mean())


def test_the_plain_colours_are_red_green_and_blue(measured: dict[str, Any]) -> None:
    names = ("red", "lime", "blue")
    plain = [Image.new("RGB", (32, 32), name) for name in names]

    a = expit(logits(plain))

    np.testing.assert_allclose(measured["plain_colours"], a, rtol=1e-6)


def test_the_average_colour_accuracy_is_that_of_plain_images(
    photos: list[Photo], measured: dict[str, Any]
) -> None:
    """Not by Pillow, which would round the average."""
    averages = columns(photos).reshape(1024, 3, 500).mean(axis=0)
    plain = np.tile(averages, (1024, 1))  # all pixels have the average colour
    z = W[:, 0] @ plain + B

    accuracy = 100 * np.mean((z >= 0) == Y)

    assert measured["average_colour_accuracy"] == pytest.approx(accuracy)


def test_the_shift_of_the_images_is_said(measured: dict[str, Any]) -> None:
    assert measured["shift"] == 2
