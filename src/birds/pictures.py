"""Pictures of one's own, read and resized to what the model takes."""

import os
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from skimage.transform import resize

from birds.cifar10 import IMAGE_SHAPE
from birds.errors import PictureError

Picture = npt.NDArray[np.uint8]


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Read a picture file.

    Parameters
    ----------
    path : path-like
        Any format that Pillow reads.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red, green and blue, the right way up.

    Raises
    ------
    PictureError
        If the file cannot be read. The message names the file and the reason.
    """
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path) as image,
        ):
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except UnidentifiedImageError:
        raise PictureError(f"{path}: not a picture in a known format") from None
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's decoders raise many kinds
        raise PictureError(f"{path}: not a readable picture: {error}") from error


def to_model_size(picture: Picture) -> npt.NDArray[np.float64]:
    """Resize a picture of any size to 32×32 with scikit-image, in reflect mode and with its anti-aliasing.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)

    Returns
    -------
    ndarray of float64, shape (32, 32, 3)
        In [0, 1], the scale that the model takes.
    """
    resized: npt.NDArray[np.float64] = resize(picture, IMAGE_SHAPE, mode="reflect", anti_aliasing=True)
    return resized
