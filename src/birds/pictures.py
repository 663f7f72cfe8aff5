"""Pictures of one's own, read and resized to what the model takes."""

import io
import os
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from skimage.transform import resize

from birds import files
from birds.cifar10 import IMAGE_SHAPE
from birds.errors import PictureError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
FILE_BYTES_MAX = 2**28
PIXELS_MAX = 2**22  # of a picture in full; a larger one is averaged down first, to bound the memory

Picture = npt.NDArray[np.uint8]


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Read a picture file.

    Parameters
    ----------
    path : path-like
        A file in one of `FORMATS`, in any colour mode; of an animation, the first frame.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red, green and blue: over white where the picture is transparent, and upright where its EXIF data says how.
        Larger pictures than `PIXELS_MAX` are reduced by a whole factor, each value the mean of a block.

    Raises
    ------
    PictureError
        If the file cannot be read, or has so many pixels that it may be a decompression bomb. The message names the
        file and the reason.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow warns of harmless oddities
            warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
            content = io.BytesIO(files.read_bytes(path, FILE_BYTES_MAX))
            with Image.open(content, formats=FORMATS) as image:
                return np.asarray(_to_rgb(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError:
        raise PictureError(f"{path}: not a picture that can be read; allowed are {', '.join(FORMATS)}") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = f"more than {Image.MAX_IMAGE_PIXELS} pixels"
        raise PictureError(f"{path}: {limit}, which may be a decompression bomb; make it smaller") from None
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's decoders raise many kinds
        raise PictureError(f"{path}: damaged ({' '.join(str(error).split())})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Bring an image of any mode to RGB, and to a size that is safe to work on."""
    if image.mode.startswith("I"):  # 16 bits a pixel; Pillow alone would clip them to 8
        image = Image.fromarray((np.asarray(image).clip(0, 2**16 - 1) // 2**8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    factor = 1
    while image.width * image.height > PIXELS_MAX * factor**2:
        factor += 1
    return image.reduce(factor)


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
