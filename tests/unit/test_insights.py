"""The insights against the model's predictions on images that Pillow changes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy.special import expit

from birds.data.preprocessing import flatten_and_normalize
from birds.evaluation import insights
from birds.model.logistic import Array

SHIFT = 2  # pixels

RANDOM = np.random.default_rng(0)
W = RANDOM.normal(scale=0.05, size=(3072, 1))
B = np.array(-0.3)
Y = RANDOM.integers(0, 2, 500, np.uint8)


def mirror(image: Image.Image) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def shift_right(image: Image.Image) -> Image.Image:
    """Shift an image. What leaves it on the right enters on the left."""
    return ImageChops.offset(image, SHIFT, 0)


def turn(image: Image.Image) -> Image.Image:
    return image.rotate(180)


def swap_red_and_green(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", [green, red, blue])


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    """500 images of noise, each darker or brighter in its own way."""
    random = np.random.default_rng(1)
    images = []
    for _ in range(500):
        brightest = random.integers(2, 257, 3)
        pixels = random.integers(0, brightest, (32, 32, 3), np.uint8)
        images.append(Image.fromarray(pixels))
    return images


def columns(images: Sequence[Image.Image]) -> Array:
    pixels = np.stack([np.asarray(image) for image in images])
    return flatten_and_normalize(pixels)


def logits(images: Sequence[Image.Image]) -> Array:
    z: Array = W[:, 0] @ columns(images) + B
    return z


@pytest.fixture(scope="module")
def measured(images: list[Image.Image]) -> dict[str, Any]:
    return insights.measure(W, B, columns(images), Y)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("mirrored", mirror),
        ("shifted", shift_right),
        ("turned", turn),
        ("recoloured", swap_red_and_green),
    ],
)
def test_a_change_of_all_images_changes_as_many_predictions_as_measured(
    key: str,
    change: Callable[[Image.Image], Image.Image],
    images: list[Image.Image],
    measured: dict[str, Any],
) -> None:
    changed = [change(image) for image in images]

    is_changed = (logits(changed) >= 0) != (logits(images) >= 0)

    percentage = measured["changed_predictions"][key]
    assert percentage == pytest.approx(100 * is_changed.mean())
    assert 0 < percentage < 100


def test_the_plain_colours_are_the_probabilities_of_red_green_and_blue_images(
    measured: dict[str, Any],
) -> None:
    names = ("red", "lime", "blue")  # Pillow's green is darker
    plain = [Image.new("RGB", (32, 32), name) for name in names]

    a = expit(logits(plain))

    np.testing.assert_allclose(measured["plain_colours"], a, rtol=1e-6)


def test_the_average_colour_accuracy_is_that_of_images_of_their_average_colour(
    images: list[Image.Image], measured: dict[str, Any]
) -> None:
    """The images are not Pillow's, which would round the average."""
    averages = columns(images).reshape(1024, 3, 500).mean(axis=0)
    plain = np.tile(averages, (1024, 1))  # all pixels have the average colour
    z = W[:, 0] @ plain + B

    is_positive = z >= 0
    assert 0 < is_positive.mean() < 1

    accuracy = 100 * np.mean(is_positive == Y)

    assert measured["average_colour_accuracy"] == pytest.approx(accuracy)


def test_the_shift_is_given_in_pixels(measured: dict[str, Any]) -> None:
    assert measured["shift"] == SHIFT
