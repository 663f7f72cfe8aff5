"""Photos on the command line, compared with Pillow, NumPy and SciPy."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from birds import photos
from birds.errors import PhotoError

CASES = Path(__file__).parent / "cases"
DISPLAY_P3 = (CASES / "display_p3.icc").read_bytes()  # with a gamma of 2.2
ORIENTATION = 0x0112  # the EXIF tag

GREEN = Image.linear_gradient("L")
RED = GREEN.rotate(90)
PHOTO = Image.merge("RGB", [RED, GREEN, GREEN]).resize((60, 40))
PIXELS = np.asarray(PHOTO)

Reread = Callable[..., photos.Photo]


@pytest.fixture
def reread(tmp_path: Path) -> Reread:
    """A function that saves an image, and reads the file as a photo."""

    def save_and_read(image: Image.Image, suffix: str, **options: Any) -> photos.Photo:
        path = tmp_path / f"photo.{suffix}"
        image.save(path, **options)
        return photos.read_photo(path)

    return save_and_read


def test_a_photo_is_turned_upright(reread: Reread) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned to the right
    turned_left = PHOTO.rotate(90, expand=True)

    photo = reread(turned_left, "png", exif=exif)

    assert (photo.width, photo.height) == (60, 40)
    np.testing.assert_array_equal(photo.pixels, PIXELS)


def test_a_photo_with_an_odd_exif_tag_is_turned_upright() -> None:
    photo = photos.read_photo(CASES / "oddtag_rot.jpg")

    red, green, blue = photo.pixels.mean(axis=(0, 1))
    assert (photo.width, photo.height) == (30, 40)
    assert green > red + blue


@pytest.mark.parametrize(
    "damage", [{"exif": b"Exif\0\0?"}, {"icc_profile": DISPLAY_P3[:200]}]
)
def test_damaged_metadata_are_ignored(reread: Reread, damage: dict[str, bytes]) -> None:
    photo = reread(PHOTO, "png", **damage)

    np.testing.assert_array_equal(photo.pixels, PIXELS)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_modes_are_converted_as_pillow_does(reread: Reread, mode: str) -> None:
    image = PHOTO.convert(mode)

    photo = reread(image, "tif")

    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGB")))


# Opaque, transparent and half transparent
SHADES = np.array([[[20, 20, 20, 255], [20, 20, 20, 0], [0, 0, 0, 127]]], np.uint8)
RGBA = Image.fromarray(SHADES)


@pytest.mark.parametrize("image", [RGBA, RGBA.quantize()], ids=["RGBA", "palette"])
def test_a_transparent_photo_is_drawn_over_white(
    reread: Reread, image: Image.Image
) -> None:
    photo = reread(image, "png")

    assert photo.pixels[0, :, 0].tolist() == [20, 255, 128]


@pytest.mark.parametrize(("suffix", "dtype"), [("png", "<u2"), ("tif", ">u2")])
def test_16_bit_grey_is_divided_by_257(reread: Reread, suffix: str, dtype: str) -> None:
    values = np.array([[0, 128, 129, 600, 51400, 65535]], dtype)

    photo = reread(Image.fromarray(values), suffix)

    assert photo.pixels[0, :, 0].tolist() == [0, 0, 1, 2, 200, 255]


def test_the_transparent_value_of_16_bit_grey_becomes_white(reread: Reread) -> None:
    values = np.array([[0, 99, 51400]], np.uint16)

    photo = reread(Image.fromarray(values), "png", transparency=99)

    assert photo.pixels[0, :, 0].tolist() == [0, 255, 200]


ROSE = Image.new("RGB", (9, 9), (180, 99, 90))
HALF_ROSE = Image.new("RGBA", (9, 9), (180, 99, 90, 128))
ROSE_IN_SRGB = [194, 93, 86]  # by the matrices of both colour spaces
HALF_ROSE_OVER_WHITE = [225, 174, 170]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (ROSE, ROSE_IN_SRGB),
        (ROSE.quantize(2), ROSE_IN_SRGB),
        (HALF_ROSE, HALF_ROSE_OVER_WHITE),
    ],
)
def test_colours_become_srgb_before_they_are_drawn_over_white(
    reread: Reread, image: Image.Image, expected: list[int]
) -> None:
    photo = reread(image, "png", icc_profile=DISPLAY_P3)

    np.testing.assert_allclose(photo.pixels[4, 4], expected, atol=1)


def encoded(image: Image.Image, kind: str) -> bytes:
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


UNKNOWN = (
    "Pillow cannot read it; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF"
)
DEEP = "its values have 32 bits; convert it to 8 bits"
UNREADABLE = {
    "another format": (encoded(PHOTO, "PPM"), UNKNOWN),
    "grey with premultiplied alpha": (
        (CASES / "assoc.tif").read_bytes(),
        "conversion from La to L not supported",
    ),
    "cut off": (encoded(PHOTO, "PNG")[:60], "image file is truncated"),
    "integers": (encoded(Image.new("I", (9, 9)), "TIFF"), DEEP),
    "floats": (encoded(Image.new("F", (9, 9)), "TIFF"), DEEP),
    "40,008,000 pixels": (
        encoded(Image.new("1", (8000, 5001)), "PNG"),
        "more than 40000000 pixels; make it smaller",
    ),
}


@pytest.mark.parametrize(("content", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_gives_one_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)

    with pytest.raises(PhotoError) as caught:
        photos.read_photo(path)

    assert str(caught.value) == f"{path}: {reason}"


def test_a_photo_of_25_million_pixels_is_read_without_a_warning(reread: Reread) -> None:
    photo = reread(Image.new("1", (5000, 5000)), "png")

    assert (photo.width, photo.height) == (5000, 5000)


@pytest.mark.parametrize("row", [342 * [0, 30, 60], 512 * [0, 60]])
def test_a_large_photo_is_reduced_to_the_means_of_blocks(
    reread: Reread, row: list[int]
) -> None:
    """1,026 pixels in blocks of three, and 1,024 in blocks of two: all means are 30."""
    photo = reread(Image.fromarray(np.array([row], np.uint8)), "png")

    assert (photo.width, photo.height) == (len(row), 1)
    assert np.unique(photo.pixels).tolist() == [30]


def test_a_photo_is_resized_with_the_filters_that_scikit_image_documents() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (500, 260, 3), np.uint8)

    resized = photos.to_model_size(photos.Photo(pixels, width=260, height=500))

    sigma = (7.3125, 3.5625, 0)  # (500 / 32 - 1) / 2 and (260 / 32 - 1) / 2
    smooth = ndimage.gaussian_filter(pixels / 255, sigma, mode="mirror")
    zoom = (32 / 500, 32 / 260, 1)
    expected = ndimage.zoom(smooth, zoom, order=1, mode="mirror", grid_mode=True)
    np.testing.assert_allclose(resized, expected, atol=1e-12, strict=True)


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(680, 500, (250, 340, 3)), (90, 60, (60, 90, 3)), (4000, 1, (1, 340, 3))],
)
def test_a_thumbnail_has_the_photos_proportions(
    reread: Reread, width: int, height: int, shape: tuple[int, ...]
) -> None:
    photo = reread(PHOTO.resize((width, height)), "png")

    assert photos.to_thumbnail(photo).shape == shape
