"""The user's own photos, read and resized to what the model takes."""

import io
import os
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from skimage.transform import resize

from birds import files
from birds.data.cifar10 import IMAGE_SHAPE
from birds.errors import PhotoError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
FILE_BYTES_MAX = 2**28
PIXELS_MAX = 2**22  # a larger photo is averaged down first, to bound the memory

Photo = npt.NDArray[np.uint8]


def read_photo(path: str | os.PathLike[str]) -> Photo:
    """Read a photo file.

    Parameters
    ----------
    path : path-like
        A file in one of `FORMATS`, in any colour mode; of an animation, the first frame.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red, green and blue, over white where the photo is transparent, and upright as its EXIF data says. A photo of
        more than `PIXELS_MAX` pixels is reduced by an integer factor, each value the mean of a block.

    Raises
    ------
    PhotoError
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
        raise PhotoError(f"{path}: not a readable photo; allowed are {', '.join(FORMATS)}") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = f"more than {Image.MAX_IMAGE_PIXELS} pixels"
        raise PhotoError(f"{path}: {limit}, which may be a decompression bomb; make it smaller") from None
    except OSError as error:
        raise PhotoError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's decoders raise many kinds
        raise PhotoError(f"{path}: damaged ({' '.join(str(error).split())})") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Convert an image of any mode to RGB, and to a size that is safe to work on."""
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


def to_model_size(photo: Photo) -> npt.NDArray[np.float64]:
    """Resize a photo of any size to 32×32 with scikit-image, in reflect mode and with anti-aliasing.

    Parameters
    ----------
    photo : ndarray of uint8, shape (height, width, 3)

    Returns
    -------
    ndarray of float64, shape (32, 32, 3)
        In [0, 1], the scale that the model takes.
    """
    resized: npt.NDArray[np.float64] = resize(photo, IMAGE_SHAPE, mode="reflect", anti_aliasing=True)
    return resized
