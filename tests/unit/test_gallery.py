"""Which holdout images the page offers, and in what order. The target class is bird."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from birds.data.cifar10 import CLASSES
from birds.report import gallery

BIRD = CLASSES.index("bird")

Array = np.ndarray[Any, Any]


def holdout(names: list[str]) -> dict[str, Array]:
    """Images of these classes. Image n has the grey level n, and shows no object."""
    classes = np.array([CLASSES.index(name) for name in names])
    levels = np.arange(len(names), dtype=np.uint8)
    return {
        "images": np.repeat(levels, 32 * 32 * 3).reshape(-1, 32, 32, 3),
        "labels": (classes == BIRD).astype(np.uint8),
        "classes": classes,
    }


def probabilities(values: list[float]) -> Array:
    return np.array(values, np.float32)


def pixels_of(offered: dict[str, Any]) -> Array:
    """Decode the BMP of an offered image."""
    content = base64.b64decode(offered["bmp"])
    return np.asarray(Image.open(io.BytesIO(content), formats=["BMP"]))


def numbers(images: dict[str, Array], a: Array) -> dict[str, list[int]]:
    """Return which images are offered, by kind. The level of their border tells."""
    found = {}
    for kind in gallery.kinds(images, a):
        corners = [pixels_of(offered)[0, 0, 0] for offered in kind["images"]]
        found[kind["name"]] = np.array(corners).tolist()
    return found


def test_the_surest_hits_are_four_targets_and_four_others_the_surest_first() -> None:
    images = holdout(["bird"] * 5 + ["ship", "frog", "deer", "cat", "dog"])
    a = probabilities([0.7, 0.9, 0.6, 0.8, 0.75, 0.1, 0.2, 0.15, 0.05, 0.3])

    offered = numbers(images, a)

    assert offered == {"Surest hits": [1, 3, 4, 0, 8, 5, 7, 6]}


def test_few_hits_of_others_are_not_filled_up_with_targets() -> None:
    images = holdout(["bird"] * 5 + ["cat"])

    offered = numbers(images, probabilities([0.9] * 5 + [0.1]))

    assert offered == {"Surest hits": [0, 1, 2, 3, 5]}


def test_the_worst_of_the_mistakes_come_first() -> None:
    images = holdout(["ship", "frog", "bird", "bird"])

    # They are wrong by 0.9, 0.8, 0.95 and 0.85.
    offered = numbers(images, probabilities([0.9, 0.8, 0.05, 0.15]))

    assert offered == {"Worst mistakes": [2, 0, 3, 1]}


def test_at_most_eight_mistakes_are_offered() -> None:
    images = holdout(["ship"] * 9)

    offered = numbers(images, probabilities([0.9] * 9))

    assert offered == {"Worst mistakes": [0, 1, 2, 3, 4, 5, 6, 7]}


def test_undecided_images_are_near_the_threshold_nearest_first() -> None:
    images = holdout(["cat", "deer", "bird", "truck", "frog"])

    # Less than 0.05 from 0.5. Without objects, only this distance counts.
    offered = numbers(images, probabilities([0.449, 0.451, 0.49, 0.53, 0.551]))

    assert offered["Undecided"] == [2, 3, 1]


def test_larger_objects_come_first_even_if_less_undecided() -> None:
    images = holdout(["cat", "deer", "dog"])
    images["images"][1, 12:20, 12:20] = 255  # 8×8 white pixels
    images["images"][2, 8:24, 8:24] = 255  # 16×16

    offered = numbers(images, probabilities([0.51, 0.52, 0.54]))

    assert offered["Undecided"] == [2, 1, 0]


def test_an_object_is_what_differs_from_the_border_in_any_channel() -> None:
    images = holdout(["cat", "deer"])
    images["images"] += 200  # bright, and without an object
    images["images"][1, 12:20, 12:20, 2] = 0  # yellow on grey

    offered = numbers(images, probabilities([0.51, 0.52]))

    assert offered["Undecided"] == [201, 200]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, {"alt": "bird, 1 of the surest hits", "name": "a bird", "label": 1}),
        (
            1,
            {
                "alt": "airplane, 2 of the surest hits",
                "name": "an airplane",
                "label": 0,
            },
        ),
    ],
)
def test_an_offered_image_has_its_class_place_and_label(
    index: int, expected: dict[str, Any]
) -> None:
    (hits,) = gallery.kinds(holdout(["bird", "airplane"]), probabilities([0.9, 0.1]))

    offered = hits["images"][index]

    assert offered == expected | {"bmp": offered["bmp"]}


def test_an_offered_image_is_a_bmp_of_its_pixels() -> None:
    images = holdout(["bird"])
    images["images"][0, 3, 7] = [10, 20, 30]

    (hits,) = gallery.kinds(images, probabilities([0.9]))

    (offered,) = hits["images"]
    np.testing.assert_array_equal(pixels_of(offered), images["images"][0])
