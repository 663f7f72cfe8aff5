"""Photos on the report's page: read as on the command line, or refused with a sentence."""

import io
import json
import struct
import zlib
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error, Page, expect

from browser import choose, shown_probability
from projects import CLASSIFY, Project

CASES = Path(__file__).parents[1] / "unit/cases"
DISPLAY_P3 = (CASES / "display_p3.icc").read_bytes()
Photos = dict[str, Path]


def image_with_noise(width: int, height: int) -> Image.Image:
    """Create an image with a few large blots and strong noise."""
    random = np.random.default_rng(width + height)
    blots = Image.fromarray(random.integers(0, 256, (5, 7, 3), np.uint8)).resize(
        (width, height)
    )
    noise = random.integers(-20, 21, (height, width, 3), np.int16)
    return Image.fromarray((np.asarray(blots) + noise).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    content = io.BytesIO()
    image.save(
        content,
        kind,
        **{"lossless": True, "compress_level": 1, "quality": 90, **settings},
    )
    return content.getvalue()


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


SMALL = image_with_noise(300, 200)
GREY = SMALL.convert("L")
PNG = encoded(SMALL)
TINY = SMALL.resize((9, 9))
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
SIZES = [
    *product((1, 2, 33, 270, 513), repeat=2),
    (32, 32),
    (2049, 257),
    (70_000, 100),
    (100, 70_000),
]
CHUNKS = {
    b"iCCP": b"P3\0\0" + zlib.compress(DISPLAY_P3),
    b"sRGB": b"\0",
    b"gAMA": struct.pack(">I", 45_455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
    b"cICP": bytes([9, 16, 0, 1]),
    b"eXIf": exif(6)[6:],
}


def with_chunk(
    kind: bytes, damage: int = 0, where: int = 33, png: bytes = PNG
) -> bytes:
    """Insert a chunk into a PNG, by default after its header."""
    content = CHUNKS[kind]
    checksum = struct.pack(">I", zlib.crc32(kind + content) ^ damage)
    return (
        png[:where]
        + struct.pack(">I", len(content))
        + kind
        + content
        + checksum
        + png[where:]
    )


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Photos of all kinds. The names of those that must agree best begin with `8 bits`."""
    jpeg = encoded(SMALL, "JPEG")
    deep = np.asarray(GREY).astype(np.uint16)
    alpha = image_with_noise(600, 700)
    alpha.putalpha(Image.linear_gradient("L").resize(alpha.size))
    photos = {
        path.name: path.read_bytes()
        for path in CASES.iterdir()
        if path.suffix not in (".tif", ".icc")
    }
    for width, height in SIZES:
        photos[f"8 bits, {width}x{height}.png"] = encoded(
            image_with_noise(width, height)
        )
    for kind, mode in product(
        set(FORMATS) - {"AVIF"}, ("1", "L", "LA", "P", "RGBA", "CMYK")
    ):
        with suppress(OSError, ValueError):  # the format has no such mode
            photos[f"{mode}.{kind}"] = encoded(alpha.convert(mode), kind)
    for kind in FORMATS:
        whole = encoded(SMALL, kind)
        photos |= {f"whole.{kind}": whole, f"longer.{kind}": whole + b"more"}
        for share in 0.01, 0.2, 0.5, 0.8, 0.95, 0.999:
            photos[f"cut at {share}.{kind}"] = whole[: int(len(whole) * share)]
    for kind, n in product(("JPEG", "PNG", "AVIF", "WEBP"), range(1, 9)):
        photos[f"orientation {n}.{kind}"] = encoded(
            SMALL, kind, exif=exif(n), icc_profile=DISPLAY_P3
        )
    for chunk, damage in product(CHUNKS, (0, 1)):
        photos[f"8 bits, damage {damage}, {chunk.decode()}.png"] = with_chunk(
            chunk, damage
        )
    photos |= {
        **{
            f"film.{k}": encoded(SMALL, k, save_all=True, append_images=[GREY])
            for k in ("GIF", "WEBP", "MPO")
        },
        "8 bits, orientation at the end.png": with_chunk(b"eXIf", where=-12),
        "8 bits, palette with alpha.png": encoded(SMALL.quantize(16), transparency=3),
        "8 bits, grey with alpha.png": encoded(GREY, transparency=99),
        "wrong IDAT.png": PNG[:-20] + b"0" + PNG[-19:],
        "16 bits.png": encoded(Image.fromarray(257 * deep)),
        "dim.png": encoded(Image.fromarray(deep)),
        "grey, P3.jpg": encoded(GREY, "JPEG", icc_profile=DISPLAY_P3),
        "12 megapixels.jpg": encoded(image_with_noise(4000, 3000), "JPEG"),
        "fill bytes.jpg": jpeg[:2] + b"\xff\xff\xff" + jpeg[2:],
        "thumbnail, cut.jpg": b"\xff\xd8\xff\xe2\0\x08\xff\xd8\xff\xd9\0\0"
        + jpeg[2:-99],
        "one opaque pixel.bmp": photos["alpha0.bmp"][:-1] + b"\xff",
        "40 megapixels.png": encoded(Image.new("1", (8000, 5001))),
        "icon.ico": encoded(SMALL.resize((64, 64)), "ICO"),
        "text.jpg": b"not a photo",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>',
    }
    folder = tmp_path_factory.mktemp("photos")
    for name, content in photos.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in photos}


def test_the_page_and_the_command_line_agree(
    page: Page, quick_project: Project, photos: Photos
) -> None:
    """Both give the same verdict, or both refuse the photo."""
    done = quick_project.run(*CLASSIFY, "--json", *photos.values(), code=2)
    results = {Path(result["path"]).name: result for result in json.loads(done.stdout)}
    refused = {"probability": np.nan, "verdict": ""}
    differences = {}
    for name, path in photos.items():
        error, found = choose(page, path), shown_probability(page)
        answer = page.inner_text("#answer").lower()
        expected = results.get(name, refused)
        tolerance = 1e-4 if name.startswith("8 bits") else 5e-3
        is_close = found == pytest.approx(
            expected["probability"], abs=tolerance, nan_ok=True
        )
        if not is_close or (
            abs(found - 0.5) > tolerance and answer != expected["verdict"]
        ):
            differences[name] = (expected, found, answer, error)
    assert differences == {}


def test_the_last_photo_is_shown_and_can_be_chosen_again(
    page: Page, photos: Photos
) -> None:
    page.set_input_files("#file", photos["12 megapixels.jpg"])
    assert page.input_value("#file") == ""
    expect(page.locator("#answer")).to_have_text("Reading …")
    assert np.isnan(shown_probability(page)), "the old verdict stays"
    choose(page, photos["8 bits, 2x1.png"])
    page.wait_for_timeout(1_500)  # longer than the first photo takes
    assert page.inner_text("#photo-name") == "8 bits, 2x1.png"
    assert page.get_attribute("#photo", "width") == "2"
    page.set_input_files("#file", photos["12 megapixels.jpg"])
    page.locator("#gallery input").first.check()
    page.wait_for_timeout(1_500)
    assert page.inner_text("#photo-name").startswith("a holdout image")


def test_browsers_get_only_intact_chunks_that_all_of_them_follow(page: Page) -> None:
    png = encoded(TINY)
    for kind, damage in (b"iCCP", 0), (b"gAMA", 0), (b"cICP", 0), (b"eXIf", 1):
        png = with_chunk(kind, damage, png=png)
    script = "bytes => checkPng(Uint8Array.from(bytes)).then(parts => parts.map(part => [...part]))"
    kinds = [bytes(part[4:8]) for part in page.evaluate(script, [*png])]
    assert [*dict.fromkeys(kinds[1:])] == [b"IHDR", b"iCCP", b"IDAT", b"IEND"]
    with pytest.raises(
        Error, match="is cut off"
    ):  # Chromium itself refuses such a WebP, Firefox does not
        page.evaluate(
            "bytes => checkWebp(Uint8Array.from(bytes))", [*encoded(TINY, "WEBP")[:-1]]
        )


SENTENCES = {
    "text.jpg": "is not a photo that this browser can read. Choose a JPEG, PNG, WEBP, GIF, BMP, AVIF file.",
    "40 megapixels.png": "has more than 40 million pixels. Make it smaller.",
    "cut at 0.5.JPEG": "is cut off. Copy it again.",
    "wrong IDAT.png": "is damaged. Copy it again.",
    "alpha.avif": "is transparent, which some browsers misread in AVIF. Convert it to PNG.",
    "dim.png": "has 16 bits per pixel, but its values do not tell which value is white. Convert it to 8 bits.",
}


def test_a_refused_photo_gives_one_sentence_and_no_verdict(
    page: Page, photos: Photos, tmp_path: Path
) -> None:
    (tmp_path / "alpha.avif").write_bytes(
        encoded(Image.new("RGBA", (9, 9), "#0f06"), "AVIF")
    )
    for name, sentence in SENTENCES.items():
        assert choose(page, photos.get(name, tmp_path / name)) == f"{name} {sentence}"
        assert np.isnan(shown_probability(page))
        assert not page.is_visible("#result")
        assert page.locator("#sum, #sigmoid, #decision").all_text_contents() == [
            "",
            "",
            "",
        ]
        assert choose(page, photos["8 bits, 32x32.png"]) == ""


@pytest.mark.parametrize(
    ("method", "lie"),
    [
        ("getImageData", "throw Error()"),
        ("getImageData", "result.data[8] ^= 9"),
        ("drawImage", "this.reset()"),
    ],
)
def test_untrusted_pixels_give_no_verdict(
    page: Page, photos: Photos, method: str, lie: str
) -> None:
    page.evaluate(f"""() => {{
      const original = CanvasRenderingContext2D.prototype.{method};
      CanvasRenderingContext2D.prototype.{method} = function (...given) {{
        const result = original.apply(this, given);
        {lie};
        return result;
      }} }}""")
    sentence = (
        "is too large for this browser"
        if method == "drawImage"
        else "hides or changes the pixels"
    )
    assert sentence in choose(page, photos["8 bits, 33x33.png"])
    assert np.isnan(shown_probability(page))
    page.locator("#gallery input").nth(3).check()
    assert page.is_visible("#answer")


@pytest.mark.parametrize(("way", "count"), [("drop", 0), ("drop", 2), ("paste", 1)])
def test_a_photo_can_be_dropped_or_pasted(page: Page, way: str, count: int) -> None:
    script = """([way, bytes, count]) => {
      const data = new DataTransfer(), drag = {dataTransfer: data, cancelable: true};
      data.setData("text/plain", "https://example.com");
      for (let n = 0; n < count; n++) data.items.add(new File([Uint8Array.from(bytes)], `${n}.png`));
      const paste = new ClipboardEvent("paste", {clipboardData: data});
      return [dispatchEvent(new DragEvent("dragover", drag)),
        dispatchEvent(way === "paste" ? paste : new DragEvent("drop", drag))];
    }"""
    page.evaluate("scrollTo(0, 9999)")
    default = page.evaluate(script, [way, [*encoded(TINY)], count])
    assert default == [False, way == "paste"], "the browser would leave the page"
    assert page.locator("#gallery input:checked").count() == 0
    if count:
        expect(page.locator("#photo-name")).to_have_text(
            "0.png" + " (the first of 2 files)" * (count == 2)
        )
        expect(page.locator("#result[aria-busy=false] #answer")).to_be_in_viewport()
    else:
        assert (
            page.inner_text("#error")
            == "There is no file in what you dropped or pasted."
        )
    assert np.isnan(shown_probability(page)) == (not count)


def test_a_long_or_foreign_name_changes_nothing_else(
    page: Page, tmp_path: Path
) -> None:
    for name in "x" * 200 + ".png", "\u202egnp.jpg", "<img src=x>.png":
        for content, where in (PNG, "#photo-name"), (b"text", "#error bdi"):
            (tmp_path / name).write_bytes(content)
            page.set_input_files("#file", tmp_path / name)
            expect(page.locator(where)).to_have_text(name)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
