"""From images to the columns that the model takes."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from birds.cifar10 import PIXEL_MAX

_Value = TypeVar("_Value", bound=np.generic)


def flatten(images: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
    """Make each image a column.

    Parameters
    ----------
    images : ndarray, shape (m, height, width, channels)

    Returns
    -------
    ndarray of the same dtype, shape (height * width * channels, m)
    """
    return images.reshape(len(images), -1).T


def normalize(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Scale pixel values to [0, 1].

    Parameters
    ----------
    pixels : ndarray of uint8

    Returns
    -------
    ndarray of float64, the shape of `pixels`
        pixels / 255: one correctly rounded division a value, so the same on every machine.
    """
    return pixels / PIXEL_MAX
