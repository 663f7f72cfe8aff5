"""Read the user's photos as browsers show them, and resize them for the model."""

import io
import math
import warnings
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import (
    ExifTags,
    Image,
    ImageCms,
    ImageOps,
    PngImagePlugin,
    UnidentifiedImageError,
)
from skimage import transform

from birds import files
from birds.data.cifar10 import IMAGE_SHAPE, PIXEL_MAX
from birds.errors import PhotoError

BROWSER_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")  # the page reads these
FORMATS = (*BROWSER_FORMATS, "TIFF")
FILE_BYTES_MAX = 2**28
PIXELS_MAX = 40_000_000  # limits the memory
SIDE_MAX = 512  # larger photos are reduced first: resizing time grows with the square of the side

# Signatures of unsupported files that often have a photo's name.
_OTHER_FORMATS = {
    b"%PDF": "PDF",
    b"ftyphei": "HEIC",
    b"ftyphev": "HEIC",
    b"ftypmif": "HEIC",
    b"<svg": "SVG",
}
THUMBNAIL_SIDE = 340
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations
_WITH_ORIENTATION = (
    "JPEG",
    "MPO",
    "PNG",
    "AVIF",
)  # browsers turn these, and Pillow turns TIFF files itself
_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_WHITE_IS_ZERO, _PHOTOMETRIC = 0, 262  # TIFF's tag PhotometricInterpretation
_SRGB = ImageCms.createProfile("sRGB")

# Photos with large texts and colour profiles are not damaged. The limit on the file size is enough.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = FILE_BYTES_MAX


class Photo(NamedTuple):
    """A photo's pixels (rows, columns, 3), and its width and height before reduction.

    The pixels are sRGB colours, over white where the photo is transparent, and turned upright by
    the EXIF data of a JPEG, PNG or AVIF file. A side longer than `SIDE_MAX` is reduced by an
    integer factor: each value is the mean of a block.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int


def read_photo(path: files.FilePath) -> Photo:
    """Read a photo file in one of `FORMATS`. Of an animation, only the first frame is read.

    Raises
    ------
    PhotoError
        If the file is cut off or damaged, has more than `PIXELS_MAX` pixels, or has an unknown white level.
    """
    content = b""
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # Pillow warns about harmless oddities
            content = _checked(files.read_bytes(path, FILE_BYTES_MAX))
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.width * image.height > PIXELS_MAX:
                    raise Image.DecompressionBombError
                orientation = _orientation(image)
                width, height = (
                    image.size[::-1] if orientation in _SIDEWAYS else image.size
                )
                return Photo(
                    np.asarray(_turn(_to_rgb(image), orientation)), width, height
                )
    except UnidentifiedImageError:
        kind = next(
            (
                f"{name}, "
                for mark, name in _OTHER_FORMATS.items()
                if mark in content[:512]
            ),
            "",
        )
        raise PhotoError(
            f"{path}: {kind}not a readable photo; allowed formats: {', '.join(FORMATS)}"
        ) from None
    except Image.DecompressionBombError:
        raise PhotoError(
            f"{path}: more than {PIXELS_MAX} pixels; make it smaller"
        ) from None
    except PhotoError as error:
        raise PhotoError(f"{path}: {error}") from None
    except OSError as error:
        raise PhotoError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's decoders raise many types
        raise PhotoError(f"{path}: damaged ({' '.join(str(error).split())})") from error


def to_model_size(photo: Photo) -> npt.NDArray[np.float64]:
    """Resize a photo to 32×32×3 floats in [0, 1] in reflect mode, with anti-aliasing."""
    resized: npt.NDArray[np.float64] = transform.resize(
        photo.pixels, IMAGE_SHAPE, mode="reflect", anti_aliasing=True
    )
    return resized


def to_thumbnail(photo: Photo) -> npt.NDArray[np.uint8]:
    """Shrink a photo for display: no side is longer than `THUMBNAIL_SIDE`, and the proportions stay the same."""
    scale = min(1, THUMBNAIL_SIDE / max(photo.width, photo.height))
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    return np.asarray(Image.fromarray(photo.pixels).resize(size))


def _to_rgb(image: Image.Image) -> Image.Image:
    """Reduce an image of any mode and convert it to sRGB."""
    profile = image.info.get("icc_profile")
    image = _to_averageable(image)
    image = image.reduce(
        (math.ceil(image.width / SIDE_MAX), math.ceil(image.height / SIDE_MAX))
    )
    if image.mode == "RGBa":
        image = image.convert("RGBA")
    if profile:
        image = _to_srgb(image, profile)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _checked(content: bytes) -> bytes:
    """Check that a photo is whole. Leave out a PNG's optional chunks with a wrong checksum, as browsers do."""
    if content.startswith(_JPEG):
        start = len(_JPEG)
        while (
            start < len(content) and content[start + 1] != 0xDA
        ):  # the header, which may hold a whole thumbnail
            start += (
                1
                if content[start + 1] == 0xFF
                else 2 + int.from_bytes(content[start + 2 : start + 4])
            )
        if b"\xff\xd9" not in content[start:]:
            raise PhotoError("the file is cut off")
    if content.startswith(b"GIF") and not content.endswith(b";"):
        raise PhotoError("the file is cut off")
    return _PNG + b"".join(_chunks(content)) if content.startswith(_PNG) else content


def _chunks(png: bytes) -> Iterator[bytes]:
    kind, start = b"", len(_PNG)
    while kind != b"IEND":
        end = start + 12 + int.from_bytes(png[start : start + 4])
        kind, chunk, checksum = (
            png[start + 4 : start + 8],
            png[start:end],
            int.from_bytes(png[end - 4 : end]),
        )
        if end > len(png):
            raise PhotoError("the file is cut off")
        if zlib.crc32(chunk[4:-4]) == checksum:
            yield chunk
        elif kind[:1].isupper():  # needed to read the photo
            raise PhotoError(
                f"damaged (the checksum of its chunk {kind.decode(errors='replace')} is wrong)"
            )
        start = end


def _orientation(image: Image.Image) -> int:
    exif = Image.Exif()
    try:
        exif.load(
            image.info.get("exif", b"") if image.format in _WITH_ORIENTATION else b""
        )
        return int(exif.get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001  Pillow raises many types
        return 1  # the photo is readable even if its EXIF data is damaged


def _turn(rgb: Image.Image, orientation: int) -> Image.Image:
    rgb = Image.fromarray(
        np.asarray(rgb)
    )  # without the other EXIF tags, which may be damaged
    rgb.getexif()[ExifTags.Base.Orientation] = orientation
    return ImageOps.exif_transpose(rgb)


def _to_averageable(image: Image.Image) -> Image.Image:
    """Convert an image so that its pixels can be averaged: 8 bits per channel, no palette, premultiplied alpha."""
    if image.mode.startswith("I") or image.mode == "F":
        return _to_eight_bits(image)
    if image.mode == "La":
        image = image.convert("LA")
    if (
        image.format == "BMP"
        and image.mode == "RGBA"
        and image.getchannel("A").getextrema() == (0, 0)
    ):
        image = image.convert("RGB")  # the fourth byte is unused
    if image.has_transparency_data and image.mode != "RGBa":
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert(
            "RGBa"
        )
    return image if image.mode in ("L", "RGB", "RGBa", "CMYK") else image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit or 32-bit integers, or floats, to 8 bits.

    The white level is the smallest common maximum that no value exceeds. If no value reaches half of it, the level is
    unknown, and the photo is refused.
    """
    values = np.asarray(image).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    scales = {"F": (1, 2**8 - 1, 2**16 - 1), "I": (2**8 - 1, 2**16 - 1)}.get(
        image.mode, (2**16 - 1,)
    )
    scale = next((scale for scale in scales if high <= scale), math.inf)
    if not (low >= 0 and scale / 2 <= high < math.inf):
        raise PhotoError(
            f"its values, {low:g} to {high:g}, do not tell which value is white; convert it to 8 bits"
        )
    if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        values = scale - values
    values[values == image.info.get("transparency")] = scale
    values *= PIXEL_MAX / scale
    return Image.fromarray(np.rint(values, out=values).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours of an image to sRGB. Ignore a profile that is damaged or for another mode."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if image.mode == "L" and profile[16:20] == b"RGB ":
        image = image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image, io.BytesIO(profile), _SRGB, outputMode=mode
        )
    except ImageCms.PyCMSError:
        return image
    return converted or image
