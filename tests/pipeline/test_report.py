"""The HTML report of a run, in a real browser without a network."""

import base64
import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from birds import files, paths
from browser import count_images, is_wider_than_its_window, opened
from colour_profiles import display_p3
from projects import Project

N_PLOTS, N_SAMPLES, N_SNAPSHOTS = 10, 24, 21
CASES = Path(__file__).parents[1] / "unit/cases"
WIDTHS = (320, 390, 768, 1280, 1920)
Floats = npt.NDArray[np.float64]


class Run(NamedTuple):
    """What the page must show, from the files of the run."""

    w: Floats  # of each snapshot
    b: Floats
    iterations: list[int]
    mean: Floats  # of the training images, from 0 to 1
    probabilities: npt.NDArray[np.float32]  # of the holdout
    labels: npt.NDArray[np.uint8]
    learning: dict[str, Floats]  # the costs and accuracies of each set

    def logit(self, x: Floats, snapshot: int = -1) -> float:
        return float(self.w[snapshot] @ x.ravel() + self.b[snapshot])


@pytest.fixture(scope="module")
def report(synthetic_project: Project) -> Path:
    return synthetic_project.folder / paths.REPORT


@pytest.fixture(scope="module")
def run(synthetic_project: Project) -> Run:
    folder = synthetic_project.folder
    snapshots, holdout = files.read_npz(folder / paths.SNAPSHOTS), files.read_npz(folder / paths.HOLDOUT)
    rows = files.read_csv(folder / paths.LEARNING)
    return Run(
        snapshots["w"].astype(float),
        snapshots["b"].astype(float),
        snapshots["iterations"].tolist(),
        files.read_npy(folder / paths.columns("train")[0]).mean(axis=1),
        files.read_npz(folder / paths.PROBABILITIES)["holdout"],
        holdout["labels"],
        {name: np.array([row[2:] for row in rows if row[0] == name], float) for name in paths.SETS},
    )


@pytest.fixture(scope="module")
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, in the state in which the previous test left it."""
    with opened(browser, report) as page:
        yield page


def image_with_noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """Create an image with a few large blots and strong noise."""
    random = np.random.default_rng(width + height + seed)
    blots = Image.fromarray(random.integers(0, 256, (5, 7, 3), np.uint8)).resize((width, height))
    noise = random.integers(-20, 21, (height, width, 3), np.int16)
    return Image.fromarray((np.asarray(blots) + noise).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **{"lossless": True, "compress_level": 1, "quality": 90, **settings})
    return content.getvalue()


def with_alpha(image: Image.Image) -> Image.Image:
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def grey16(factor: int) -> Image.Image:
    return Image.fromarray(np.asarray(SMALL.convert("L")).astype(np.uint16) * factor)


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def with_chunk(kind: bytes, content: bytes, damage: int = 0, where: int = 33, png: bytes = b"") -> bytes:
    """Insert a chunk into a PNG, by default after its header."""
    png = png or PNG
    checksum = zlib.crc32(kind + content) ^ damage
    return png[:where] + struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum) + png[where:]


def changed(content: bytes, where: int, value: int = 1) -> bytes:
    copy = bytearray(content)
    copy[where] ^= value
    return bytes(copy)


SMALL = image_with_noise(300, 200)
PNG = encoded(SMALL)
SIZES = [
    *[(1, 1), (2, 3), (31, 97), (32, 32), (33, 31), (64, 64), (100, 1), (270, 480), (513, 200), (1025, 513)],
    *[(2000, 3), (3, 2000), (2049, 257), (4000, 3000), (70_000, 100), (100, 70_000)],
]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
PRIMARIES = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
CHUNKS = {
    b"pHYs": bytes(9), b"tEXt": b"a\0b", b"iCCP": b"P3\0\0" + zlib.compress(display_p3()), b"sRGB": b"\0",
    b"gAMA": struct.pack(">I", 45_455), b"cHRM": PRIMARIES, b"cICP": bytes([9, 16, 0, 1]), b"eXIf": exif(6)[6:],
}  # fmt: skip


def write_photos(folder: Path) -> dict[str, Path]:
    """Write photos of all kinds. The names of those that must agree best begin with `8 bits`."""
    small, grey, palette, film = SMALL, SMALL.convert("L"), SMALL.quantize(16), image_with_noise(300, 200, 1)
    whole = {kind: encoded(small, kind) for kind in FORMATS}
    jpeg, alpha0 = whole["JPEG"], (CASES / "alpha0.bmp").read_bytes()
    p3: dict[str, Any] = {"icc_profile": display_p3()}
    frames: dict[str, Any] = {"save_all": True, "append_images": [film]}
    photos = {
        **{f"8 bits, {width}x{height}.png": encoded(image_with_noise(width, height)) for width, height in SIZES},
        **{f"{mode}.png": encoded(small.convert(mode)) for mode in ("1", "L", "P", "RGBA", "LA")},
        **{f"whole.{kind}": content for kind, content in whole.items()},
        **{
            f"cut at {share}.{kind}": content[: int(len(content) * share)]
            for kind, content in whole.items()
            for share in (0.01, 0.2, 0.5, 0.8, 0.95, 0.999)
        },
        **{
            f"orientation {n}.{kind}": encoded(small, kind, exif=exif(n))
            for n in range(1, 9)
            for kind in ("JPEG", "PNG", "AVIF", "WEBP")
        },
        **{
            f"8 bits, damage {damage}, {kind.decode()}.png": with_chunk(kind, content, damage)
            for kind, content in CHUNKS.items()
            for damage in (0, 1)
        },
        **{f"film.{kind}": encoded(small, kind, **frames) for kind in ("GIF", "WEBP", "MPO")},
        **{f"P3.{kind}": encoded(small, kind, **p3) for kind in ("JPEG", "WEBP", "AVIF")},
        **{f"longer.{kind}": whole[kind] + b"more" for kind in FORMATS},
        **{path.name: path.read_bytes() for path in CASES.iterdir() if path.suffix != ".tif"},
        "8 bits, gAMA and cHRM.png": with_chunk(b"gAMA", CHUNKS[b"gAMA"], png=with_chunk(b"cHRM", PRIMARIES)),
        "8 bits, orientation at the end.png": with_chunk(b"eXIf", exif(6)[6:], where=-12),
        "8 bits, palette with alpha.png": encoded(palette, transparency=3),
        "8 bits, grey with alpha.png": encoded(grey, transparency=99),
        "wrong IDAT.png": changed(PNG, -20),
        "damaged.png": changed(PNG, len(PNG) // 2),
        "wrong IEND.png": changed(PNG, -1),
        "without IEND.png": PNG[:-12],
        "16 bits.png": encoded(grey16(257)),
        "16 bits, low.png": encoded(grey16(1)),
        "16 bits, alpha.png": encoded(grey16(257), transparency=257 * 99),
        "alpha, reduced.png": encoded(with_alpha(image_with_noise(1500, 700))),
        "XMP.jpg": encoded(small, "JPEG", xmp=b'<rdf:Description tiff:Orientation="6"/>'),
        "progressive.jpg": encoded(image_with_noise(641, 479), "JPEG", progressive=True, quality=60),
        "grey, P3.jpg": encoded(grey, "JPEG", **p3),
        "CMYK.jpg": encoded(small.convert("CMYK"), "JPEG"),
        "no profile.jpg": encoded(small, "JPEG", icc_profile=b"none"),
        "12 megapixels.jpg": encoded(image_with_noise(4000, 3000), "JPEG"),
        "motion.jpg": jpeg + np.random.default_rng(0).bytes(100_000),
        "fill bytes.jpg": jpeg[:2] + b"\xff\xff\xff" + jpeg[2:],
        "without end.jpg": jpeg[:-2],
        "thumbnail, cut.jpg": b"\xff\xd8\xff\xe2\0\x08\xff\xd8\xff\xd9\0\0" + jpeg[2:-99],
        "alpha.webp": encoded(with_alpha(small.copy()), "WEBP"),
        "lossy.webp": encoded(small, "WEBP", lossless=False),
        "alpha.gif": encoded(palette, "GIF", transparency=2),
        "palette.bmp": encoded(small.convert("P"), "BMP"),
        "32 bits.bmp": encoded(with_alpha(small.copy()), "BMP"),
        "one opaque pixel.bmp": changed(alpha0, -1, 255),
        "40 megapixels.png": encoded(Image.new("1", (8000, 5001))),
        "100 megapixels.png": encoded(Image.new("1", (10_000, 10_000))),
        "icon.ico": encoded(small.resize((64, 64)), "ICO"),
        "text.jpg": b"not a photo",
        "empty.png": b"",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>',
    }
    for name, content in photos.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in photos}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def classified(synthetic_project: Project, photos: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """The command line's result for each photo that it reads."""
    done = synthetic_project.run("python", "-m", "birds", "classify", "--json", *photos.values(), code=2)
    return {Path(result["path"]).name: result for result in json.loads(done.stdout)}


@contextmanager
def shows(page: Page, name: str) -> Iterator[None]:
    """Wait for the image that the block chooses, even if the page already shows one of that name."""
    page.evaluate("document.getElementById('photo-name').textContent = ''")
    yield
    expect(page.locator("#photo-name")).to_have_text(name)
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def try_photo(page: Page, path: Path) -> tuple[str, float]:
    """Choose a photo on the page and read the verdict and the probability."""
    with shows(page, path.name):
        page.set_input_files("#file", path)
    return page.inner_text("#answer").lower(), shown_probability(page)


def shown_probability(page: Page) -> float:
    return float(page.get_attribute("#probability", "value") or "nan")


def refusal(page: Page, path: Path) -> str:
    """Choose a photo, and return the error, or nothing if the page gives a verdict."""
    page.set_input_files("#file", path)
    expect(page.locator("#error:not(:empty), #result[aria-busy=false] #answer")).to_be_visible(timeout=20_000)
    return page.inner_text("#error")


def test_the_page_and_the_command_line_agree(
    page: Page, photos: dict[str, Path], classified: dict[str, dict[str, Any]]
) -> None:
    """Both give the same verdict, or both refuse the photo."""
    differences = {}
    for name, path in photos.items():
        error, expected = refusal(page, path), classified.get(name)
        found = None if error else shown_probability(page)
        tolerance = 1e-4 if name.startswith("8 bits") else 5e-3
        if expected is None or found is None:
            if expected or found or not re.fullmatch(r"\S.*\.", error):
                differences[name] = (expected, found, error)
        elif abs(found - expected["probability"]) > tolerance:
            differences[name] = (expected, found, error)
        elif abs(found - 0.5) > tolerance and page.inner_text("#answer").lower() != expected["verdict"]:
            differences[name] = (expected, found, page.inner_text("#answer"))
    assert differences == {}


def test_the_last_of_two_photos_is_shown(page: Page, photos: dict[str, Path]) -> None:
    page.set_input_files("#file", photos["12 megapixels.jpg"])
    expect(page.locator("#answer")).to_have_text("Reading …")
    assert page.get_attribute("#probability", "value") == "", "the old verdict stays"
    try_photo(page, photos["8 bits, 1x1.png"])
    page.wait_for_timeout(1_500)  # longer than the first photo takes
    assert page.inner_text("#photo-name") == "8 bits, 1x1.png"


def test_browsers_get_only_intact_chunks_that_all_of_them_follow(page: Page) -> None:
    content = PNG
    for kind, damage in [(b"iCCP", 0), (b"gAMA", 0), (b"cICP", 0), (b"eXIf", 1), (b"tRNS", 1)]:
        content = with_chunk(kind, CHUNKS.get(kind, b"\0"), damage, png=content)
    script = "bytes => checkPng(Uint8Array.from(bytes)).then(parts => parts.map(part => [...part.slice(4, 8)]))"
    kinds = [bytes(kind) for kind in page.evaluate(script, [*content])]
    assert kinds[1:3] == [b"IHDR", b"iCCP"]
    assert {*kinds[3:]} == {b"IDAT", b"IEND"}
    with pytest.raises(Error, match="is cut off"):  # Chromium itself refuses such a WebP, Firefox does not
        page.evaluate("bytes => checkWebp(Uint8Array.from(bytes))", [*encoded(SMALL, "WEBP")[:-1]])


SENTENCES = {
    "text.jpg": "is not a photo that this browser can read. Choose a JPEG, PNG, WEBP, GIF, BMP, AVIF file.",
    "40 megapixels.png": "has more than 40 million pixels. Make it smaller.",
    "cut at 0.5.JPEG": "is cut off. Copy it again.",
    "wrong IDAT.png": "is damaged. Copy it again.",
    "16 bits, low.png": "has 16 bits per pixel, but its values do not tell which value is white. Convert it to 8 bits.",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refused_photo_gives_one_sentence_and_no_verdict(page: Page, photos: dict[str, Path], name: str) -> None:
    assert refusal(page, photos[name]) == f"{name} {SENTENCES[name]}"
    assert page.get_attribute("#probability", "value") == ""
    assert not page.is_visible("#result")
    for step in "sum", "sigmoid", "decision":
        assert page.text_content(f"#{step}") == ""
    try_photo(page, photos["8 bits, 32x32.png"])
    assert not page.is_visible("#error")


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("getImageData", "throw Error()", "hides or changes the pixels"),
        ("getImageData", "result.data.fill(0)", "hides or changes the pixels"),
        (
            "getImageData",
            "result.data.forEach((_, n) => { result.data[n] ^= 7 * (n % 3) })",
            "hides or changes the pixels",
        ),
        ("drawImage", "this.clearRect(0, 0, 9999, 9999)", "is too large for this browser"),
    ],
)
def test_pixels_that_cannot_be_trusted_give_no_verdict(
    browser: Browser, report: Path, photos: dict[str, Path], name: str, code: str, sentence: str
) -> None:
    script = f"""() => {{
      const original = CanvasRenderingContext2D.prototype.{name};
      CanvasRenderingContext2D.prototype.{name} = function (...given) {{
        const result = original.apply(this, given);
        {code};
        return result;
      }} }}"""
    with opened(browser, report) as page:
        page.evaluate(script)
        assert sentence in refusal(page, photos["8 bits, 64x64.png"])
        assert page.get_attribute("#probability", "value") == ""
        page.locator("#gallery input").nth(3).check()
        assert page.is_visible("#answer")


def canvas(page: Page, selector: str) -> npt.NDArray[np.int64]:
    """Return the pixels (height, width, 3) of a canvas."""
    url: str = page.eval_on_selector(selector, "canvas => canvas.toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


def shown_image(page: Page) -> Floats:
    return canvas(page, "#resized") / 255


def colours(values: npt.NDArray[Any], largest: float) -> npt.NDArray[np.int64]:
    """Return matplotlib's colours for values. It has 256 of them; the page has a continuous scale."""
    drawn = mpl.colormaps["PuOr_r"](values / (2 * largest) + 0.5, bytes=True)
    return np.asarray(drawn[..., :3], np.int64)


def texts(page: Page, *ids: str) -> list[str]:
    return [(page.text_content(f"#{name}") or "").replace("−", "-") for name in ids]


def numbers(text: str) -> list[float]:
    return [float(number.replace(" ", "")) for number in re.findall(r"-? ?[0-9]+(?:[.][0-9]+)?(?:e-?[0-9]+)?", text)]


def test_photo_iteration_and_threshold_are_one_state(page: Page, run: Run, photos: dict[str, Path]) -> None:
    page.reload()
    with Image.open(photos["8 bits, 32x32.png"]) as image:
        x = np.asarray(image) / 255
    try_photo(page, photos["8 bits, 32x32.png"])
    np.testing.assert_array_equal(canvas(page, "#photo"), np.rint(255 * x))
    np.testing.assert_array_equal(canvas(page, "#resized"), np.rint(255 * x))
    for snapshot, threshold in [(-1, 0.5), (-1, 0.9), (3, 0.9), (3, 0.1), (0, 0.5), (0, 0.51)]:
        page.fill("#snapshot", str(snapshot % N_SNAPSHOTS))
        page.fill("#threshold", str(threshold))
        z = run.logit(x, snapshot)
        a = 1 / (1 + np.exp(-z))
        answer = "bird" if np.float32(a) >= threshold else "no bird"
        assert shown_probability(page) == pytest.approx(a, abs=1e-9)
        assert page.inner_text("#answer") == answer.capitalize()
        of_mean, of_photo, total = numbers(texts(page, "sum")[0])
        assert of_mean == pytest.approx(run.logit(run.mean, snapshot), abs=6e-4)
        assert [total, of_mean + of_photo] == pytest.approx([z, z], abs=2e-3)
        assert numbers(texts(page, "sigmoid")[0])[-2] == pytest.approx(-z, abs=6e-4)
        for text in texts(page, "probability", "sigmoid", "decision"):
            assert re.search(rf"(^| ){100 * a:.1f}[0-9]* %", text)
        sign = "≥" if answer == "bird" else "<"
        assert texts(page, "decision")[0].endswith(f" {sign} {100 * threshold:.0f} %: {answer}")
        page.wait_for_timeout(250)  # the bar moves
        places = page.locator(".bar").evaluate("bar => [bar.clientWidth, bar.children[0].offsetWidth, mark.offsetLeft]")
        assert np.divide(places[1:], places[0]) == pytest.approx([a, threshold], abs=0.01)


def test_the_evidence_adds_up_and_does_not_show_the_weights_again(page: Page, run: Run) -> None:
    page.reload()
    w, mean = run.w[-1].reshape(32, 32, 3), run.mean.reshape(32, 32, 3)
    correlations = []
    for button in page.locator("#gallery input").all():
        button.check()
        x = shown_image(page)
        evidence = (w * (x - mean)).sum(axis=2)
        found = page.evaluate("[...explain(snapshots[LAST], state.x).evidence]")
        np.testing.assert_allclose(np.reshape(found, (32, 32)), evidence, atol=1e-6)
        assert sum(found) + run.logit(run.mean) == pytest.approx(run.logit(x), abs=1e-6)
        np.testing.assert_allclose(canvas(page, "#evidence"), colours(evidence, np.abs(evidence).max()), atol=3)
        scale = [numbers(text)[0] for text in texts(page, "evidence-scale-low", "evidence-scale-high")]
        assert scale == pytest.approx([-np.abs(evidence).max(), np.abs(evidence).max()], rel=0.05)
        correlations.append(np.corrcoef(evidence.ravel(), w.sum(axis=2).ravel())[0, 1])
        correct = (
            "right" if (run.logit(x) >= 0) == (button.get_attribute("data-label") == "1") else "wrong"
        ) + ": it is "
        assert correct + (button.get_attribute("data-name") or "") in page.inner_text("#truth")
        assert np.abs(run.probabilities - shown_probability(page)).min() < 1e-6
    assert len(correlations) == N_SAMPLES
    assert abs(np.mean(correlations)) < 0.3


CHANGES: dict[str, Callable[[Floats], Floats]] = {
    "mirrored": lambda x: x[:, ::-1],
    "shifted": lambda x: np.roll(x, 2, axis=1),
    "turned": lambda x: x[::-1, ::-1],
    "recoloured": lambda x: x[:, :, [1, 0, 2]],
}


def test_the_image_can_be_changed_painted_and_restored(page: Page, run: Run) -> None:
    page.reload()
    original = x = shown_image(page)
    for name, change in CHANGES.items():
        page.click(f"#{name}")
        x = change(x)
        np.testing.assert_array_equal(shown_image(page), x)
        assert shown_probability(page) == pytest.approx(1 / (1 + np.exp(-run.logit(x))), abs=1e-6)
    page.fill("#colour", "#ff0080")
    side = page.locator("#resized").evaluate("canvas => canvas.clientWidth") / 32
    page.locator("#resized").click(position={"x": 10.5 * side, "y": 20.5 * side})
    x = x.copy()
    x[19:22, 9:12] = [1, 0, 128 / 255]
    np.testing.assert_array_equal(shown_image(page), x)
    assert page.inner_text("#truth") == ""
    page.click("#reset")
    np.testing.assert_array_equal(shown_image(page), original)
    assert "it is a" in page.inner_text("#truth")


def test_a_pixel_shows_its_colour_weights_and_evidence(page: Page, run: Run) -> None:
    page.reload()
    x, w, mean = (values.reshape(32, 32, 3) for values in (shown_image(page), run.w[-1], run.mean))

    def check(row: int, column: int) -> None:
        expected = [row + 1, column + 1, *np.rint(255 * x[row, column]), *w[row, column]]
        evidence = w[row, column] @ (x[row, column] - mean[row, column])
        assert numbers(texts(page, "pixel")[0]) == pytest.approx([*expected, evidence], abs=6e-5)

    side = page.locator("#evidence").evaluate("canvas => canvas.clientWidth") / 32
    page.locator("#evidence").hover(position={"x": 5.5 * side, "y": 30.5 * side})
    check(30, 5)
    page.mouse.down()
    page.mouse.up()
    np.testing.assert_array_equal(shown_image(page), x, "only the image can be painted on")
    page.focus("#resized")
    for key in "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight":
        page.keyboard.press(key)
    check(30, 6)
    page.keyboard.press("Space")
    assert numbers(texts(page, "pixel")[0])[2:5] == [0, 160, 64]


@pytest.mark.parametrize(("way", "count"), [("drop", 1), ("drop", 2), ("paste", 1), ("drop", 0), ("paste", 0)])
def test_a_photo_can_be_dropped_or_pasted(
    page: Page, photos: dict[str, Path], classified: dict[str, Any], way: str, count: int
) -> None:
    script = """([way, base64, count]) => {
      const data = new DataTransfer(), bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
      data.setData("text/plain", "https://example.com");
      for (let n = 0; n < count; n++) data.items.add(new File([bytes], `${n}.png`));
      const event = way === "paste" ? new ClipboardEvent("paste", {clipboardData: data})
        : new DragEvent("drop", {dataTransfer: data, cancelable: true});
      return [dispatchEvent(new DragEvent("dragover", {cancelable: true})), dispatchEvent(event)];
    }"""
    content = base64.b64encode(photos["8 bits, 270x480.png"].read_bytes()).decode()
    page.evaluate("scrollTo(0, 9999)")
    default = page.evaluate(script, [way, content, count])
    assert default == [False, way == "paste"], "the browser would leave the page"
    if count:
        expect(page.locator("#photo-name")).to_have_text("0.png" + " (the first of 2 files)" * (count == 2))
        expect(page.locator("#result")).to_have_attribute("aria-busy", "false")
        expected = classified["8 bits, 270x480.png"]["probability"]
        assert shown_probability(page) == pytest.approx(expected, abs=1e-4)
        assert page.locator("#gallery input:checked").count() == 0
        expect(page.locator("#answer")).to_be_in_viewport()
    else:
        assert page.inner_text("#error") == "There is no file in what you dropped or pasted."
        assert page.get_attribute("#probability", "value") == ""


def test_the_same_photo_can_be_chosen_again(page: Page, photos: dict[str, Path]) -> None:
    for _ in range(2):
        try_photo(page, photos["8 bits, 32x32.png"])
        assert page.evaluate("document.getElementById('file').value") == ""
        page.locator("#gallery input").first.check()


def bars(page: Page, name: str) -> Floats:
    """Return the left and right end and the height of each bar."""
    path = re.findall(r"M(\S+) 30v(\S+)H(\S+)V30z", page.get_attribute(f"#{name}-area", "d") or "")
    return np.array([(float(left), float(right), float(height)) for left, height, right in path]).reshape(-1, 3)


@pytest.mark.parametrize("threshold", [0.5, 0, 0.25, 0.61, 1])
def test_the_counts_at_each_threshold_match_scikit_learn(
    page: Page, synthetic_project: Project, run: Run, threshold: float
) -> None:
    predicted = run.probabilities >= threshold
    if threshold == 0.5:  # the slider's initial position
        page.reload()
    else:
        page.fill("#threshold", str(threshold))
    counts = {name: int(page.inner_text(f"#{name}")) for name in ("tn", "fp", "fn", "tp")}
    assert [*counts.values()] == confusion_matrix(run.labels, predicted, labels=[0, 1]).ravel().tolist()
    if threshold == 0.5:
        assert [*counts.values()] == [*synthetic_project.json(paths.SCORES)["holdout"]["confusion"].values()]
    accuracy = f"{100 * accuracy_score(run.labels, predicted):.2f} %"
    precision = f"{100 * precision_score(run.labels, predicted):.2f} %" if predicted.any() else "–"
    recall = f"{100 * recall_score(run.labels, predicted):.2f} %"
    assert texts(page, "accuracy", "precision", "recall") == [accuracy, precision, recall]
    spoken = page.get_attribute("#threshold", "aria-valuetext")
    assert spoken == f"{100 * threshold:.0f} %, accuracy {accuracy}"
    assert page.inner_text("#threshold-value") == f"{100 * threshold:.0f} %"
    assert page.get_attribute("#threshold-line", "transform") == f"translate({100 * threshold:.0f})"
    false, true = counts["fp"] / (counts["fp"] + counts["tn"]), counts["tp"] / (counts["tp"] + counts["fn"])
    point = numbers(page.get_attribute("#roc-point", "transform") or "")
    assert point == pytest.approx([100 * false, 100 - 100 * true])
    drawn = {name: bars(page, name) for name in counts}
    area = {name: ((bar[:, 1] - bar[:, 0]) * bar[:, 2]).sum() for name, bar in drawn.items()}
    unit = sum(map(abs, area.values())) / len(run.labels)
    assert {name: round(value / unit) for name, value in area.items()} == {
        name: -count if name in ("fn", "tp") else count for name, count in counts.items()
    }
    for name, bar in drawn.items():
        assert np.isin(bar[:, :2], np.r_[np.arange(0, 101, 2), 100 * threshold]).all()
        assert (bar[:, 1] <= 100 * threshold).all() if name in ("tn", "fn") else (bar[:, 0] >= 100 * threshold).all()
        assert (np.abs(bar[:, 2]) <= 30).all()


def test_the_histogram_matches_numpy(page: Page, run: Run) -> None:
    page.fill("#threshold", "0")
    for name, label in ("fp", 0), ("tp", 1):
        heights = np.abs(bars(page, name)[:, 2])
        expected, _ = np.histogram(run.probabilities[run.labels == label], bins=50, range=(0, 1))
        np.testing.assert_allclose(heights / heights.sum(), expected / expected.sum())


def points(page: Page, name: str) -> Floats:
    text = page.get_attribute(f"#{name}", "points") or ""
    return np.array([[float(value) for value in point.split(",")] for point in text.split(" ")])


def test_the_roc_curve_matches_the_run(page: Page, synthetic_project: Project) -> None:
    rows = [row for row in files.read_csv(synthetic_project.folder / paths.ROC) if row[0] == "holdout"]
    expected = [(float(false_positive), 100 - float(true_positive)) for _, false_positive, true_positive in rows]
    np.testing.assert_allclose(points(page, "roc"), expected, atol=1e-6)


def test_the_slider_shows_how_the_model_learned(page: Page, run: Run) -> None:
    page.reload()
    assert page.input_value("#snapshot") == str(N_SNAPSHOTS - 1)
    costs = np.array([run.learning[name][:, 0] for name in ("train", "holdout")])
    heights = 100 - 100 * (costs - costs.min()) / np.ptp(costs)
    places = np.array(run.iterations) / 20
    for name, height in zip(("train", "holdout"), heights, strict=True):
        np.testing.assert_allclose(points(page, f"{name}-curve"), np.c_[places, height], atol=1e-6)
    low, high = texts(page, "lowest-cost", "highest-cost")
    assert [float(low), float(high)] == pytest.approx([costs.min(), costs.max()], rel=5e-3)
    largest = np.abs(run.w[-1]).max()
    ends = [numbers(text)[0] for text in texts(page, "weight-scale-low", "weight-scale-high")]
    assert ends == pytest.approx([-largest, largest], rel=0.05)
    page.focus("#snapshot")
    page.keyboard.press("Home")
    for n in 0, 1, N_SNAPSHOTS - 1:
        if n:
            page.keyboard.press("ArrowRight" if n == 1 else "End")
        assert page.inner_text("#snapshot-value") == str(run.iterations[n])
        for name, rows in run.learning.items():
            cost, accuracy = rows[n]
            assert texts(page, f"{name}-cost", f"{name}-accuracy") == [f"{cost:.6f}", f"{accuracy:.2f} %"]
        spoken = f"iteration {run.iterations[n]}, training cost {costs[0, n]:.4f}"
        assert page.get_attribute("#snapshot", "aria-valuetext") == spoken
        point = numbers(page.get_attribute("#cost-point", "transform") or "")
        assert point == pytest.approx([places[n], heights[0, n]], abs=1e-6)
        w = run.w[n].reshape(32, 32, 3)
        for channel in range(3):
            shown = canvas(page, f":nth-match(canvas.channel, {channel + 1})")
            np.testing.assert_allclose(shown, colours(w, largest)[:, :, channel], atol=3)
        np.testing.assert_allclose(canvas(page, "#weights"), 255 * (0.5 + w / (2 * largest)), atol=1)


def test_play_shows_all_iterations_and_can_be_stopped(page: Page) -> None:
    page.click("#play")
    expect(page.locator("#snapshot-value")).to_have_text(re.compile("^[1-9]00$"))
    assert page.inner_text("#play") == "Stop"
    page.click("#play")
    stopped = page.inner_text("#snapshot-value")
    page.wait_for_timeout(500)
    assert page.inner_text("#snapshot-value") == stopped
    page.click("#play")
    page.fill("#snapshot", "18")
    page.wait_for_timeout(500)
    assert page.inner_text("#snapshot-value") == "1800", "it fights the slider"
    page.click("#play")
    expect(page.locator("#snapshot-value")).to_have_text("2000", timeout=10_000)
    expect(page.locator("#play")).to_have_text("Play")


@pytest.mark.parametrize(
    ("share", "threshold", "shown"),
    [
        (0.97925, 0.5, "97.9 %"), (0.49996, 0.5, "49.996 %"), (0.5, 0.5, "50.0 %"), (0.99999, 0.5, "99.999 %"),
        (1e-5, 0.5, "0.001 %"), (1, 0.5, "100.0 %"), (0.49999999, 0.5, "50.0 %"), (0.7003, 0.7, "70.0 %"),
        (0.6999, 0.7, "69.99 %"),
    ],
)  # fmt: skip
def test_a_percentage_shows_the_side_of_the_threshold(page: Page, share: float, threshold: float, shown: str) -> None:
    assert page.evaluate("([share, threshold]) => percent(share, 1, threshold)", [share, threshold]) == shown


def test_a_long_or_foreign_name_changes_nothing_else(page: Page, photos: dict[str, Path], tmp_path: Path) -> None:
    for name in "x" * 200 + ".png", "\u202egnp.jpg", "<img src=x>.png":
        for content, where in ((photos["8 bits, 32x32.png"].read_bytes(), "#photo-name"), (b"text", "#error bdi")):
            (tmp_path / name).write_bytes(content)
            page.set_input_files("#file", tmp_path / name)
            expect(page.locator(where)).to_have_text(name)
            assert not is_wider_than_its_window(page)


MEASURE = """window.shift = 0; window.blocked = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize(("width", "scheme"), [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")])
def test_the_report_fits_every_screen_and_is_accessible(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    with opened(browser, report, width, color_scheme=scheme) as page:
        page.evaluate(MEASURE)
        assert count_images(page) == (N_PLOTS + N_SAMPLES, 0)
        assert not is_wider_than_its_window(page)
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= {390: 7 * 844, 1280: 4 * 900}.get(width, 8 * 900)
        bottom = page.locator("#answer").evaluate("answer => answer.getBoundingClientRect().bottom")
        assert bottom < 844, "a click in the gallery would not be seen"
        assert page.evaluate("shift") < 0.05
        assert Axe().run(page).response["violations"] == []
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert not is_wider_than_its_window(page)
        assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize(("part", "other"), [("rocCurve", "snapshot"), ("showSnapshot", "threshold")])
def test_a_part_of_the_page_that_fails_stops_no_other(
    browser: Browser, report: Path, tmp_path: Path, part: str, other: str
) -> None:
    def use(page: Page) -> None:
        page.locator("#gallery input").last.check()
        assert "it is a" in page.inner_text("#truth")
        page.fill(f"#{other}", "0")
        assert page.inner_text(f"#{other}-value") in ("0", "0 %")

    html = report.read_text(encoding="utf-8").replace(f"function {part}", f"null.x; function {part}")
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    with pytest.raises(AssertionError, match="properties of null"), opened(browser, tmp_path / "report.html") as page:
        use(page)


def test_the_first_verdict_stands_in_the_html(browser: Browser, report: Path) -> None:
    html = re.sub(r"<script>.*?</script>", "", report.read_text(encoding="utf-8"), flags=re.DOTALL)
    with browser.new_context(offline=True) as context, opened(browser, report) as page:
        static = context.new_page()
        static.set_content(html)
        for name in "answer", "probability", "snapshot-value", "threshold-value":
            assert static.inner_text(f"#{name}") == page.inner_text(f"#{name}")
        assert float(static.get_attribute("#probability", "value") or "") == pytest.approx(shown_probability(page))


def test_the_report_prints_on_few_pages_without_controls(browser: Browser, report: Path) -> None:
    with opened(browser, report) as page:
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))) <= 6
        page.emulate_media(media="print")
        assert page.locator("input:visible, button:visible").count() == 0
        assert page.locator(".bar").evaluate("bar => getComputedStyle(bar).printColorAdjust") == "exact"


def test_the_report_respects_reduced_motion_and_forced_colours(browser: Browser, report: Path) -> None:
    with opened(browser, report, reduced_motion="reduce", forced_colors="active") as page:
        assert not page.is_visible("#play")
        style = "bar => [getComputedStyle(bar).transitionDuration, getComputedStyle(bar).backgroundColor]"
        assert page.locator("#bar").evaluate(style) == ["0s", "rgb(0, 114, 178)"]


def test_the_report_shows_tables_and_plots_without_javascript(browser: Browser, report: Path) -> None:
    with opened(browser, report, java_script_enabled=False) as page:
        page.click("text=Plots")
        assert page.locator(".plots img:visible").count() == N_PLOTS
        assert not page.is_visible(".interactive >> nth=0")
        assert "need JavaScript" in page.inner_text("body")


def test_the_report_cannot_send_anything(browser: Browser, report: Path) -> None:
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        script = f"""async () => {{
          await new Promise(done => Object.assign(new Image(), {{src: "{url}/image", onload: done, onerror: done}}));
          return fetch("{url}/fetch").then(() => "sent", () => "refused");
        }}"""
        with (
            pytest.raises(AssertionError, match="Content Security Policy"),
            opened(browser, report, offline=False) as page,
        ):
            assert page.evaluate(script) == "refused"
        server.shutdown()
    assert received == []


def test_the_report_is_small_and_opens_no_connection(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    heading = re.search(r"<h1>(.*?)</h1>", text)
    assert heading
    assert "SYNTHETIC DATA, NOT CIFAR-10" in heading[1]
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert len(text.encode()) <= 1_250_000  # 1,200,000 on CIFAR-10, whose plots are smaller
    for words in "default-src 'none'", "form-action 'none'", "base-uri 'none'", "data_batch_1", "test_size":
        assert words in text
    assert "CIFAR-10's own test batch" not in text
    for new_in_2024 in "light-dark(", "toSorted", "toReversed", ".with(", "fromBase64":
        assert new_in_2024 not in text


def test_the_report_warns_if_the_training_diverges(
    browser: Browser, synthetic_project: Project, tmp_path: Path
) -> None:
    project = synthetic_project.copy(tmp_path / "project")
    project.replace("params.yaml", "lr: 0.005", "lr: 1.0")
    project.replace("params.yaml", "iterations: 2000", "iterations: 200")
    for stage in "train", "evaluate", "report":
        project.run("python", "-m", f"stages.{stage}")
    with opened(browser, project.folder / paths.REPORT) as page:
        assert "The training diverged: the cost rose from 0.69 to" in page.inner_text("body")
        assert "learning rate than 1.0 may converge" in page.inner_text("body")
        log_loss = project.json(paths.SCORES)["train"]["log_loss"]
        assert page.inner_text("#train-cost") == f"{log_loss:.6f}", "two numbers for one quantity"
        assert count_images(page)[1] == 0
