"""Turn images into the columns that the model expects."""

import numpy as np
import numpy.typing as npt

from birds.data.cifar10 import PIXEL_MAX


def flatten_and_normalize(
    images: npt.NDArray[np.uint8] | npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Turn each image into a column of values in [0, 1].

    Parameters
    ----------
    images : ndarray of uint8, or of float64 in [0, 1]
        Of shape (m, height, width, channels). Only uint8 is divided by 255. One
        correctly rounded division gives the same bytes on every machine.

    Returns
    -------
    ndarray of float64, shape (height * width * channels, m)
    """
    columns = images.reshape(len(images), -1).T
    if columns.dtype == np.uint8:
        return columns / PIXEL_MAX
    return columns.astype(np.float64)
