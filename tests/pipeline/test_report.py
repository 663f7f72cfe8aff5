"""What the report's page shows, against the files of the run and NumPy, and how."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Run

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page
from scipy.special import expit
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from birds import files, paths
from browser import choose, count_images, opened, shown_probability
from projects import Project

N_PLOTS, N_SAMPLES = 10, 24
Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def run(quick_project: Project) -> Run:
    """The files of the run."""
    folder = quick_project.folder
    snapshots = files.read_npz(folder / paths.SNAPSHOTS)
    learning, roc = (np.array(files.read_csv(folder / path)) for path in (paths.LEARNING, paths.ROC))
    return Run(
        iterations=snapshots["iterations"],
        w=snapshots["w"].astype(float).reshape(-1, 32, 32, 3),
        b=snapshots["b"].astype(float),
        mean=files.read_npy(folder / paths.columns("train")[0]).mean(axis=1).reshape(32, 32, 3),
        probabilities=files.read_npz(folder / paths.PROBABILITIES)["holdout"],
        labels=files.read_npz(folder / paths.HOLDOUT)["labels"],
        learning={name: learning[learning[:, 0] == name, 2:].astype(float) for name in paths.SETS},
        roc=roc[roc[:, 0] == "holdout", 1:].astype(float),
    )


def logit(run: Run, x: Floats, snapshot: int = -1) -> float:
    return float((run.w[snapshot] * x).sum() + run.b[snapshot])


def canvas(page: Page, selector: str) -> npt.NDArray[np.int64]:
    """Return the pixels (32, 32, 3) of a canvas."""
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
    return np.reshape(page.eval_on_selector(selector, script), (32, 32, 4))[:, :, :3]


def colours(values: Floats, largest: float) -> npt.NDArray[np.int64]:
    """Return matplotlib's colours for values. It has 256 of them; the page has a continuous scale."""
    return 255 * mpl.colormaps["PuOr_r"](values / (2 * largest) + 0.5)[..., :3]


def texts(page: Page, *ids: str) -> list[str]:
    return [(page.text_content(f"#{name}") or "").replace("−", "-") for name in ids]


def numbers(*parts: str | None) -> list[float]:
    found = re.findall(r"-? ?[0-9.]*[0-9](?:e-?[0-9]+)?", " ".join(part or "" for part in parts))
    return [float(number.replace(" ", "")) for number in found]


def points(page: Page, name: str) -> Floats:
    return np.reshape(numbers(page.get_attribute(f"#{name}", "points")), (-1, 2))


def test_photo_iteration_and_threshold_are_one_state(page: Page, run: Run, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    assert choose(page, tmp_path / "photo.png") == ""
    for name in "photo", "resized":
        np.testing.assert_array_equal(canvas(page, f"#{name}"), pixels)
    for snapshot, threshold in (20, 0.5), (20, 0.9), (0, 0.5), (0, 0.51), (3, 0.1), (3, 0.9):
        page.fill("#snapshot", str(snapshot))
        page.fill("#threshold", str(threshold))
        z, of_mean = logit(run, pixels / 255, snapshot), logit(run, run.mean, snapshot)
        a = expit(z)
        answer, sign = ("bird", "≥") if np.float32(a) >= threshold else ("no bird", "<")
        assert shown_probability(page) == pytest.approx(a, abs=1e-9)
        probability, sum_, sigmoid, decision = texts(page, "probability", "sum", "sigmoid", "decision")
        assert numbers(sum_) == pytest.approx([of_mean, z - of_mean, z], abs=6e-4)
        assert numbers(sigmoid)[2] == pytest.approx(-z, abs=6e-4)
        for text in probability, sigmoid, decision:
            assert re.search(rf"(^| ){100 * a:.1f}[0-9]* %", text)
        assert decision.endswith(f" {sign} {100 * threshold:.0f} %: {answer}")
        assert page.inner_text("#answer") == answer.capitalize()
    page.wait_for_timeout(250)  # the bar moves
    script = "bar => [bar.children[0].offsetWidth / bar.clientWidth, mark.offsetLeft / bar.clientWidth]"
    assert page.locator(".bar").evaluate(script) == pytest.approx([a, threshold], abs=0.01)


def test_a_percentage_shows_the_side_of_the_threshold(page: Page) -> None:
    expected = {0.97925: "97.9", 0.49996: "49.996", 0.49999999: "50.0", 0.99999: "99.999", 1e-5: "0.001"}
    shown = page.evaluate("shares => shares.map(share => percent(share, 1, 0.5))", [*expected])
    assert shown == [f"{share} %" for share in expected.values()]


def test_the_evidence_adds_up_and_does_not_show_the_weights_again(page: Page, run: Run) -> None:
    correlations = []
    for button in page.locator("#gallery input").all():
        button.check()
        x = canvas(page, "#resized") / 255
        evidence = (run.w[-1] * (x - run.mean)).sum(axis=2)
        found = page.evaluate("[...explain(snapshots[LAST], state.x).evidence]")
        np.testing.assert_allclose(np.reshape(found, (32, 32)), evidence, atol=1e-6)
        assert sum(found) + logit(run, run.mean) == pytest.approx(logit(run, x), abs=1e-6)
        largest = np.abs(evidence).max()
        np.testing.assert_allclose(canvas(page, "#evidence"), colours(evidence, largest), atol=3)
        scale = numbers(*texts(page, "evidence-scale-low", "evidence-scale-high"))
        assert scale == pytest.approx([-largest, largest], rel=0.05)
        correlations.append(np.corrcoef(evidence.ravel(), run.w[-1].sum(axis=2).ravel())[0, 1])
        is_right = (logit(run, x) >= 0) == (button.get_attribute("data-label") == "1")
        truth = f"{'right' if is_right else 'wrong'}: it is {button.get_attribute('data-name')}"
        assert truth in page.inner_text("#truth")
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
    def check(expected: Floats) -> None:
        np.testing.assert_array_equal(canvas(page, "#resized") / 255, expected)
        assert shown_probability(page) == pytest.approx(expit(logit(run, expected)), abs=1e-6)

    original = x = canvas(page, "#resized") / 255
    for name, change in CHANGES.items():
        page.click(f"#{name}")
        x = change(x)
        check(x)
    page.fill("#colour", "#ff0080")
    side = page.locator("#resized").evaluate("canvas => canvas.clientWidth") / 32
    page.locator("#resized").click(position={"x": 10.5 * side, "y": 20.5 * side})
    x = x.copy()
    x[19:22, 9:12] = [1, 0, 128 / 255]
    check(x)
    assert page.inner_text("#truth") == ""
    page.click("#reset")
    check(original)
    assert "it is a" in page.inner_text("#truth")


def test_a_pixel_shows_its_colour_weights_and_evidence(page: Page, run: Run) -> None:
    page.fill("#snapshot", "3")
    x, w = canvas(page, "#resized") / 255, run.w[3]

    def check(row: int, column: int) -> None:
        evidence = w[row, column] @ (x[row, column] - run.mean[row, column])
        expected = [row + 1, column + 1, *np.rint(255 * x[row, column]), *w[row, column], evidence]
        assert numbers(*texts(page, "pixel")) == pytest.approx(expected, abs=6e-5)

    side = page.locator("#evidence").evaluate("canvas => canvas.clientWidth") / 32
    page.locator("#evidence").click(position={"x": 5.5 * side, "y": 30.5 * side})
    check(30, 5)
    np.testing.assert_array_equal(canvas(page, "#resized") / 255, x, "only the image can be painted on")
    page.focus("#resized")
    for key in "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight":
        page.keyboard.press(key)
    check(30, 6)
    assert "--row: 30; --column: 6" in (page.get_attribute("#result", "style") or "")
    page.keyboard.press("Space")
    assert numbers(*texts(page, "pixel"))[2:5] == [0, 160, 64]


def bars(page: Page, name: str) -> list[list[float]]:
    """Return the left and right end and the height of each bar. Heights are negative above the middle."""
    path = page.get_attribute(f"#{name}-area", "d") or ""
    found = re.findall(r"M(\S+) 30v(\S+)H(\S+)V30z", path)
    return [numbers(left, right, height) for left, height, right in found]


def test_the_histogram_and_the_scores_follow_the_threshold(page: Page, run: Run) -> None:
    for threshold in 0.5, 0, 0.25, 0.61, 1:
        if threshold != 0.5:  # the slider's initial position
            page.fill("#threshold", str(threshold))
        step, predicted = round(100 * threshold), run.probabilities >= threshold
        counts = confusion_matrix(run.labels, predicted).ravel()
        assert texts(page, "tn", "fp", "fn", "tp") == [str(count) for count in counts]
        precision = precision_score(run.labels, predicted, zero_division=np.nan)
        scores = accuracy_score(run.labels, predicted), precision, recall_score(run.labels, predicted)
        shown = ["–" if np.isnan(score) else f"{100 * score:.2f} %" for score in scores]
        assert texts(page, "accuracy", "precision", "recall") == shown
        assert page.get_attribute("#threshold", "aria-valuetext") == f"{step} %, accuracy {shown[0]}"
        assert page.inner_text("#threshold-value") == f"{step} %"
        assert page.get_attribute("#threshold-line", "transform") == f"translate({step})"
        tn, fp, fn, tp = counts
        point = numbers(page.get_attribute("#roc-point", "transform"))
        assert point == pytest.approx([100 * fp / (fp + tn), 100 - 100 * tp / (tp + fn)])
        edges = np.unique([*range(0, 101, 2), step])
        drawn, expected = [], []
        for label, below, above in (0, "tn", "fp"), (1, "fn", "tp"):
            drawn += bars(page, below) + bars(page, above)
            number, _ = np.histogram(run.probabilities[run.labels == label], edges / 100)
            expected += [*zip(edges, edges[1:], (1 - 2 * label) * number / np.diff(edges), strict=False)]
        unit = np.abs(drawn).sum(axis=0)[2] / np.abs(expected).sum(axis=0)[2]
        np.testing.assert_allclose(drawn, np.array(expected) * [1, 1, unit])
        assert np.abs(drawn)[:, 2].max() <= 30
    np.testing.assert_allclose(points(page, "roc"), [0, 100] + run.roc * [1, -1], atol=1e-6)
    width = page.locator("#histogram").evaluate("histogram => histogram.clientWidth")
    page.hover("#histogram", position={"x": 0.1 * width, "y": 9})
    assert page.inner_text("#threshold-value") == "100 %"
    page.mouse.down()
    page.hover("#histogram", position={"x": 0.3 * width, "y": 9})
    assert page.inner_text("#threshold-value") == "30 %"


def test_the_slider_shows_how_the_model_learned(page: Page, run: Run) -> None:
    costs = np.array([run.learning[name][:, 0] for name in ("train", "holdout")])
    heights = 100 - 100 * (costs - costs.min()) / np.ptp(costs)
    for name, height in zip(("train", "holdout"), heights, strict=True):
        curve = np.c_[run.iterations / 20, height]
        np.testing.assert_allclose(points(page, f"{name}-curve"), curve, atol=1e-6)
    largest = np.abs(run.w[-1]).max()
    ends = texts(page, "lowest-cost", "highest-cost", "weight-scale-low", "weight-scale-high")
    assert numbers(*ends) == pytest.approx([costs.min(), costs.max(), -largest, largest], rel=0.05)
    page.focus("#snapshot")
    for key, n in ("", 20), ("Home", 0), ("ArrowRight", 1):
        if key:
            page.keyboard.press(key)
        iteration, w = run.iterations[n], run.w[n]
        assert page.inner_text("#snapshot-value") == str(iteration)
        for name, rows in run.learning.items():
            cost, accuracy = rows[n]
            assert texts(page, f"{name}-cost", f"{name}-accuracy") == [f"{cost:.6f}", f"{accuracy:.2f} %"]
        spoken = f"iteration {iteration}, training cost {costs[0, n]:.4f}"
        assert page.get_attribute("#snapshot", "aria-valuetext") == spoken
        point = numbers(page.get_attribute("#cost-point", "transform"))
        assert point == pytest.approx([iteration / 20, heights[0, n]], abs=1e-6)
        for channel in range(3):
            shown = canvas(page, f":nth-match(canvas.channel, {channel + 1})")
            np.testing.assert_allclose(shown, colours(w[:, :, channel], largest), atol=3)
        np.testing.assert_allclose(canvas(page, "#weights"), 255 * (0.5 + w / (2 * largest)), atol=1)


def test_play_shows_all_iterations_and_can_be_stopped(page: Page, run: Run) -> None:
    page.clock.install()
    page.clock.pause_at("2100-01-01")
    page.click("#play")
    for iteration in run.iterations:
        assert texts(page, "snapshot-value", "play") == [str(iteration), "Stop"]
        page.clock.run_for(200)
    assert texts(page, "snapshot-value", "play") == ["2000", "Play"]
    page.click("#play")
    page.clock.run_for(850)
    page.click("#play")
    page.clock.run_for(1000)
    assert texts(page, "snapshot-value", "play") == ["400", "Play"]
    assert page.input_value("#snapshot") == "4"
    page.click("#play")
    page.fill("#snapshot", "18")
    page.clock.run_for(1000)
    assert texts(page, "snapshot-value", "play") == ["1800", "Play"], "it fights the slider"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_report_fits_every_screen_and_is_accessible(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    with opened(browser, report, width, color_scheme=scheme) as page:
        page.evaluate("""window.shift = 0;
          new PerformanceObserver(list => { for (const entry of list.getEntries()) shift += entry.value; })
            .observe({type: "layout-shift", buffered: true});""")
        assert count_images(page) == (N_PLOTS + N_SAMPLES, 0)
        assert page.evaluate("shift") < 0.05
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= {390: 7 * 844, 1280: 4 * 900}.get(width, 8 * 900)
        bottom = page.locator("#answer").evaluate("answer => answer.getBoundingClientRect().bottom")
        assert bottom < 844, "a click in the gallery would not be seen"
        for _ in "closed", "open":
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert Axe().run(page).response["violations"] == []
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")


def test_a_part_of_the_page_that_fails_stops_no_other(browser: Browser, report: Path, tmp_path: Path) -> None:
    def use(page: Page) -> None:
        page.locator("#gallery input").last.check()
        page.fill("#threshold", "0")
        assert "it is a" in page.inner_text("#truth")
        assert page.inner_text("#threshold-value") == "0 %"

    broken = tmp_path / "report.html"
    html, part = report.read_text(encoding="utf-8"), "function showSnapshot"
    broken.write_text(html.replace(part, f"null.x; {part}"), encoding="utf-8")
    with pytest.raises(AssertionError, match="properties of null"), opened(browser, broken) as page:
        use(page)


def test_the_report_prints_on_few_pages_without_controls(page: Page) -> None:
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))) <= 6
    page.emulate_media(media="print")
    assert page.locator("input:visible, button:visible").count() == 0
    assert page.locator(".bar").evaluate("bar => getComputedStyle(bar).printColorAdjust") == "exact"


def test_the_report_respects_reduced_motion_and_forced_colours(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    assert not page.is_visible("#play")
    style = "bar => [getComputedStyle(bar).transitionDuration, getComputedStyle(bar).backgroundColor]"
    assert page.locator("#bar").evaluate(style) == ["0s", "rgb(0, 114, 178)"]


def test_without_javascript_the_report_shows_the_first_verdict_and_all_plots(
    browser: Browser, report: Path, page: Page
) -> None:
    with opened(browser, report, java_script_enabled=False) as static:
        static.click("text=Plots")
        assert static.locator(".plots img:visible").count() == N_PLOTS
        assert not static.is_visible(".interactive >> nth=0")
        assert "need JavaScript" in static.inner_text("body")
        shown = "answer", "probability", "snapshot-value", "threshold-value"
        assert texts(static, *shown) == texts(page, *shown)
        assert shown_probability(static) == pytest.approx(shown_probability(page))


def test_the_report_is_small_and_cannot_send_anything(browser: Browser, report: Path) -> None:
    assert report.stat().st_size <= 1_200_000
    script = """new Promise(done => {
      const refused = [], url = "http://127.0.0.1/", add = (tag, values) =>
        document.body.appendChild(Object.assign(document.createElement(tag), values));
      addEventListener("securitypolicyviolation", event => {
        if (refused.push(event.effectiveDirective) === 4) done(refused.sort());
      });
      add("img", {src: url});
      add("base", {href: url});
      add("form", {action: url}).submit();
      fetch(url).catch(() => setTimeout(done, 1000, refused));
    })"""
    with pytest.raises(AssertionError, match="Content Security Policy"), opened(browser, report) as page:
        assert page.evaluate(script) == ["base-uri", "connect-src", "form-action", "img-src"]
