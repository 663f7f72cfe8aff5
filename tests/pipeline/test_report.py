"""The HTML report of a run, in a real browser without a network."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from birds import files, paths
from birds.model import logistic
from browser import count_images, is_wider_than_its_window, opened
from projects import Project

N_PLOTS, N_SAMPLES, N_SNAPSHOTS = 10, 24, 21
ORIENTATION, TURNED = 0x0112, 6


@pytest.fixture(scope="module")
def report(synthetic_project: Project) -> Path:
    return synthetic_project.folder / paths.REPORT


@pytest.fixture(scope="module")
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, in the state in which the previous test left it."""
    with opened(browser, report) as page:
        yield page


def image_with_noise(width: int, height: int) -> Image.Image:
    """Create an image with a few large blots and strong noise."""
    random = np.random.default_rng(width + height)
    blots = Image.fromarray(random.integers(0, 256, (5, 7, 3), np.uint8)).resize((width, height))
    noise = random.integers(-40, 41, (height, width, 3), np.int16)
    return Image.fromarray((np.asarray(blots) + noise).clip(0, 255).astype(np.uint8))


def with_alpha(image: Image.Image) -> Image.Image:
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def sixteen_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


PNG_8_BITS: dict[str, Callable[[], Image.Image]] = {
    "1x1.png": lambda: image_with_noise(1, 1),
    "32x32.png": lambda: image_with_noise(32, 32),
    "31x97.png": lambda: image_with_noise(31, 97),
    "270x480.png": lambda: image_with_noise(270, 480),
    "4000x3000.png": lambda: image_with_noise(4000, 3000),
    "1025x513.png": lambda: image_with_noise(1025, 513),
    "2000x3.png": lambda: image_with_noise(2000, 3),
    "grey.png": lambda: image_with_noise(300, 200).convert("L"),
    "palette.png": lambda: image_with_noise(300, 200).convert("P"),
}
OTHERS: dict[str, Callable[[], Image.Image]] = {
    "16 bits.png": lambda: sixteen_bits(image_with_noise(300, 200)),
    "alpha.png": lambda: with_alpha(image_with_noise(300, 200)),
    "alpha, reduced.png": lambda: with_alpha(image_with_noise(1500, 700)),
    "photo.jpeg": lambda: image_with_noise(640, 480),
    "photo.webp": lambda: image_with_noise(640, 480),
    "turned.jpeg": lambda: image_with_noise(640, 480),
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("photos")
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    for name, create in {**PNG_8_BITS, **OTHERS}.items():
        create().save(folder / name, exif=exif if name.startswith("turned") else Image.Exif(), compress_level=1)
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def classified(synthetic_project: Project, photos: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """The command line's result for each photo."""
    done = synthetic_project.run("python", "-m", "birds", "classify", "--json", *photos.values())
    return {Path(result["path"]).name: result for result in json.loads(done.stdout)}


@contextmanager
def shows(page: Page, name: str) -> Iterator[None]:
    """Wait for the photo that the block chooses, even if the page already shows one of that name."""
    page.evaluate("document.getElementById('photo').alt = ''")
    yield
    expect(page.locator("#photo")).to_have_attribute("alt", name)


def try_photo(page: Page, path: Path) -> tuple[str, float]:
    """Choose a photo on the page and read the verdict and the probability."""
    with shows(page, path.name):
        page.set_input_files("#file", path)
    return page.inner_text("#verdict"), shown_probability(page)


def shown_probability(page: Page) -> float:
    return float(page.get_attribute("#probability", "value") or "nan")


@pytest.mark.parametrize(
    ("name", "tolerance"), [*((name, 1e-4) for name in PNG_8_BITS), *((name, 5e-3) for name in OTHERS)]
)
def test_the_page_and_the_command_line_give_the_same_probability(
    page: Page, photos: dict[str, Path], classified: dict[str, dict[str, Any]], name: str, tolerance: float
) -> None:
    verdict, probability = try_photo(page, photos[name])
    assert probability == pytest.approx(classified[name]["probability"], abs=tolerance)
    if abs(probability - 0.5) > tolerance:
        assert verdict == classified[name]["verdict"]


def test_the_last_of_two_photos_is_shown(page: Page, photos: dict[str, Path]) -> None:
    page.set_input_files("#file", photos["4000x3000.png"])
    try_photo(page, photos["1x1.png"])
    page.wait_for_timeout(1_500)  # longer than the first photo takes
    assert page.get_attribute("#photo", "alt") == "1x1.png"


def canvas(page: Page, selector: str) -> npt.NDArray[np.int64]:
    """Return the pixels (height, width, 3) of a canvas."""
    url: str = page.eval_on_selector(selector, "canvas => canvas.toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


def colours(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return matplotlib's colours for values, as in plots/images/weights.png."""
    largest = np.abs(values).max()
    found: npt.NDArray[np.int64] = mpl.colormaps["PuOr_r"](values / (2 * largest) + 0.5, bytes=True)[..., :3].astype(
        np.int64
    )
    return found


def test_the_maps_show_the_photo_and_the_weights(
    page: Page, synthetic_project: Project, photos: dict[str, Path]
) -> None:
    try_photo(page, photos["32x32.png"])
    with Image.open(photos["32x32.png"]) as image:
        pixels = np.asarray(image)
    w = files.read_npz(synthetic_project.folder / paths.MODEL)["w"].reshape(pixels.shape)
    np.testing.assert_array_equal(canvas(page, "#resized"), pixels)
    # matplotlib uses 256 colours, the page a continuous scale
    np.testing.assert_allclose(canvas(page, "#evidence"), colours((w * pixels).sum(axis=2)), atol=3)
    for channel in range(3):
        shown = canvas(page, f":nth-match(canvas.channel, {channel + 1})")
        np.testing.assert_allclose(shown, colours(w)[:, :, channel], atol=3)


@pytest.mark.parametrize("way", ["dropped", "pasted"])
def test_a_photo_can_be_dropped_or_pasted(
    page: Page, photos: dict[str, Path], classified: dict[str, Any], way: str
) -> None:
    script = """([way, base64, name]) => {
      const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name));
      dispatchEvent(way === "dropped" ? new DragEvent("drop", {dataTransfer: data, cancelable: true})
        : new ClipboardEvent("paste", {clipboardData: data}));
    }"""
    with shows(page, "270x480.png"):
        page.evaluate(script, [way, base64.b64encode(photos["270x480.png"].read_bytes()).decode(), "270x480.png"])
    assert shown_probability(page) == pytest.approx(classified["270x480.png"]["probability"], abs=1e-4)


def test_the_page_gives_holdout_images_the_probabilities_of_the_run(page: Page, synthetic_project: Project) -> None:
    buttons = page.locator("#gallery button").all()
    assert len(buttons) == N_SAMPLES
    known = files.read_npz(synthetic_project.folder / paths.PROBABILITIES)["holdout"]
    for button in buttons[::5]:
        with shows(page, button.inner_text()):
            button.focus()
            page.keyboard.press("Enter")
        assert np.abs(known - shown_probability(page)).min() < 1e-6


NOT_PHOTOS: dict[str, Callable[[], bytes]] = {
    "text.jpg": lambda: b"not a photo",
    "empty.png": lambda: b"",
    "drawing.svg": lambda: (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    ),
    "cut.png": lambda: png(image_with_noise(300, 200))[:100],
    "100 megapixels.png": lambda: png(Image.new("1", (10_000, 10_000))),
}


def png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("name", NOT_PHOTOS)
def test_non_image_files_give_a_one_sentence_error(
    page: Page, tmp_path: Path, photos: dict[str, Path], name: str
) -> None:
    (tmp_path / name).write_bytes(NOT_PHOTOS[name]())
    page.set_input_files("#file", tmp_path / name)
    sentence = re.compile(rf"^{name} (is not an image|has more than 40 million pixels)[^\n]*\.$")
    expect(page.locator("#error")).to_have_text(sentence)
    assert not page.is_visible("#result")
    try_photo(page, photos["32x32.png"])
    assert not page.is_visible("#error")
    assert page.is_visible("#result")


@pytest.mark.parametrize("threshold", [0, 0.25, 0.5, 0.61, 1])
def test_the_counts_at_each_threshold_match_scikit_learn(
    page: Page, synthetic_project: Project, threshold: float
) -> None:
    y = files.read_npz(synthetic_project.folder / paths.HOLDOUT)["labels"]
    predicted = files.read_npz(synthetic_project.folder / paths.PROBABILITIES)["holdout"] >= threshold
    if threshold == 0.5:  # the slider's initial position
        page.reload()
    else:
        page.fill("#threshold", str(threshold))
    shown = {name: page.inner_text(f"#{name}") for name in ("tn", "fp", "fn", "tp", "accuracy", "precision", "recall")}
    counts = [int(shown[name]) for name in ("tn", "fp", "fn", "tp")]
    assert counts == confusion_matrix(y, predicted, labels=[0, 1]).ravel().tolist()
    if threshold == 0.5:
        scores = synthetic_project.json(paths.SCORES)["holdout"]
        assert counts == [*scores["confusion"].values()]
    assert shown["accuracy"] == f"{100 * accuracy_score(y, predicted):.2f} %"
    assert shown["recall"] == f"{100 * recall_score(y, predicted):.2f} %"
    precision = f"{100 * precision_score(y, predicted):.2f} %" if predicted.any() else "–"
    assert shown["precision"] == precision
    tn, fp, fn, tp = counts
    point = [float(page.get_attribute("#roc-point", name) or "nan") for name in ("cx", "cy")]
    assert point == pytest.approx([100 * fp / (fp + tn), 100 - 100 * tp / (fn + tp)])


def test_the_roc_curve_matches_the_run(page: Page, synthetic_project: Project) -> None:
    rows = [row for row in files.read_csv(synthetic_project.folder / paths.ROC) if row[0] == "holdout"]
    expected = [(float(false_positive), 100 - float(true_positive)) for _, false_positive, true_positive in rows]
    points = (page.get_attribute("#roc", "points") or "").split(" ")
    np.testing.assert_allclose([[float(value) for value in point.split(",")] for point in points], expected, atol=1e-6)


def test_the_page_contains_the_weights_and_costs_of_the_training(page: Page, synthetic_project: Project) -> None:
    data = page.evaluate("data")
    weights = np.frombuffer(base64.b64decode(data["weights"]), "<f4").reshape(len(data["snapshots"]), -1)
    model = files.read_npz(synthetic_project.folder / paths.MODEL)
    np.testing.assert_array_equal(weights[-1], model["w"][:, 0])
    assert data["snapshots"][-1]["b"] == model["b"]
    x, y = (files.read_npy(synthetic_project.folder / path) for path in paths.columns("train"))
    recorded = {
        int(iteration): float(cost) for iteration, cost in files.read_csv(synthetic_project.folder / paths.COSTS)
    }
    computed = {
        snapshot["iteration"]: logistic.cost(logistic.logits(w[:, None], snapshot["b"], x), y)
        for w, snapshot in zip(weights, data["snapshots"], strict=True)
    }
    assert len(computed) == N_SNAPSHOTS
    assert {i: computed[i] for i in recorded} == pytest.approx(recorded, abs=1e-6)


def test_the_slider_shows_how_the_model_learned(page: Page, synthetic_project: Project) -> None:
    page.reload()
    costs = dict(files.read_csv(synthetic_project.folder / paths.COSTS))
    assert page.inner_text("#snapshot-value") == "2000"
    accuracy = synthetic_project.json(paths.ACCURACY)
    for name in "train", "test", "holdout":
        assert page.inner_text(f"#{name}-accuracy") == f"{accuracy[name]:.2f} %"
    page.focus("#snapshot")
    page.keyboard.press("Home")
    assert page.inner_text("#snapshot-value") == "0"
    assert page.inner_text("#train-cost") == f"{float(costs['0']):.6f}"
    assert canvas(page, "#weights").min() == canvas(page, "#weights").max() == 128, "the weights start at zero"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#snapshot-value") == "100"
    assert float(page.inner_text("#train-cost")) == pytest.approx(float(costs["100"]), abs=2e-6)
    page.click("#play")
    expect(page.locator("#snapshot-value")).to_have_text("2000")


@pytest.mark.parametrize("width", [390, 1280])
def test_all_images_of_the_report_are_shown(browser: Browser, report: Path, width: int) -> None:
    with opened(browser, report, width) as page:
        assert count_images(page) == (N_PLOTS + N_SAMPLES + 1, 0)
        assert not is_wider_than_its_window(page)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_accessible(browser: Browser, report: Path, width: int, scheme: str) -> None:
    with opened(browser, report, width, color_scheme=scheme) as page:
        found = Axe().run(page).response["violations"]
        assert [rule for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_the_report_shows_tables_and_plots_without_javascript(browser: Browser, report: Path) -> None:
    with opened(browser, report, java_script_enabled=False) as page:
        assert page.locator("table:visible").count() == 3
        assert page.locator(".plots img:visible").count() == N_PLOTS
        assert not page.is_visible("#interactive")
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


def test_the_report_is_below_2_mb_and_refers_to_no_other_file(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    heading = re.search(r"<h1>(.*?)</h1>", text)
    assert heading
    assert "SYNTHETIC DATA, NOT CIFAR-10" in heading[1]
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert len(text.encode()) < 2_000_000
    for words in "data_batch_1", "test_size", "95 % interval", "light dark":
        assert words in text


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
        assert count_images(page)[1] == 0
