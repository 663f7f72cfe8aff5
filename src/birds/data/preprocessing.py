"""From images to the columns that the model takes."""

import numpy as np
import numpy.typing as npt

from birds.data.cifar10 import PIXEL_MAX


def flatten_and_normalize(images: npt.NDArray[np.uint8] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Make each image a column of values in [0, 1].

    Parameters
    ----------
    images : ndarray of uint8, or of float64 in [0, 1], shape (m, height, width, channels)
        Only uint8 is scaled, which is scikit-image's convention.

    Returns
    -------
    ndarray of float64, shape (height * width * channels, m)
        For uint8, pixels / 255: one correctly rounded division per value, so the same on every machine.
    """
    columns = images.reshape(len(images), -1).T
    return columns / PIXEL_MAX if columns.dtype == np.uint8 else columns.astype(np.float64)
