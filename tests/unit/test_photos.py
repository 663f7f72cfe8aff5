"""Photos compared with Pillow, NumPy and SciPy; the tests of the report compare many with a browser."""

import io
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage.transform import resize

from birds import photos
from birds.errors import PhotoError

CASES = Path(__file__).parent / "cases"
DISPLAY_P3 = (CASES / "display_p3.icc").read_bytes()  # with a gamma of 2.2
# Linear light to XYZ under D50, from the profiles' specifications
P3_TO_XYZ = [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
SRGB_TO_XYZ = [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
GREY = np.add.outer(np.arange(40.0), np.arange(60.0)) / 98
COLOURS = np.dstack([255 * GREY, 255 - 255 * GREY, 0 * GREY + 99]).astype(np.uint8)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "LAB"])
def test_every_mode_of_tiff_is_reduced_as_colours(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "photo.tif"
    image = Image.fromarray(COLOURS).resize((600, 400))
    (Image.merge("LAB", image.split()) if mode == "LAB" else image.convert(mode)).save(path)
    with Image.open(path) as saved:
        expected = np.asarray(saved.convert("RGB").reduce((2, 1)), int)
    np.testing.assert_allclose(photos.read_photo(path).pixels, expected, atol=2)


DEPTHS = [(np.uint16, 65535), (np.int32, 255), (np.int32, 65535), *((np.float32, n) for n in (1, 255, 65535))]


@pytest.mark.parametrize(("dtype", "white"), DEPTHS)
def test_every_depth_is_scaled_to_8_bits(tmp_path: Path, dtype: type, white: int) -> None:
    path = tmp_path / "deep.tif"
    values = (GREY * white).astype(dtype)
    expected = np.rint(values.astype(float) * 255 / white)[:, :, None] + np.zeros(3)
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(photos.read_photo(path).pixels, expected)
    if dtype != np.int32:  # Pillow reads no 32-bit integers in which 0 is white
        Image.fromarray(values.max() - values).save(path)
        path.write_bytes(path.read_bytes().replace(b"\6\1\3\0\1\0\0\0\1", b"\6\1\3\0\1\0\0\0\0"))
        np.testing.assert_array_equal(photos.read_photo(path).pixels, expected)


def test_an_unknown_white_level_is_rejected(tmp_path: Path) -> None:
    wrong = [np.array([[0, high]], np.uint16) for high in (0, 255, 16383)]
    wrong += [np.array([values], np.float32) for values in ([-1, 0.9], [0, np.inf], [0, np.nan], [0, 1e6])]
    for values in wrong:
        Image.fromarray(values).save(tmp_path / "deep.tif")
        with pytest.raises(PhotoError, match=r"deep.tif: its values, .*, do not tell which value is white"):
            photos.read_photo(tmp_path / "deep.tif")


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_transparent_photos_are_drawn_over_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clear.{suffix}"
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 127]]], np.uint8)
    Image.fromarray(pixels).save(path, lossless=True, exact=True)
    assert photos.read_photo(path).pixels[0].tolist() == [[10, 20, 30], [255] * 3, [128] * 3]


def test_a_transparent_value_of_a_16_bit_photo_is_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 99, 65535]], np.uint16)).save(tmp_path / "deep.png", transparency=99)
    assert photos.read_photo(tmp_path / "deep.png").pixels[0].tolist() == [[0] * 3, [255] * 3, [255] * 3]


@pytest.mark.parametrize("suffix", ["png", "tiff", "mpo"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_first_image_is_turned_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"turned.{suffix}"
    turned = np.rot90(COLOURS, {3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}.get(orientation, 0))  # to the left
    stored = Image.fromarray(np.array(turned[:, ::-1] if orientation in (2, 4, 5, 7) else turned))
    exif = Image.Exif()
    exif[0x0112] = orientation
    frames = [Image.new("RGB", stored.size)]
    stored.save(path, exif=exif, quality=100, subsampling=0, save_all=True, append_images=frames)
    photo = photos.read_photo(path)
    np.testing.assert_allclose(photo.pixels, COLOURS, atol=3 if suffix == "mpo" else 0)
    assert (photo.width, photo.height) == (60, 40)


@pytest.mark.parametrize(
    "metadata",
    [
        *[{"exif": exif} for exif in (b"Exif\0\0?", b"II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\xff\xff")],
        *[{"icc_profile": content} for content in (b"not a profile", DISPLAY_P3[:200] + bytes(3_000_000))],
    ],
)
def test_damaged_and_large_metadata_are_ignored(tmp_path: Path, metadata: dict[str, Any]) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "photo.png", **metadata)
    np.testing.assert_array_equal(photos.read_photo(tmp_path / "photo.png").pixels, COLOURS)


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (3, 500), (270, 480)])
def test_resizing_is_a_gaussian_filter_and_linear_interpolation(size: tuple[int, int]) -> None:
    """SciPy's filters, with the standard deviation and the border that scikit-image documents."""
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    sigma = [max(0, (n / 32 - 1) / 2) for n in size]
    smooth = ndimage.gaussian_filter(pixels / 255, [*sigma, 0], mode="mirror")
    zoom = [32 / size[0], 32 / size[1], 1]
    expected = ndimage.zoom(smooth, zoom, order=1, mode="mirror", grid_mode=True)
    resized = photos.to_model_size(photos.Photo(pixels, size[1], size[0]))
    assert resized.shape == (32, 32, 3)
    np.testing.assert_allclose(resized, expected, atol=1e-12)


@pytest.mark.parametrize("size", [(1500, 700), (300, 2000), (1025, 33)])
def test_reducing_a_photo_hardly_changes_the_resized_one(tmp_path: Path, size: tuple[int, int]) -> None:
    x, y = np.meshgrid(np.linspace(0, 7, size[0]), np.linspace(0, 5, size[1]))
    waves = np.dstack([127 + 127 * np.sin(x + y), 127 + 127 * np.cos(3 * x), 255 * (y > 2)]).astype(np.uint8)
    Image.fromarray(waves).save(tmp_path / "large.png")
    photo = photos.read_photo(tmp_path / "large.png")
    assert (photo.width, photo.height) == size
    assert max(photo.pixels.shape) <= photos.SIDE_MAX
    expected = resize(waves, (32, 32, 3), mode="reflect", anti_aliasing=True)
    np.testing.assert_allclose(photos.to_model_size(photo), expected, atol=0.02)


@pytest.mark.parametrize(
    ("size", "shape"), [((10_000, 4000), (136, 340, 3)), ((60, 40), (40, 60, 3)), ((4000, 1), (1, 340, 3))]
)
def test_a_thumbnail_keeps_proportions(tmp_path: Path, size: tuple[int, int], shape: tuple[int, ...]) -> None:
    Image.new("L", size).save(tmp_path / "photo.png")
    assert photos.to_thumbnail(photos.read_photo(tmp_path / "photo.png")).shape == shape


@pytest.mark.parametrize(
    ("suffix", "mode", "rgba"),
    [("tif", "RGB", (180, 99, 90, 255)), ("png", "RGBA", (180, 99, 90, 128)), ("png", "L", (9, 9, 9, 255))],
)
def test_colours_become_srgb(tmp_path: Path, suffix: str, mode: str, rgba: tuple[int, ...]) -> None:
    *colour, alpha = np.array(rgba) / 255
    linear = np.linalg.solve(SRGB_TO_XYZ, P3_TO_XYZ @ np.power(colour, 2.2))
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(srgb - colour).max() > 0.02, "the profile must change the colour"
    image = Image.new("RGBA", (40, 30), rgba).convert(mode)
    image.save(tmp_path / f"photo.{suffix}", icc_profile=DISPLAY_P3)
    pixels = photos.read_photo(tmp_path / f"photo.{suffix}").pixels / 255
    np.testing.assert_allclose(pixels, np.broadcast_to(1 + alpha * (srgb - 1), (30, 40, 3)), atol=0.01)


# The second has premultiplied alpha: 100 of 200 over white.
@pytest.mark.parametrize(("name", "grey"), [("float01.tif", 128), ("assoc.tif", 155)])
def test_files_from_fixed_bugs_are_read(name: str, grey: int) -> None:
    pixels = photos.read_photo(CASES / name).pixels
    np.testing.assert_allclose(pixels, np.full((30, 40, 3), grey), atol=2)


def encoded(kind: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(COLOURS).save(content, kind)
    return content.getvalue()


THUMBNAIL = b"\xff\xd8\xff\xff\xe2\0\x08\xff\xd8\xff\xd9\0\0"  # in the header
JPEG, PNG, GIF = THUMBNAIL + encoded("JPEG")[2:], encoded("PNG"), encoded("GIF")
NOT_PHOTOS: dict[str, tuple[Any, str]] = {
    "large.gif": (GIF[:6] + struct.pack("<HH", 9999, 9999) + GIF[10:], "more than 40000000 pixels; make it"),
    "bomb.gif": (GIF[:6] + b"\xff" * 4 + GIF[10:], "more than 40000000 pixels; make it smaller"),
    "heic.jpg": (b"\0\0\0\x24ftypheic" + bytes(99), "HEIC, not a readable photo"),
    "svg.png": (b"<?xml?><svg/>", "SVG, not a readable photo"),
    "cut.jpg": (JPEG[:-2], "the file is cut off"),
    "cut.png": (PNG[:-2], "the file is cut off"),
    "cut.gif": (GIF[:-1], "the file is cut off"),
    "header.jpg": (JPEG[:3], "damaged ("),
    "damaged.png": (PNG[:-13] + b"?" + PNG[-12:], "damaged (the checksum of its chunk IDAT is wrong)"),
    "text.png": (b"hello", "not a readable photo; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF"),
    "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a readable photo"),
    "folder": (Path.mkdir, "not a regular file"),
    "pipe": (os.mkfifo, "not a regular file"),
    "missing.png": (lambda _: None, "No such file"),
}


@pytest.mark.parametrize("name", NOT_PHOTOS)
def test_a_file_that_is_not_a_photo_gives_a_one_line_error(tmp_path: Path, name: str) -> None:
    content, reason = NOT_PHOTOS[name]
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    with pytest.raises(PhotoError) as caught:
        photos.read_photo(path)
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)
