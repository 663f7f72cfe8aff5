"""Photos in every format and mode, against Pillow and scikit-image, and files that are no photos."""

import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.transform import resize

from birds import photos
from birds.errors import PhotoError

GRADIENT = np.dstack([*np.meshgrid(np.arange(0, 240, 4), np.arange(0, 160, 4)), np.full((40, 60), 99)]).astype(np.uint8)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(GRADIENT).save(path, lossless=True)
    photo = photos.read_photo(path)
    assert photo.shape == (40, 60, 3)
    assert photo.dtype == np.uint8
    tolerance = {"jpg": 30, "gif": 40}.get(suffix, 0)
    np.testing.assert_allclose(photo.astype(int), GRADIENT.astype(int), atol=tolerance)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_every_mode_is_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "photo.tiff"
    image = Image.fromarray(GRADIENT)
    if mode == "LAB":
        image = Image.merge("LAB", image.split())
    image.convert(mode).save(path)
    with Image.open(path) as saved:
        expected = np.asarray(saved.convert("RGB"))
    np.testing.assert_array_equal(photos.read_photo(path), expected)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits_keep_their_brightness(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deep.{suffix}"
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(photos.read_photo(path)[0], [[value >> 8] * 3 for value in values[0].tolist()])


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_transparency_is_over_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clear.{suffix}"
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 127]]], np.uint8)
    Image.fromarray(pixels).save(path, lossless=True, exact=True)
    assert photos.read_photo(path)[0].tolist() == [[10, 20, 30], [255] * 3, [128] * 3]


def test_transparent_palettes_and_greys_are_over_white(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), mode=None).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "palette.png", transparency=1)
    assert photos.read_photo(tmp_path / "palette.png")[0].tolist() == [[10, 20, 30], [255] * 3]
    Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8)).save(tmp_path / "grey.png")
    assert photos.read_photo(tmp_path / "grey.png")[0].tolist() == [[7] * 3, [255] * 3]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotated_photos_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((2, 3, 3), np.uint8)
    upright[0, 0] = 255  # the corner at the top left
    stored: Any = {
        1: lambda x: x,
        2: np.fliplr,
        3: lambda x: np.rot90(x, 2),
        4: np.flipud,
        5: lambda x: x.transpose(1, 0, 2),
        6: lambda x: np.rot90(x, 1),
        7: lambda x: np.rot90(x, 2).transpose(1, 0, 2),
        8: lambda x: np.rot90(x, 3),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored[orientation](upright))).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(photos.read_photo(tmp_path / "turned.png"), upright)


def test_the_first_frame_is_taken(tmp_path: Path) -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    first.save(tmp_path / "frames.gif", save_all=True, append_images=[second])
    assert photos.read_photo(tmp_path / "frames.gif")[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("size", [(1, 1), (10_000, 10), (10, 10_000), (32, 32), (3, 500)])
def test_any_size_is_resized(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    resized = photos.to_model_size(photo)
    assert resized.shape == (32, 32, 3)
    assert 0 <= resized.min() <= resized.max() <= 1
    np.testing.assert_array_equal(resized, resize(photo, (32, 32, 3), mode="reflect", anti_aliasing=True))


def test_a_large_photo_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (9400, 9400), "#102030").save(path)
    tracemalloc.start()
    try:
        photo = photos.read_photo(path)
        photos.to_model_size(photo)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert photo.shape[0] * photo.shape[1] <= photos.PIXELS_MAX
    assert photo[0, 0].tolist() == [0x10, 0x20, 0x30]
    assert peak < 2**29


def bomb(path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(path)


def truncated(path: Path) -> None:
    Image.fromarray(GRADIENT).save(path, format="JPEG")
    path.write_bytes(path.read_bytes()[:700])


NOT_PHOTOS: dict[str, tuple[Any, str]] = {
    "bomb.png": (bomb, "more than 89478485 pixels, which may be a decompression bomb"),
    "truncated.jpg": (truncated, "truncated"),
    "text.png": (lambda path: path.write_text("hello"), "not a readable photo; allowed are JPEG, PNG"),
    "script.eps": (
        lambda path: path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        "not a readable photo",
    ),
    "empty.gif": (lambda path: path.write_bytes(b""), "not a readable photo"),
    "folder": (lambda path: path.mkdir(), "not a regular file"),
    "pipe": (os.mkfifo, "not a regular file"),
    "missing.png": (lambda _: None, "No such file"),
}


@pytest.mark.parametrize("name", NOT_PHOTOS)
def test_non_image_files_are_rejected_in_one_line(tmp_path: Path, name: str) -> None:
    make, reason = NOT_PHOTOS[name]
    make(tmp_path / name)
    with pytest.raises(PhotoError) as caught:
        photos.read_photo(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    st.floats(0.1, 1),
)
def test_damaged_photos_are_read_or_rejected(
    tmp_path: Path, kind: str, changes: list[tuple[float, int]], kept: float
) -> None:
    path = tmp_path / "photo"
    Image.fromarray(GRADIENT).save(path, format=kind)
    content = bytearray(path.read_bytes())
    for where, value in changes:
        content[int(where * len(content))] = value
    path.write_bytes(content[: int(kept * len(content)) + 1])
    try:
        photo = photos.read_photo(path)
    except PhotoError:
        return
    assert photo.ndim == 3
    assert photo.shape[2] == 3
