"""Photos compared with Pillow, NumPy and SciPy; the tests of the report compare many with a browser."""

import io
import os
from itertools import product
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


@pytest.mark.parametrize(("dtype", "white"), [*product(["i4", "f4"], [255, 65535]), ("u2", 65535), ("f4", 1)])
def test_every_depth_is_scaled_to_8_bits(tmp_path: Path, dtype: str, white: int) -> None:
    path = tmp_path / "deep.tif"
    values = (GREY * white).astype(dtype)
    expected = np.rint(values.astype(float) * 255 / white)[:, :, None] + np.zeros(3)
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(photos.read_photo(path).pixels, expected)
    if dtype != "i4":  # Pillow reads no 32-bit integers in which 0 is white
        Image.fromarray(values.max() - values).save(path)
        path.write_bytes(path.read_bytes().replace(b"\6\1\3\0\1\0\0\0\1", b"\6\1\3\0\1\0\0\0\0"))
        np.testing.assert_array_equal(photos.read_photo(path).pixels, expected)


def test_transparent_photos_are_drawn_over_white(tmp_path: Path) -> None:
    rgba = Image.fromarray(np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 127]]], np.uint8))
    for name in "a.png", "a.webp", "a.tiff":
        rgba.save(tmp_path / name, lossless=True, exact=True)
        assert photos.read_photo(tmp_path / name).pixels.tolist() == [[[10, 20, 30], [255] * 3, [128] * 3]]
    Image.fromarray(np.array([[0, 99, 65535]], np.uint16)).save(tmp_path / "deep.png", transparency=99)
    assert photos.read_photo(tmp_path / "deep.png").pixels.tolist() == [[[0] * 3, [255] * 3, [255] * 3]]
    premultiplied = photos.read_photo(CASES / "assoc.tif").pixels
    np.testing.assert_allclose(premultiplied, np.full((30, 40, 3), 155), atol=2, err_msg="100 of 200 over white")


@pytest.mark.parametrize("suffix", ["png", "tiff", "mpo"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_first_image_is_turned_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"turned.{suffix}"
    turned = np.rot90(COLOURS, {3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}.get(orientation, 0))  # to the left
    stored = Image.fromarray(np.array(turned[:, ::-1] if orientation in (2, 4, 5, 7) else turned))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, quality=100, subsampling=0, save_all=True, append_images=[Image.new("L", (9, 9))])
    photo = photos.read_photo(path)
    np.testing.assert_allclose(photo.pixels, COLOURS, atol=3 if suffix == "mpo" else 0)
    assert (photo.width, photo.height) == (60, 40)


@pytest.mark.parametrize("name", ["exif", "icc_profile"])
@pytest.mark.parametrize("content", [b"Exif\0\0?", b"MM\0*\0\0\0\x08\xff\xff", DISPLAY_P3[:200] + bytes(2**21)])
def test_damaged_and_large_metadata_are_ignored(tmp_path: Path, name: str, content: Any) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "photo.png", **{name: content})
    np.testing.assert_array_equal(photos.read_photo(tmp_path / "photo.png").pixels, COLOURS)


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (3, 500), (500, 260), (1501, 700), (300, 2000), (4000, 1)])
def test_a_photo_is_resized_for_the_model_and_for_display(tmp_path: Path, size: tuple[int, int]) -> None:
    """SciPy's filters, with the standard deviation and the border that scikit-image documents."""
    x, y = np.meshgrid(np.linspace(0, 7, size[0]), np.linspace(0, 5, size[1]))
    waves = np.dstack([127 + 127 * np.sin(x + y), 127 + 127 * np.cos(3 * x), 255 * (y > 2)]).astype(np.uint8)
    Image.fromarray(waves).save(tmp_path / "photo.png")
    photo = photos.read_photo(tmp_path / "photo.png")
    assert max(photo.pixels.shape) <= photos.SIDE_MAX
    thumbnail = Image.fromarray(waves)
    thumbnail.thumbnail((photos.THUMBNAIL_SIDE, photos.THUMBNAIL_SIDE))
    np.testing.assert_allclose(np.asarray(thumbnail, int), photos.to_thumbnail(photo), atol=9)
    sigma = [max(0, (n / 32 - 1) / 2) for n in waves.shape[:2]]
    smooth = ndimage.gaussian_filter(waves / 255, [*sigma, 0], mode="mirror")
    expected = ndimage.zoom(smooth, [32 / size[1], 32 / size[0], 1], order=1, mode="mirror", grid_mode=True)
    tolerance = 1e-12 if max(size) <= photos.SIDE_MAX else 0.02  # larger photos are reduced first
    np.testing.assert_allclose(photos.to_model_size(photo), expected, atol=tolerance, strict=True)


@pytest.mark.parametrize(
    ("suffix", "mode", "rgba"),
    [("tif", "RGB", (180, 99, 90, 255)), ("png", "RGBA", (180, 99, 90, 128)), ("png", "L", (9, 9, 9, 255))],
)
def test_colours_become_srgb(tmp_path: Path, suffix: str, mode: str, rgba: tuple[int, ...]) -> None:
    *colour, alpha = np.array(rgba) / 255
    linear = np.linalg.solve(SRGB_TO_XYZ, P3_TO_XYZ @ np.power(colour, 2.2))
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(srgb - colour).max() > 0.02, "the profile must change the colour"
    path = tmp_path / f"photo.{suffix}"
    Image.new("RGBA", (40, 30), rgba).convert(mode).save(path, icc_profile=DISPLAY_P3)
    pixels = photos.read_photo(path).pixels / 255
    np.testing.assert_allclose(pixels, np.broadcast_to(1 + alpha * (srgb - 1), (30, 40, 3)), atol=0.01)


def encoded(kind: str, values: Any = COLOURS) -> bytes:
    content = io.BytesIO()
    Image.fromarray(values).save(content, kind)
    return content.getvalue()


# The white level of these is unknown.
DEEP = [np.array([[0, high]], np.uint16) for high in (0, 255, 16383)]
DEEP += [np.array([values], np.float32) for values in ([-1, 0.9], [0, np.inf], [0, np.nan], [0, 1e6])]
THUMBNAIL = b"\xff\xd8\xff\xff\xe2\0\x08\xff\xd8\xff\xd9\0\0"  # in the header
JPEG, PNG, GIF = THUMBNAIL + encoded("JPEG")[2:], encoded("PNG"), encoded("GIF")
UNREADABLE: dict[str, tuple[Any, str]] = {
    **{f"{n}.tif": (encoded("TIFF", values), "its values, ") for n, values in enumerate(DEEP)},
    "large.gif": (GIF[:6] + b"\xff\x2f\xff\x2f" + GIF[10:], "more than 40000000 pixels; make it smaller"),
    "heic.jpg": (b"\0\0\0\x24ftypheic" + bytes(99), "HEIC, not a readable photo"),
    "svg.png": (b"<?xml?><svg/>", "SVG, not a readable photo"),
    **{f"cut {n}": (whole[:-1], "the file is cut off") for n, whole in enumerate((JPEG, PNG, GIF))},
    "header.jpg": (JPEG[:3], "damaged ("),
    "damaged.png": (PNG[:-13] + b"?" + PNG[-12:], "damaged (the checksum of its chunk IDAT is wrong)"),
    "text.png": (b"hello", "not a readable photo; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF"),
    "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a readable photo"),
    "pipe": (os.mkfifo, "not a regular file"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_gives_a_one_line_error(tmp_path: Path, name: str) -> None:
    content, reason = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    with pytest.raises(PhotoError) as caught:
        photos.read_photo(path)
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)
