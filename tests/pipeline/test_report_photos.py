"""Photos on the page, in a real browser, compared with the command line."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from skimage import transform

from birds import photos
from browser import choose, exact_probability, opened_offline
from projects import CLASSIFY, Project

CASES = Path(__file__).parents[1] / "unit/cases"
DISPLAY_P3 = (CASES / "display_p3.icc").read_bytes()
ORIENTATION = 0x0112  # the EXIF tag


def blots(width: int, height: int) -> Image.Image:
    """Draw an image with a few large blots and strong noise."""
    random = np.random.default_rng(width + height)
    colours = random.integers(0, 256, (5, 7, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(colours).resize((width, height)), int)
    noise = random.integers(-20, 21, (height, width, 3))
    return Image.fromarray((smooth + noise).clip(0, 255).astype(np.uint8))


PHOTO = blots(300, 200)
GREY = PHOTO.convert("L")
DEEP_GREY = Image.fromarray(257 * np.asarray(GREY, np.uint16))
PALETTE = PHOTO.quantize(16)
TRANSPARENT = PHOTO.copy()
TRANSPARENT.putalpha(Image.linear_gradient("L").resize(PHOTO.size))


def save_jpegs(folder: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 5  # to be mirrored and turned
    PHOTO.save(folder / "colours.jpg")
    GREY.save(folder / "grey.jpg")
    PHOTO.convert("CMYK").save(folder / "cmyk.jpg")
    PHOTO.save(folder / "profile.jpg", icc_profile=DISPLAY_P3)
    PHOTO.save(folder / "turned.jpg", exif=exif)
    PHOTO.save(folder / "two.mpo", save_all=True, append_images=[GREY])


def save_pngs(folder: Path) -> None:
    PHOTO.save(folder / "colours.png")
    PHOTO.convert("1").save(folder / "bits.png")
    PALETTE.save(folder / "palette.png")
    DEEP_GREY.save(folder / "deep grey.png")
    TRANSPARENT.save(folder / "transparent, profile.png", icc_profile=DISPLAY_P3)
    GREY.save(folder / "one transparent grey.png", transparency=99)
    PALETTE.save(folder / "one transparent colour.png", transparency=3)
    DEEP_GREY.save(folder / "one transparent deep grey.png", transparency=257 * 99)


def save_others(folder: Path) -> None:
    TRANSPARENT.save(folder / "transparent.webp")
    PHOTO.save(folder / "film.webp", save_all=True, append_images=[GREY])
    PALETTE.save(folder / "transparent.gif", transparency=3)
    PALETTE.save(folder / "film.gif", save_all=True, append_images=[GREY])
    PHOTO.save(folder / "colours.bmp")
    PHOTO.save(folder / "profile.avif", icc_profile=DISPLAY_P3)
    gif = (folder / "film.gif").read_bytes()
    (folder / "no trailer.gif").write_bytes(gif[:-1])


ODD_FILES = [
    "avif.jpg",  # the name says JPEG
    "extra_bytes.jpg",  # seven zeros between two segments
    "oddtag_rot.jpg",  # turned, with an EXIF resolution that is text
    "rgba16.png",  # 16 bits per channel, and transparent
    "tenbit.png",  # 10-bit grey stored in 16 bits, so almost black
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ordinary photos of all kinds, and some odd ones."""
    folder = tmp_path_factory.mktemp("photos")
    save_jpegs(folder)
    save_pngs(folder)
    save_others(folder)
    return sorted(folder.iterdir()) + [CASES / name for name in ODD_FILES]


@pytest.fixture(scope="module")
def on_the_page(tab: Page, paths: list[Path]) -> dict[Path, tuple[list[float], float]]:
    """What the model sees of each photo on the page, and the probability."""
    readings = {}
    for path in paths:
        assert choose(tab, path) == ""
        readings[path] = tab.evaluate("Array.from(state.x)"), exact_probability(tab)
    return readings


def test_page_and_command_line_see_the_same_image(
    on_the_page: dict[Path, tuple[list[float], float]],
) -> None:
    differences = {}
    for path, (seen, _) in on_the_page.items():
        expected = photos.to_model_size(photos.read_photo(path))
        difference = np.abs(np.reshape(seen, expected.shape) - expected)
        differences[path.name] = difference.mean()

    none = dict.fromkeys(differences, 0)
    assert differences == pytest.approx(none, abs=1 / 255)  # a step of 8 bits


def test_page_and_command_line_give_the_same_probability(
    synthetic_project: Project, on_the_page: dict[Path, tuple[list[float], float]]
) -> None:
    shown = {str(path): probability for path, (_, probability) in on_the_page.items()}

    done = synthetic_project.run(*CLASSIFY, "--json", *on_the_page)
    results = json.loads(done.stdout)
    printed = {result["path"]: result["probability"] for result in results}
    # docs/reproducibility.md promises 0.005.
    assert shown == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(
    ("width", "height", "factors"),
    [(512, 20, (1, 1)), (2, 1025, (1, 3)), (2049, 257, (5, 1))],
    ids=["512 is kept", "1025 / 3 < 512", "2049 / 5 < 512, read in tiles"],
)
def test_the_page_reduces_sides_of_more_than_512_pixels_as_pillow_does(
    page: Page, tmp_path: Path, width: int, height: int, factors: tuple[int, int]
) -> None:
    image = blots(width, height)
    image.save(tmp_path / "photo.png")

    choose(page, tmp_path / "photo.png")

    url = page.evaluate("document.getElementById('photo').toDataURL()")
    png = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    shown = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)
    expected = np.asarray(image.reduce(factors))
    np.testing.assert_allclose(shown, expected, atol=1)  # Pillow rounds otherwise


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(1, 32), (270, 2), (2, 270)],
    ids=["one row enlarged", "270 rows smoothed", "270 columns smoothed"],
)
def test_the_page_resizes_like_scikit_image(
    page: Page, rows: int, columns: int
) -> None:
    pixels = np.asarray(blots(columns, rows))
    script = """([pixels, rows, columns]) =>
      Array.from(toModelSize({ pixels: Float64Array.from(pixels), rows, columns }))"""

    resized = page.evaluate(script, [pixels.ravel().tolist(), rows, columns])

    expected = transform.resize(pixels, (32, 32), mode="reflect", anti_aliasing=True)
    np.testing.assert_allclose(resized, expected.ravel(), rtol=0, atol=1e-12)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A file that the page can read."""
    path = tmp_path / "photo.png"
    PHOTO.save(path)
    return path


def encoded(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


CUT_OFF = encoded(PHOTO)[:-99]
UNREADABLE = (
    "photo.png is not a photo that this browser can read. "
    "Choose a JPEG, PNG, WEBP, GIF, BMP, AVIF file."
)
HUGE = encoded(Image.new("1", (8000, 5001)))  # 40,008,000 pixels
TOO_MANY_PIXELS = "photo.png has more than 40 million pixels. Make it smaller."


@pytest.mark.parametrize(
    ("content", "expected"),
    [(CUT_OFF, UNREADABLE), (HUGE, TOO_MANY_PIXELS)],
    ids=["cut off", "huge"],
)
def test_the_error_says_why_a_photo_is_refused_and_what_to_do(
    page: Page, tmp_path: Path, content: bytes, expected: str
) -> None:
    (tmp_path / "photo.png").write_bytes(content)

    error = choose(page, tmp_path / "photo.png")

    assert error == expected


def test_a_file_of_more_than_256_mib_is_refused(page: Page, tmp_path: Path) -> None:
    with (tmp_path / "film.mp4").open("wb") as file:
        file.truncate(2**28 + 1)  # 2**28 = 268435456

    error = choose(page, tmp_path / "film.mp4")

    assert error == "film.mp4 has more than 268435456 bytes. Make it smaller."


NO_PHOTO = Path(__file__)


def test_a_refused_file_removes_the_verdict_on_the_photo_before(
    page: Page, photo: Path
) -> None:
    steps = page.locator("#sum, #evidence-sum, #sigmoid, #decision")
    choose(page, photo)
    assert page.is_visible("#result")
    assert "" not in steps.all_text_contents()

    assert choose(page, NO_PHOTO) != ""

    assert not page.is_visible("#result")
    assert np.isnan(exact_probability(page))
    assert steps.all_text_contents() == ["", "", "", ""]


def test_a_photo_after_a_refused_file_gets_a_verdict(page: Page, photo: Path) -> None:
    assert choose(page, NO_PHOTO) != ""

    assert choose(page, photo) == ""

    assert page.is_visible("#result")


@pytest.mark.parametrize(
    "lie", ["throw Error()", "result.data[8] ^= 9"], ids=["hides", "changes"]
)
def test_pixels_that_the_browser_hides_or_changes_give_no_verdict(
    page: Page, photo: Path, lie: str
) -> None:
    page.evaluate(f"""() => {{
      const original = CanvasRenderingContext2D.prototype.getImageData;
      CanvasRenderingContext2D.prototype.getImageData = function (...given) {{
        const result = original.apply(this, given);
        {lie};
        return result;
      }};
    }}""")

    error = choose(page, photo)

    assert "hides or changes its pixels" in error
    assert np.isnan(exact_probability(page))


def test_an_error_of_the_page_is_not_blamed_on_the_photo(
    browser: Browser, report: Path, photo: Path
) -> None:
    with opened_offline(browser, report, expected_error="a mistake") as page:
        page.evaluate("createImageBitmap = () => { throw TypeError('a mistake'); }; 0")

        error = choose(page, photo)

        assert error == (
            "photo.png cannot be shown: an error in this page. "
            "The browser's console says more."
        )


NEW_FILE = "const file = (name, bytes) => new File([Uint8Array.from(bytes)], name);"
QUICK = list(encoded(Image.new("1", (9, 9))))
SLOW = list(encoded(Image.new("1", (4000, 3000))))
TEXT = list(b"hello")


@pytest.mark.parametrize(
    ("earlier", "choice", "name"),
    [
        (SLOW, "choose([file('quick.png', quick)])", "quick.png"),
        (TEXT, "gallery[0].click()", "a holdout image"),
    ],
    ids=["read later", "refused later"],
)
def test_the_last_choice_is_shown_even_if_an_earlier_one_is_finished_later(
    page: Page, earlier: list[int], choice: str, name: str
) -> None:
    script = """async ([earlier, quick]) => {
      %s
      const finished = [];
      const reading = choose([file("earlier.png", earlier)]);
      const noted = reading.then(() => finished.push("earlier"));
      await %s;
      finished.push("last");
      await noted;
      return finished;
    }"""

    finished = page.evaluate(script % (NEW_FILE, choice), [earlier, QUICK])

    assert finished == ["last", "earlier"]
    assert page.is_visible("#result")
    assert page.inner_text("#photo-name").startswith(name)


def test_the_file_input_is_emptied_after_a_choice(page: Page, photo: Path) -> None:
    """Otherwise, to choose the same file again would not be a change."""
    choose(page, photo)

    assert page.input_value("#file") == ""


def send_event(page: Page, way: str, count: int = 1) -> Any:
    """Drag, drop or paste a text and files. Return whether the browser acts too."""
    script = """([way, count, bytes]) => {
      %s
      const data = new DataTransfer();
      data.setData("text/plain", "https://example.com");
      for (let n = 0; n < count; n++) data.items.add(file(`${n}.png`, bytes));
      const event = way === "paste"
        ? new ClipboardEvent("paste", { clipboardData: data })
        : new DragEvent(way, { dataTransfer: data, cancelable: true });
      return dispatchEvent(event);
    }"""
    return page.evaluate(script % NEW_FILE, [way, count, QUICK])


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_photo_can_be_dropped_or_pasted(page: Page, way: str) -> None:
    send_event(page, way)

    name = page.locator("#result[aria-busy=false] #photo-name")
    expect(name).to_have_text("0.png")


def test_of_two_dropped_photos_the_first_is_named(page: Page) -> None:
    send_event(page, "drop", count=2)

    name = page.locator("#result[aria-busy=false] #photo-name")
    expect(name).to_have_text("0.png (the first of 2 files)")


def test_the_page_scrolls_to_the_verdict_on_a_dropped_photo(page: Page) -> None:
    answer = page.locator("#result[aria-busy=false] #answer")
    page.evaluate("scrollTo(0, 9999)")
    expect(answer).not_to_be_in_viewport()

    send_event(page, "drop")

    expect(answer).to_be_in_viewport()


@pytest.mark.parametrize("way", ["dragover", "drop"])
def test_the_browser_does_not_leave_the_page_for_a_dropped_file(
    page: Page, way: str
) -> None:
    assert send_event(page, way) is False


def test_a_dropped_text_is_not_a_photo(page: Page) -> None:
    send_event(page, "drop", count=0)

    error = page.locator("#error")
    expect(error).to_have_text("There is no file in what you dropped or pasted.")


# Contents of files, and where the page shows their names
NAMED = [
    pytest.param(encoded(PHOTO), "#photo-name", id="photo"),
    pytest.param(b"text", "#error bdi", id="refused file"),
]


@pytest.mark.parametrize(("content", "where"), NAMED)
def test_a_long_name_makes_the_page_no_wider_than_the_window(
    page: Page, tmp_path: Path, content: bytes, where: str
) -> None:
    path = tmp_path / f"{200 * 'x'}.png"
    path.write_bytes(content)

    choose(page, path)

    assert page.text_content(where) == path.name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("content", "where"), NAMED)
def test_markup_in_a_name_is_only_text(
    page: Page, tmp_path: Path, content: bytes, where: str
) -> None:
    path = tmp_path / "<img src=x>.png"
    path.write_bytes(content)

    choose(page, path)

    assert page.text_content(where) == "<img src=x>.png"
