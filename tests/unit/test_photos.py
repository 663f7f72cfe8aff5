"""Photos in every format and mode, compared with Pillow and scikit-image, and files that are not photos."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from scipy import ndimage
from skimage.transform import resize

from birds import photos
from birds.errors import PhotoError
from birds.photos import Photo
from colour_profiles import P3_TO_XYZ, SRGB_TO_XYZ, display_p3
from projects import PRINT_PEAK_MEMORY, needs_proc

BUSY = 2  # how much slower a machine may be while it runs other tests
GRADIENT = np.dstack([*np.meshgrid(np.arange(0, 240, 4), np.arange(0, 160, 4)), np.full((40, 60), 99)]).astype(np.uint8)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(GRADIENT).save(path, lossless=True)
    photo = photos.read_photo(path).pixels
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
    np.testing.assert_array_equal(photos.read_photo(path).pixels, expected)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits_keep_their_brightness(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"deep.{suffix}"
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(
        photos.read_photo(path).pixels[0], [[round(value / 257)] * 3 for value in values[0].tolist()]
    )


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_transparent_photos_are_drawn_over_white(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clear.{suffix}"
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 127]]], np.uint8)
    Image.fromarray(pixels).save(path, lossless=True, exact=True)
    assert photos.read_photo(path).pixels[0].tolist() == [[10, 20, 30], [255] * 3, [128] * 3]


def test_a_bitmap_with_alpha_is_drawn_over_white(tmp_path: Path) -> None:
    """In cases/alpha0.bmp, alpha is 0 everywhere and therefore unused. Here, it is 0 for all pixels but the last."""
    content = bytearray((Path(__file__).parent / "cases/alpha0.bmp").read_bytes())
    content[-1] = 255  # the alpha of the bottom right pixel
    (tmp_path / "clear.bmp").write_bytes(content)
    pixels = photos.read_photo(tmp_path / "clear.bmp").pixels
    assert pixels[-1, -1].tolist() == [30, 160, 60]
    assert (pixels.reshape(-1, 3) == 255).all(axis=1).sum() == pixels.shape[0] * pixels.shape[1] - 1


def test_transparent_palette_and_grey_photos_are_drawn_over_white(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), mode=None).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "palette.png", transparency=1)
    assert photos.read_photo(tmp_path / "palette.png").pixels[0].tolist() == [[10, 20, 30], [255] * 3]
    Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8)).save(tmp_path / "grey.png")
    assert photos.read_photo(tmp_path / "grey.png").pixels[0].tolist() == [[7] * 3, [255] * 3]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotated_photos_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((2, 3, 3), np.uint8)
    upright[0, 0] = 255  # the top left corner
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
    np.testing.assert_array_equal(photos.read_photo(tmp_path / "turned.png").pixels, upright)


def png_text(key: str, text: str) -> dict[str, Any]:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text)
    return {"pnginfo": info}


XMP = '<rdf:Description tiff:Orientation="6"/>'
SIDEWAYS = Image.Exif()
SIDEWAYS[0x0112] = 6
RAW = f"\nexif\n{len(SIDEWAYS.tobytes())}\n{SIDEWAYS.tobytes().hex()}"
EXIF: dict[str, Any] = {"exif": SIDEWAYS.tobytes()}


@pytest.mark.parametrize(
    ("suffix", "metadata", "is_turned"),
    [
        *((suffix, EXIF, True) for suffix in ("jpg", "png", "avif", "tiff")),
        ("webp", EXIF, False),
        ("jpg", {"xmp": XMP.encode()}, False),
        ("png", png_text("XML:com.adobe.xmp", XMP), False),
        ("png", png_text("Raw profile type exif", RAW), False),
    ],
)
def test_photos_are_turned_like_in_browsers(
    tmp_path: Path, suffix: str, metadata: dict[str, Any], is_turned: bool
) -> None:
    Image.fromarray(GRADIENT).save(tmp_path / f"photo.{suffix}", **metadata)
    photo = photos.read_photo(tmp_path / f"photo.{suffix}")
    assert (photo.pixels.shape[:2] == (60, 40)) is is_turned


@pytest.mark.parametrize(
    ("orientation", "size"), [(n, (3, 2)) for n in range(1, 5)] + [(n, (2, 3)) for n in range(5, 9)]
)
def test_the_size_of_a_photo_is_that_of_the_upright_photo(
    tmp_path: Path, orientation: int, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (3, 2)).save(tmp_path / "turned.jpg", exif=exif)
    photo = photos.read_photo(tmp_path / "turned.jpg")
    assert (photo.width, photo.height) == size
    assert photo.pixels.shape == (*size[::-1], 3)


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\xff\xff"]
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_photos_with_damaged_exif_data_are_read(tmp_path: Path, suffix: str, exif: bytes) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(GRADIENT).save(path, exif=exif)
    assert photos.read_photo(path).pixels.shape == GRADIENT.shape


def test_the_first_frame_of_an_animation_is_read(tmp_path: Path) -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    first.save(tmp_path / "frames.gif", save_all=True, append_images=[second])
    assert photos.read_photo(tmp_path / "frames.gif").pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (3, 500), (270, 480)])
def test_resizing_is_a_gaussian_filter_and_linear_interpolation(size: tuple[int, int]) -> None:
    """SciPy's filters, with the standard deviation and the border that scikit-image documents."""
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    sigma = [max(0, (n / 32 - 1) / 2) for n in size]
    smooth = ndimage.gaussian_filter(pixels / 255, [*sigma, 0], mode="mirror")
    zoom = [32 / size[0], 32 / size[1], 1]
    expected = ndimage.zoom(smooth, zoom, order=1, mode="mirror", grid_mode=True)
    resized = photos.to_model_size(Photo(pixels, size[1], size[0]))
    assert resized.shape == (32, 32, 3)
    np.testing.assert_allclose(resized, expected, atol=1e-12)


@pytest.mark.parametrize("size", [(1500, 700), (300, 2000), (1025, 33)])
def test_reducing_a_large_photo_hardly_changes_what_the_model_sees(tmp_path: Path, size: tuple[int, int]) -> None:
    x, y = np.meshgrid(np.linspace(0, 7, size[0]), np.linspace(0, 5, size[1]))
    pixels = np.dstack([127 + 127 * np.sin(x + y), 127 + 127 * np.cos(3 * x), 255 * (y > 2)]).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "large.png")
    photo = photos.read_photo(tmp_path / "large.png")
    assert (photo.width, photo.height) == size
    assert max(photo.pixels.shape) <= photos.SIDE_MAX
    expected = resize(pixels, (32, 32, 3), mode="reflect", anti_aliasing=True)
    np.testing.assert_allclose(photos.to_model_size(photo), expected, atol=0.02)


@pytest.mark.parametrize(
    ("size", "orientation", "shape"),
    [
        ((4000, 3000), 1, (255, 340, 3)),
        ((4000, 3000), 6, (340, 255, 3)),
        ((60, 40), 1, (40, 60, 3)),
        ((4000, 1), 1, (1, 340, 3)),
    ],
)
def test_a_thumbnail_keeps_the_proportions(
    tmp_path: Path, size: tuple[int, int], orientation: int, shape: tuple[int, ...]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", size).save(tmp_path / "photo.png", exif=exif)
    assert photos.to_thumbnail(photos.read_photo(tmp_path / "photo.png")).shape == shape


def test_a_photo_may_have_as_many_pixels_as_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "photo.png")
    monkeypatch.setattr(photos, "PIXELS_MAX", 6)
    assert photos.read_photo(tmp_path / "photo.png").width == 3
    monkeypatch.setattr(photos, "PIXELS_MAX", 5)
    with pytest.raises(PhotoError, match="more than 5 pixels"):
        photos.read_photo(tmp_path / "photo.png")


@needs_proc
@pytest.mark.whole
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *[("RGB.jpg", size) for size in ((65_500, 64), (4000, 3000), (8000, 5000))],
        *[("RGBA.png", size) for size in ((4_000_000, 1), (1, 4_000_000), (8000, 5000))],
        *[("I;16.png", size) for size in ((4_000_000, 1), (8000, 5000))],
        ("L.png", (8000, 5000)),
    ],
)
def test_every_accepted_photo_takes_limited_time_and_memory(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    mode = kind.partition(".")[0]
    path = tmp_path / kind
    colour: Any = {"L": 99, "RGB": (9, 99, 199), "RGBA": (9, 99, 199, 99), "I;16": 50_000}[mode]
    Image.new(mode, size, colour).save(path)
    script = f"""
import time
from birds import photos
start = time.process_time()
photos.to_model_size(photos.read_photo({str(path)!r}))
print(time.process_time() - start)
{PRINT_PEAK_MEMORY}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 2 * BUSY
    assert megabytes < 500


# The same grey photo in every depth and interpretation. All must match the 8-bit photo.
GREY = np.add.outer(np.arange(40.0), np.arange(60.0)) / 98
DEEP: dict[str, tuple[np.ndarray[Any, Any], str]] = {
    "16 bits": ((GREY * 65535).astype(np.uint16), "png"),
    "16 bits, TIFF": ((GREY * 65535).astype(np.uint16), "tif"),
    "32 bits with 16-bit values": ((GREY * 65535).astype(np.int32), "tif"),
    "32 bits with 8-bit values": ((GREY * 255).astype(np.int32), "tif"),
    "floats to 1": (GREY.astype(np.float32), "tif"),
    "floats to 255": ((GREY * 255).astype(np.float32), "tif"),
    "floats to 65535": ((GREY * 65535).astype(np.float32), "tif"),
}


WHITE_IS_ZERO = [(name, 0) for name in ("16 bits, TIFF", "floats to 1", "floats to 255")]


@pytest.mark.parametrize(("kind", "photometric"), [*((name, 1) for name in DEEP), *WHITE_IS_ZERO])
def test_every_depth_gives_the_same_photo_as_8_bits(tmp_path: Path, kind: str, photometric: int) -> None:
    values, suffix = DEEP[kind]
    if photometric == 0:
        values = (values.max() - values).astype(values.dtype)
    Image.fromarray(values).save(tmp_path / f"deep.{suffix}")
    if photometric == 0:
        content = bytearray((tmp_path / "deep.tif").read_bytes())
        tag = content.index(b"\x06\x01\x03\x00\x01\x00\x00\x00")  # PhotometricInterpretation, a short
        content[tag + 8] = 0
        (tmp_path / "deep.tif").write_bytes(content)
    expected = np.rint(GREY * 255)[:, :, None]
    np.testing.assert_allclose(photos.read_photo(tmp_path / f"deep.{suffix}").pixels, expected + np.zeros(3), atol=1)


def test_a_black_photo_does_not_tell_which_value_is_white(tmp_path: Path) -> None:
    for dtype in np.uint16, np.int32, np.float32:
        Image.fromarray(np.zeros((3, 2), dtype)).save(tmp_path / "black.tif")
        with pytest.raises(PhotoError, match="its values, 0 to 0, do not tell which value is white"):
            photos.read_photo(tmp_path / "black.tif")


@pytest.mark.parametrize("largest", [255, 1023, 4095, 16383])
def test_values_that_do_not_fill_their_type_are_rejected(tmp_path: Path, largest: int) -> None:
    Image.fromarray((GREY * largest).astype(np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(
        PhotoError, match=rf"png: its values, 0 to {largest}, do not tell which value is white; convert"
    ):
        photos.read_photo(tmp_path / "deep.png")


@pytest.mark.parametrize("values", [[-1.0, 0.9], [0.0, np.inf], [0.0, np.nan], [0.0, 1e6]])
def test_floats_without_a_usual_range_are_rejected(tmp_path: Path, values: list[float]) -> None:
    Image.fromarray(np.array([values], np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(PhotoError, match="do not tell which value is white"):
        photos.read_photo(tmp_path / "float.tif")


def test_files_from_fixed_bugs_are_read_or_rejected() -> None:
    cases = {
        "float01.tif": (128, 128, 128),
        "alpha0.bmp": (30, 160, 60),
        "assoc.tif": (155, 155, 155),  # premultiplied 100 with alpha 200, over white
        "oddtag_rot.jpg": (30, 160, 60),
        "avif.jpg": (30, 160, 60),
        "crc_pHYs.png": None,
        "xmp.jpg": None,
    }
    for name, colour in cases.items():
        pixels = photos.read_photo(Path(__file__).parent / "cases" / name).pixels
        if colour is None:  # the eagle, in its original orientation
            assert pixels.shape[0] < pixels.shape[1], name
            continue
        assert pixels.shape == ((40, 30, 3) if name == "oddtag_rot.jpg" else (30, 40, 3)), name
        np.testing.assert_allclose(pixels, np.broadcast_to(colour, pixels.shape), atol=2, err_msg=name)
    with pytest.raises(PhotoError, match="its values, 600 to 600, do not tell which value is white"):
        photos.read_photo(Path(__file__).parent / "cases/tenbit.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colour_profiles_are_converted_to_srgb(tmp_path: Path, suffix: str, mode: str) -> None:
    colour = (180, 120, 90)
    linear = np.linalg.solve(SRGB_TO_XYZ, P3_TO_XYZ @ (np.array(colour) / 255) ** 2.2)
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(expected - colour).max() > 10, "the profile must change the colour"
    path = tmp_path / f"photo.{suffix}"
    image = Image.new("RGB" if suffix == "jpg" else mode, (40, 30), colour)
    image.save(path, icc_profile=display_p3(), quality=100, lossless=True)
    np.testing.assert_allclose(photos.read_photo(path).pixels[5, 5], expected, atol=3)


@pytest.mark.parametrize("profile", [b"not a profile", display_p3()[:200]])
def test_a_damaged_profile_is_ignored(tmp_path: Path, profile: bytes) -> None:
    Image.fromarray(GRADIENT).save(tmp_path / "photo.png", icc_profile=profile)
    np.testing.assert_array_equal(photos.read_photo(tmp_path / "photo.png").pixels, GRADIENT)


def test_photos_with_large_texts_and_profiles_are_read(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 3_000_000, zip=True)
    Image.fromarray(GRADIENT).save(tmp_path / "text.png", pnginfo=info, icc_profile=display_p3() + bytes(3_000_000))
    assert photos.read_photo(tmp_path / "text.png").pixels.shape == GRADIENT.shape


@pytest.mark.parametrize("kind", ["tEXt", "gAMA", "IDAT", "IHDR"])
def test_a_png_with_a_wrong_checksum_is_read_if_it_can_be_read_without_that_chunk(tmp_path: Path, kind: str) -> None:
    content = bytearray(png_with_chunk(kind))
    where = content.index(kind.encode()) - 4
    content[where + 8 + int.from_bytes(content[where : where + 4])] ^= 1
    (tmp_path / "photo.png").write_bytes(content)
    if kind[0].islower():
        np.testing.assert_array_equal(photos.read_photo(tmp_path / "photo.png").pixels, GRADIENT)
    else:
        with pytest.raises(PhotoError, match=f"checksum of its chunk {kind} is wrong"):
            photos.read_photo(tmp_path / "photo.png")


def png_with_chunk(kind: str) -> bytes:
    content = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add(kind.encode(), bytes(9))
    Image.fromarray(GRADIENT).save(content, "PNG", pnginfo=info if kind[0].islower() else None)
    return content.getvalue()


def test_a_jpeg_is_whole_if_it_ends_after_its_header(tmp_path: Path) -> None:
    """A header may contain a whole thumbnail, and a phone may add a film after the end."""
    content, thumbnail = io.BytesIO(), io.BytesIO()
    Image.fromarray(GRADIENT).save(content, "JPEG")
    Image.fromarray(GRADIENT[:8, :8]).save(thumbnail, "JPEG")
    header = b"\xff\xd8\xff\xff\xe2" + (len(thumbnail.getvalue()) + 2).to_bytes(2) + thumbnail.getvalue()
    photo = header + content.getvalue()[2:]
    (tmp_path / "whole.jpg").write_bytes(photo + bytes(2**17))
    assert photos.read_photo(tmp_path / "whole.jpg").pixels.shape == GRADIENT.shape
    (tmp_path / "cut.jpg").write_bytes(photo[:-2])
    with pytest.raises(PhotoError, match="the file is cut off"):
        photos.read_photo(tmp_path / "cut.jpg")


def test_a_profile_for_colours_applies_to_a_grey_photo(tmp_path: Path) -> None:
    for mode in "L", "RGB":
        Image.fromarray(GRADIENT).convert("L").convert(mode).save(tmp_path / f"{mode}.png", icc_profile=display_p3())
    grey, colours = (photos.read_photo(tmp_path / f"{mode}.png").pixels for mode in ("L", "RGB"))
    np.testing.assert_array_equal(grey, colours)


def test_a_transparent_value_of_a_16_bit_photo_is_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 99, 65535]], np.uint16)).save(tmp_path / "deep.png", transparency=99)
    assert photos.read_photo(tmp_path / "deep.png").pixels[0].tolist() == [[0] * 3, [255] * 3, [255] * 3]


def bomb(path: Path) -> None:
    Image.new("1", (14_000, 14_000)).save(path)  # more than Pillow itself accepts


def large(path: Path) -> None:
    Image.new("1", (8000, 5001)).save(path)


def truncated(path: Path) -> None:
    Image.fromarray(GRADIENT).save(path, format="JPEG")
    path.write_bytes(path.read_bytes()[:700])


NOT_PHOTOS: dict[str, tuple[Any, str]] = {
    "bomb.png": (bomb, "more than 40000000 pixels; make it smaller"),
    "large.png": (large, "more than 40000000 pixels; make it smaller"),
    "heic.jpg": (lambda path: path.write_bytes(b"\0\0\0\x24ftypheic" + bytes(99)), "HEIC, not a readable photo"),
    "pdf.jpg": (lambda path: path.write_bytes(b"%PDF-1.7" + bytes(99)), "PDF, not a readable photo"),
    "svg.png": (lambda path: path.write_text("<?xml?><svg/>"), "SVG, not a readable photo"),
    "half.jpg": (truncated, "half.jpg: the file is cut off"),
    "text.png": (lambda path: path.write_text("hello"), "not a readable photo; allowed formats: JPEG, PNG"),
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
def test_non_image_files_give_a_one_line_error(tmp_path: Path, name: str) -> None:
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
        photo = photos.read_photo(path).pixels
    except PhotoError:
        return
    assert photo.ndim == 3
    assert photo.shape[2] == 3
