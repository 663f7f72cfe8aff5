"""Read the user's photos as Pillow shows them, and resize them for the model."""

import io
import math
import warnings
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from skimage import transform

from birds import files
from birds.data.cifar10 import IMAGE_SHAPE
from birds.errors import PhotoError

BROWSER_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")  # the page reads these
FORMATS = (*BROWSER_FORMATS, "TIFF")
FILE_BYTES_MAX = 2**28
PIXELS_MAX = 40_000_000  # limits the memory
# Larger photos are reduced first: resizing time grows with the square of the side.
SIDE_MAX = 512
THUMBNAIL_SIDE = 340
_SRGB = ImageCms.createProfile("sRGB")

# Pillow warns above this number, and refuses more than twice as many pixels.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX // 2


class Photo(NamedTuple):
    """A photo's pixels (rows, columns, 3), and its width and height before reduction.

    The pixels are sRGB colours, turned upright, and over white where the photo is
    transparent. A side longer than `SIDE_MAX` is reduced by an integer factor: each
    value is the mean of a block.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int


def read_photo(path: files.FilePath) -> Photo:
    """Read a photo in one of `FORMATS`, or the first frame of an animation.

    Raises
    ------
    PhotoError
        If Pillow cannot read the file, or if it has more than `PIXELS_MAX` pixels, or
        32 bits for each value.
    """
    try:
        content = files.read_bytes(path, FILE_BYTES_MAX)
        with warnings.catch_warnings(action="ignore"):  # about harmless oddities
            return _decode(content)
    except UnidentifiedImageError:
        reason = f"Pillow cannot read it; allowed formats: {', '.join(FORMATS)}"
    except Image.DecompressionBombError:
        reason = f"more than {PIXELS_MAX} pixels; make it smaller"
    except OSError as error:
        reason = error.strerror or str(error)
    except Exception as error:  # noqa: BLE001  Pillow's decoders raise many types
        reason = str(error) or repr(error)
    raise PhotoError(f"{path}: {reason}")


def to_model_size(photo: Photo) -> npt.NDArray[np.float64]:
    """Resize to 32×32×3 floats in [0, 1], in reflect mode with anti-aliasing."""
    resized: npt.NDArray[np.float64] = transform.resize(
        photo.pixels, IMAGE_SHAPE, mode="reflect", anti_aliasing=True
    )
    return resized


def to_thumbnail(photo: Photo) -> npt.NDArray[np.uint8]:
    """Shrink a photo for display, in proportion: no side exceeds `THUMBNAIL_SIDE`."""
    scale = min(1, THUMBNAIL_SIDE / max(photo.width, photo.height))
    width = max(1, round(photo.width * scale))
    height = max(1, round(photo.height * scale))
    return np.asarray(Image.fromarray(photo.pixels).resize((width, height)))


def _decode(content: bytes) -> Photo:
    """Read a file's first frame. Each step releases the image of the step before."""
    image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.mode in ("I", "F"):
        raise ValueError("its values have 32 bits; convert it to 8 bits")
    image.load()
    # Pillow turns the image, and then fails if the rest of its EXIF data is odd.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    width, height = image.size
    image = _to_channels(image)
    image = _to_srgb(image)
    image = _over_white(image)
    factors = (math.ceil(width / SIDE_MAX), math.ceil(height / SIDE_MAX))
    return Photo(np.asarray(image.reduce(factors)), width, height)


def _to_channels(image: Image.Image) -> Image.Image:
    """Convert an image to 8 bits, in one of the modes that colour profiles know."""
    if image.mode.startswith("I;16"):
        return _to_eight_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Divide the values of a 16-bit grey image by 257."""
    table = [round(value / 257) for value in range(2**16)]
    transparent = image.info.get("transparency")
    if transparent is not None:
        table[transparent] = 255  # white
    return image.convert("I").point(table, "L")


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert the colours by the profile in the file, if there is one that fits."""
    profile = io.BytesIO(image.info.get("icc_profile", b""))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        to_srgb = ImageCms.buildTransform(profile, _SRGB, image.mode, mode)
    except ImageCms.PyCMSError:
        return image  # no profile, a damaged one, or one for another mode
    return to_srgb.apply(image)


def _over_white(image: Image.Image) -> Image.Image:
    """Convert an image to RGB, and show white where it is transparent."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white
