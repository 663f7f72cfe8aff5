"""An image becomes a column: height by width by channel, from 0 to 1."""

import numpy as np

from birds.data.preprocessing import flatten_and_normalize


def test_an_image_is_flattened_row_by_row_and_pixel_by_pixel() -> None:
    """Two rows of two pixels, each with red, green and blue."""
    image = [
        [[0, 51, 102], [153, 204, 255]],
        [[255, 0, 0], [0, 0, 51]],
    ]

    columns = flatten_and_normalize(np.array([image], np.uint8))

    first_row = [0, 0.2, 0.4, 0.6, 0.8, 1]
    second_row = [1, 0, 0, 0, 0, 0.2]
    assert columns[:, 0].tolist() == first_row + second_row


def test_each_image_is_a_column() -> None:
    images = np.zeros((4, 2, 2, 3), np.uint8)
    images[3] = 255

    columns = flatten_and_normalize(images)

    # 12 = 2 · 2 · 3 values of 1
    assert columns.sum(axis=0).tolist() == [0, 0, 0, 12]


def test_every_byte_is_divided_by_255_to_the_last_digit() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(256, 1, 1, 1)

    columns = flatten_and_normalize(images)

    assert columns[0].tolist() == [value / 255 for value in range(256)]


def test_floats_stay_as_they_are() -> None:
    images = np.array([[[[0.25, 0.5, 1]]]])

    columns = flatten_and_normalize(images)

    assert columns.tolist() == [[0.25], [0.5], [1]]
