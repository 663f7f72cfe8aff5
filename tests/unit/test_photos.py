"""Photos on the command line, compared with Pillow, NumPy and SciPy."""

import io
import os
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

# Red grows from left to right, and the others from top to bottom: each turn shows.
DOWNWARDS = Image.linear_gradient("L")
RIGHTWARDS = DOWNWARDS.rotate(90)
PHOTO = Image.merge("RGB", [RIGHTWARDS, DOWNWARDS, DOWNWARDS]).resize((60, 40))
PIXELS = np.asarray(PHOTO)

SaveAndRead = Callable[..., photos.Photo]


@pytest.fixture
def save_and_read(tmp_path: Path) -> SaveAndRead:
    """A function that saves an image, and reads the file as a photo."""

    def save_and_read(image: Image.Image, suffix: str, **options: Any) -> photos.Photo:
        path = tmp_path / f"photo.{suffix}"
        image.save(path, **options)
        return photos.read_photo(path)

    return save_and_read


# How a photo is stored, by the EXIF standard
@pytest.mark.parametrize(
    ("orientation", "change"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),  # Pillow turns to the left
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_photo_is_turned_upright_by_its_exif_orientation(
    save_and_read: SaveAndRead, orientation: int, change: Image.Transpose
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    photo = save_and_read(PHOTO.transpose(change), "png", exif=exif)

    assert (photo.width, photo.height) == (60, 40)
    np.testing.assert_array_equal(photo.pixels, PIXELS)


def test_a_photo_with_an_odd_exif_tag_is_turned_upright(
    save_and_read: SaveAndRead,
) -> None:
    # Orientation 6, and the horizontal resolution as text: Pillow turns, then fails.
    with Image.open(CASES / "oddtag_rot.jpg") as odd:
        exif = odd.info["exif"]
    turned_left = PHOTO.rotate(90, expand=True)

    photo = save_and_read(turned_left, "png", exif=exif)

    np.testing.assert_array_equal(photo.pixels, PIXELS)


@pytest.mark.parametrize(
    "damage", [{"exif": b"Exif\0\0?"}, {"icc_profile": DISPLAY_P3[:200]}]
)
def test_damaged_metadata_are_ignored(
    save_and_read: SaveAndRead, damage: dict[str, bytes]
) -> None:
    photo = save_and_read(PHOTO, "png", **damage)

    np.testing.assert_array_equal(photo.pixels, PIXELS)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_modes_are_converted_as_pillow_does(
    save_and_read: SaveAndRead, mode: str
) -> None:
    image = PHOTO.convert(mode)

    photo = save_and_read(image, "tif")

    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGB")))


# Opaque, transparent and half transparent
SHADES = np.array([[[20, 20, 20, 255], [20, 20, 20, 0], [0, 0, 0, 127]]], np.uint8)
RGBA = Image.fromarray(SHADES)


@pytest.mark.parametrize("image", [RGBA, RGBA.quantize()], ids=["RGBA", "palette"])
def test_a_transparent_photo_is_drawn_over_white(
    save_and_read: SaveAndRead, image: Image.Image
) -> None:
    photo = save_and_read(image, "png")

    assert photo.pixels[0, :, 0].tolist() == [20, 255, 255 - 127]


# Little-endian in memory, and big-endian
@pytest.mark.parametrize(("suffix", "dtype"), [("png", "<u2"), ("tif", ">u2")])
def test_16_bit_grey_is_divided_by_257_and_rounded(
    save_and_read: SaveAndRead, suffix: str, dtype: str
) -> None:
    # Half of 257 is 128.5, and 257 · 255 is 65535.
    values = np.array([[0, 128, 129, 600, 51400, 65535]], dtype)

    photo = save_and_read(Image.fromarray(values), suffix)

    assert photo.pixels[0, :, 0].tolist() == [0, 0, 1, 2, 200, 255]


def test_the_transparent_value_of_16_bit_grey_becomes_white(
    save_and_read: SaveAndRead,
) -> None:
    values = np.array([[0, 99, 51400]], np.uint16)

    photo = save_and_read(Image.fromarray(values), "png", transparency=99)

    assert photo.pixels[0, :, 0].tolist() == [0, 255, 51400 / 257]


ROSE = Image.new("RGB", (9, 9), (180, 99, 90))
# For linear values, by CSS Color 4
DISPLAY_P3_TO_SRGB = [
    [1.2249, -0.2249, 0],
    [-0.0421, 1.0421, 0],
    [-0.0196, -0.0786, 1.0983],
]


@pytest.mark.parametrize("image", [ROSE, ROSE.quantize(2)], ids=["RGB", "palette"])
def test_colours_become_srgb_by_the_files_profile(
    save_and_read: SaveAndRead, image: Image.Image
) -> None:
    photo = save_and_read(image, "png", icc_profile=DISPLAY_P3)

    linear = DISPLAY_P3_TO_SRGB @ (np.array([180, 99, 90]) / 255) ** 2.2
    # By IEC 61966-2-1, the standard of sRGB
    srgb = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(photo.pixels[4, 4], srgb, atol=0.6)  # rounded


def test_colours_become_srgb_before_they_are_drawn_over_white(
    save_and_read: SaveAndRead,
) -> None:
    vivid_green = Image.new("RGBA", (9, 9), (100, 255, 0, 128))

    photo = save_and_read(vivid_green, "png", icc_profile=DISPLAY_P3)

    # It lies outside sRGB, and becomes (0, 255, 0), drawn with an opacity of 128 / 255.
    # Red would be 154 in the other order, and 177 without the profile.
    assert photo.pixels[4, 4].tolist() == [255 - 128, 255, 255 - 128]


def encoded(image: Image.Image, kind: str) -> bytes:
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


NOT_ALLOWED = (
    "Pillow cannot read it; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF"
)
TOO_MANY_BITS = "its values have 32 bits; convert it to 8 bits"
UNREADABLE = {
    "another format": (encoded(PHOTO, "PPM"), NOT_ALLOWED),
    "grey with premultiplied alpha": (
        (CASES / "assoc.tif").read_bytes(),
        "conversion from La to L not supported",
    ),
    "cut off": (encoded(PHOTO, "PNG")[:60], "image file is truncated"),
    "integers": (encoded(Image.new("I", (9, 9)), "TIFF"), TOO_MANY_BITS),
    "floats": (encoded(Image.new("F", (9, 9)), "TIFF"), TOO_MANY_BITS),
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


def test_a_file_of_more_than_256_mib_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "film.png"
    path.touch()
    os.truncate(path, 2**28 + 1)

    with pytest.raises(PhotoError, match=f"^{path}: larger than 268435456 bytes$"):
        photos.read_photo(path)


def test_a_photo_of_25_million_pixels_is_read_without_a_warning(
    save_and_read: SaveAndRead,
) -> None:
    # Pillow warns above 20 million, half of the limit; pytest makes warnings errors.
    photo = save_and_read(Image.new("1", (5000, 5000)), "png")

    assert (photo.width, photo.height) == (5000, 5000)


@pytest.mark.parametrize(
    ("row", "means"),
    [
        (256 * [10, 20], 256 * [10, 20]),  # 512 pixels stay
        (256 * [0, 60, 80, 90], 256 * [30, 85]),  # 1,024 in blocks of two
        (171 * [0, 30, 60, 7, 8, 9], 171 * [30, 8]),  # 1,026 in blocks of three
    ],
)
def test_a_side_above_512_pixels_is_reduced_to_the_means_of_blocks(
    save_and_read: SaveAndRead, row: list[int], means: list[int]
) -> None:
    photo = save_and_read(Image.fromarray(np.array([row], np.uint8)), "png")

    assert photo.pixels[0, :, 0].tolist() == means


def test_a_reduced_photo_has_the_width_and_height_of_its_file(
    save_and_read: SaveAndRead,
) -> None:
    photo = save_and_read(PHOTO.resize((1024, 40)), "png")

    assert photo.pixels.shape == (40, 512, 3)
    assert (photo.width, photo.height) == (1024, 40)


def test_a_photo_is_resized_with_the_filters_that_scikit_image_documents() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (500, 260, 3), np.uint8)

    resized = photos.to_model_size(photos.Photo(pixels, width=260, height=500))

    # skimage.transform.resize documents sigma. Its "reflect" is SciPy's "mirror".
    sigma = (7.3125, 3.5625, 0)  # (500 / 32 - 1) / 2 and (260 / 32 - 1) / 2
    smooth = ndimage.gaussian_filter(pixels / 255, sigma, mode="mirror")
    zoom = (32 / 500, 32 / 260, 1)
    expected = ndimage.zoom(smooth, zoom, order=1, mode="mirror", grid_mode=True)
    np.testing.assert_allclose(resized, expected, atol=1e-12, strict=True)


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (680, 500, (250, 340, 3)),
        (500, 680, (340, 250, 3)),
        (90, 60, (60, 90, 3)),  # a small photo is not enlarged
        (4000, 1, (1, 340, 3)),  # a side has at least one pixel
        (1, 4000, (340, 1, 3)),
    ],
)
def test_a_thumbnail_is_in_proportion_with_sides_up_to_340(
    save_and_read: SaveAndRead, width: int, height: int, shape: tuple[int, ...]
) -> None:
    photo = save_and_read(PHOTO.resize((width, height)), "png")

    assert photos.to_thumbnail(photo).shape == shape
