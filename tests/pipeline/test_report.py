"""What the report's page shows, against the files of the run, SciPy and scikit-learn, and how."""

import re
from pathlib import Path
from types import SimpleNamespace as Run

import matplotlib as mpl
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page
from scipy.special import expit
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_score,
    recall_score,
    roc_curve,
)

from birds import files, paths
from birds.model.logistic import Array
from browser import choose, count_images, opened, shown_probability
from projects import Project


@pytest.fixture(scope="module")
def run(quick_project: Project) -> Run:
    """The files of the run."""
    folder = quick_project.folder
    model = files.read_npz(folder / paths.MODEL)
    learning = np.array(files.read_csv(folder / paths.LEARNING))
    return Run(
        iterations=model["snapshot_iterations"],
        w=model["snapshot_w"].astype(float).reshape(-1, 32, 32, 3),
        b=model["snapshot_b"].astype(float),
        mean=files.read_npy(folder / paths.columns("train")[0])
        .mean(axis=1)
        .reshape(32, 32, 3),
        probabilities=files.read_npz(folder / paths.PROBABILITIES)["holdout"],
        labels=files.read_npz(folder / paths.HOLDOUT)["labels"],
        learning={
            name: learning[learning[:, 0] == name, 2:].astype(float)
            for name in paths.SETS
        },
    )


def logit(run: Run, x: Array, snapshot: int = -1) -> float:
    return float((run.w[snapshot] * x).sum() + run.b[snapshot])


def canvas(page: Page, selector: str) -> Array:
    """Return the pixels (32, 32, 3) of a canvas."""
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
    return np.reshape(page.eval_on_selector(selector, script), (32, 32, 4))[:, :, :3]


def colours(values: Array, largest: float) -> Array:
    """Return matplotlib's colours for values. It has 256 of them; the page has a continuous scale."""
    return 255 * mpl.colormaps["PuOr_r"](values / (2 * largest) + 0.5)[..., :3]


def texts(page: Page, *ids: str) -> list[str]:
    return [(page.text_content(f"#{name}") or "").replace("−", "-") for name in ids]


def numbers(*parts: str | None) -> list[float]:
    found = re.findall(
        r"-? ?[0-9.]*[0-9](?:e-?[0-9]+)?", " ".join(part or "" for part in parts)
    )
    return [float(number.replace(" ", "")) for number in found]


def test_photo_iteration_and_threshold_are_one_state(
    page: Page, run: Run, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    assert choose(page, tmp_path / "photo.png") == ""
    for name in "photo", "resized":
        np.testing.assert_array_equal(canvas(page, f"#{name}"), pixels)
    for snapshot, threshold in (
        (20, 0.5),
        (20, 0.9),
        (0, 0.5),
        (0, 0.51),
        (3, 0.1),
        (3, 0.9),
    ):
        page.fill("#snapshot", str(snapshot))
        page.fill("#threshold", str(threshold))
        z, of_mean = logit(run, pixels / 255, snapshot), logit(run, run.mean, snapshot)
        a = expit(z)
        assert shown_probability(page) == pytest.approx(a, abs=1e-9)
        answer, sign = ("bird", "≥") if np.float32(a) >= threshold else ("no bird", "<")
        assert page.inner_text("#answer") == answer.capitalize()
        probability, sum_, sigmoid, decision = texts(
            page, "probability", "sum", "sigmoid", "decision"
        )
        assert numbers(sum_, sigmoid)[:6] == pytest.approx(
            [of_mean, z - of_mean, z, 1, 1, -z], abs=6e-4
        )
        for text in probability, sigmoid, decision:
            assert re.search(rf"(^| ){100 * a:.1f}[0-9]* %", text)
        assert decision.endswith(f" {sign} {100 * threshold:.0f} %: {answer}")
    shares = {
        0.97925: "97.9 %",
        0.49996: "49.996 %",
        0.49999999: "50.0 %",
        0.99999: "99.999 %",
    }
    shown = page.evaluate(
        "shares => shares.map(share => percent(share, 1, 0.5))", [*shares]
    )
    assert shown == [*shares.values()], (
        "a percentage shows on which side of the threshold it is"
    )
    page.wait_for_timeout(250)  # the bar moves
    script = "bar => [bar.children[0].offsetWidth / bar.clientWidth, mark.offsetLeft / bar.clientWidth]"
    assert page.locator(".bar").evaluate(script) == pytest.approx(
        [a, threshold], abs=0.01
    )


def test_each_holdout_image_shows_its_evidence_and_whether_the_model_is_right(
    page: Page, run: Run
) -> None:
    for button in page.locator("#gallery input").all():
        button.check()
        x = canvas(page, "#resized") / 255
        evidence = (run.w[-1] * (x - run.mean)).sum(axis=2)
        largest = np.abs(evidence).max()
        np.testing.assert_allclose(
            canvas(page, "#evidence"), colours(evidence, largest), atol=3
        )
        assert numbers(*texts(page, "evidence-scale-high")) == pytest.approx(
            [largest], rel=0.05
        )
        is_right = (logit(run, x) >= 0) == (button.get_attribute("data-label") == "1")
        truth = f"{'right' if is_right else 'wrong'}: it is {button.get_attribute('data-name')}"
        assert truth in page.inner_text("#truth")
        assert np.abs(run.probabilities - shown_probability(page)).min() < 1e-6


def test_the_image_can_be_painted_changed_and_restored(page: Page, run: Run) -> None:
    original = canvas(page, "#resized") / 255
    painted = original.copy()
    painted[19:22, 9:12] = [1, 0, 128 / 255]
    shifted = np.roll(painted, 2, axis=1)
    page.fill("#colour", "#ff0080")
    side = page.locator("#resized").evaluate("canvas => canvas.clientWidth") / 32
    page.click("#resized", position={"x": 10.5 * side, "y": 20.5 * side})
    assert page.inner_text("#truth") == ""
    for name, expected in [
        ("shifted", shifted),
        ("mirrored", shifted[:, ::-1]),
        ("mirrored", shifted),
        ("turned", shifted[::-1, ::-1]),
        ("turned", shifted),
        ("recoloured", shifted[:, :, [1, 0, 2]]),
        ("reset", original),
    ]:
        page.click(f"#{name}")
        np.testing.assert_array_equal(canvas(page, "#resized") / 255, expected)
        assert shown_probability(page) == pytest.approx(
            expit(logit(run, expected)), abs=1e-6
        )
    assert "it is a" in page.inner_text("#truth")


def test_a_pixel_shows_its_colour_weights_and_evidence(page: Page, run: Run) -> None:
    page.fill("#snapshot", "3")
    x, w = canvas(page, "#resized") / 255, run.w[3]
    side = page.locator("#evidence").evaluate("canvas => canvas.clientWidth") / 32
    page.click("#evidence", position={"x": 5.5 * side, "y": 30.5 * side})
    for column, keys in (5, ()), (6, ("Down", "Down", "Left", "Up", "Right", "Right")):
        for key in keys:
            page.press("#resized", f"Arrow{key}")
        evidence = w[30, column] @ (x[30, column] - run.mean[30, column])
        expected = [
            31,
            column + 1,
            *np.rint(255 * x[30, column]),
            *w[30, column],
            evidence,
        ]
        assert numbers(*texts(page, "pixel")) == pytest.approx(expected, abs=6e-5)
    assert "--row: 30; --column: 6" in (page.get_attribute("#result", "style") or "")
    np.testing.assert_array_equal(
        canvas(page, "#resized") / 255, x, "only the image can be painted on"
    )
    page.press("#resized", "Space")
    assert numbers(*texts(page, "pixel"))[2:5] == [0, 160, 64]


def test_histogram_confusion_and_roc_point_follow_the_threshold(
    page: Page, run: Run
) -> None:
    for threshold in 0.5, 0, 0.25, 0.61, 1:
        if threshold != 0.5:  # the slider's initial position
            page.fill("#threshold", str(threshold))
        step, predicted = round(100 * threshold), run.probabilities >= threshold
        tn, fp, fn, tp = confusion_matrix(run.labels, predicted).ravel()
        precision = precision_score(run.labels, predicted, zero_division=np.nan)
        scores = (
            accuracy_score(run.labels, predicted),
            precision,
            recall_score(run.labels, predicted),
        )
        shown = ["–" if np.isnan(score) else f"{100 * score:.2f} %" for score in scores]
        assert texts(page, "accuracy", "precision", "recall", "threshold-value") == [
            *shown,
            f"{step} %",
        ]
        assert (
            page.get_attribute("#threshold", "aria-valuetext")
            == f"{step} %, accuracy {shown[0]}"
        )
        moved = (
            page.get_attribute(f"#{name}", "transform")
            for name in ("threshold-line", "roc-point")
        )
        assert numbers(*moved) == pytest.approx(
            [step, 100 * fp / (fp + tn), 100 - 100 * tp / (tp + fn)]
        )
        names = ("tn", "fp", "fn", "tp")
        assert texts(page, *names) == [str(count) for count in (tn, fp, fn, tp)]
        drawn = numbers(*(page.get_attribute(f"#{name}-area", "d") for name in names))
        left, middle, height, right, _ = np.reshape(drawn, (-1, 5)).T
        edges = np.unique([*range(0, 101, 2), step])
        np.testing.assert_array_equal(
            [left, right], np.tile([edges[:-1], edges[1:]], 2)
        )
        sets = (run.probabilities[run.labels == label] for label in (0, 1))
        below, above = (np.histogram(a, edges / 100)[0] / np.diff(edges) for a in sets)
        expected = np.concatenate([below, -above])
        np.testing.assert_allclose(
            height / np.abs(height).max(), expected / np.abs(expected).max()
        )
        assert np.all((middle == 30) & (np.abs(height) <= middle))
    false_positives, true_positives, _ = roc_curve(
        run.labels, run.probabilities, drop_intermediate=False
    )
    points = np.reshape(numbers(page.get_attribute("#roc", "points")), (-1, 2))
    np.testing.assert_allclose(
        points.T, [100 * false_positives, 100 - 100 * true_positives], atol=1e-6
    )
    width = page.locator("#histogram").evaluate("histogram => histogram.clientWidth")
    page.hover("#histogram", position={"x": 0.1 * width, "y": 9})
    assert page.inner_text("#threshold-value") == "100 %"
    page.mouse.down()
    page.hover("#histogram", position={"x": 0.3 * width, "y": 9})
    assert page.inner_text("#threshold-value") == "30 %"


def test_the_slider_shows_how_the_model_learned(page: Page, run: Run) -> None:
    costs = np.array([run.learning[name][:, 0] for name in ("train", "holdout")])
    heights = 100 - 100 * (costs - costs.min()) / np.ptp(costs)
    drawn = [
        numbers(page.get_attribute(f"#{name}-curve", "points"))
        for name in ("train", "holdout")
    ]
    expected = [np.c_[run.iterations / 20, height].ravel() for height in heights]
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    largest = np.abs(run.w[-1]).max()
    ends = texts(
        page, "lowest-cost", "highest-cost", "weight-scale-low", "weight-scale-high"
    )
    assert numbers(*ends) == pytest.approx(
        [costs.min(), costs.max(), -largest, largest], rel=0.05
    )
    for key, n in ("End", 20), ("Home", 0), ("ArrowRight", 1):
        page.press("#snapshot", key)
        iteration, w = run.iterations[n], run.w[n]
        assert page.inner_text("#snapshot-value") == str(iteration)
        for name, rows in run.learning.items():
            cost, accuracy = rows[n]
            assert texts(page, f"{name}-cost", f"{name}-accuracy") == [
                f"{cost:.6f}",
                f"{accuracy:.2f} %",
            ]
        spoken = f"iteration {iteration}, training cost {costs[0, n]:.4f}"
        assert page.get_attribute("#snapshot", "aria-valuetext") == spoken
        point = numbers(page.get_attribute("#cost-point", "transform"))
        assert point == pytest.approx([iteration / 20, heights[0, n]], abs=1e-6)
        maps = [
            canvas(page, f"canvas.channel >> nth={channel}") for channel in range(3)
        ]
        np.testing.assert_allclose(maps, colours(np.moveaxis(w, 2, 0), largest), atol=3)
        np.testing.assert_allclose(
            canvas(page, "#weights"), 255 * (0.5 + w / (2 * largest)), atol=1
        )


def test_play_shows_all_iterations_and_can_be_stopped(page: Page, run: Run) -> None:
    page.clock.install()
    page.clock.pause_at("2100-01-01")
    page.click("#play")
    for iteration in run.iterations:
        assert texts(page, "snapshot-value", "play") == [str(iteration), "Stop"]
        page.clock.run_for(200)
    assert texts(page, "snapshot-value", "play") == ["2000", "Play"]
    for stop, key, last in ("#play", "Enter", 4), ("#snapshot", "ArrowRight", 5):
        page.click("#play")
        page.clock.run_for(850)
        page.press(stop, key)
        page.clock.run_for(1000)
        assert texts(page, "snapshot-value", "play") == [str(100 * last), "Play"]
        assert page.input_value("#snapshot") == str(last)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_the_page_fits_and_is_accessible(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    with opened(browser, report, width, color_scheme=scheme) as page:
        page.evaluate("""window.shift = 0;
          new PerformanceObserver(list => { for (const entry of list.getEntries()) shift += entry.value; })
            .observe({type: "layout-shift", buffered: true});""")
        assert count_images(page) == (34, 0), "10 plots and 24 holdout images"
        assert page.evaluate("shift") < 0.05
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= {390: 7 * 844, 1280: 4 * 900}.get(width, 8 * 900)
        assert page.evaluate("answer.getBoundingClientRect().bottom") < 844, (
            "the verdict is off the screen"
        )
        for _ in "closed", "open":
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert Axe().run(page).response["violations"] == []
            page.evaluate(
                "document.querySelectorAll('details').forEach(part => { part.open = true; })"
            )


def test_a_part_of_the_page_that_fails_stops_no_other(
    browser: Browser, report: Path
) -> None:
    script = """answer.remove();
      update({snapshot: 3, threshold: 0});
      [$("snapshot-value").textContent, $("threshold-value").textContent]"""
    with (
        pytest.raises(AssertionError, match="properties of null"),
        opened(browser, report) as page,
    ):
        assert page.evaluate(script) == ["300", "0 %"]


def test_the_page_prints_well_and_respects_reduced_motion_and_forced_colours(
    page: Page,
) -> None:
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4"))) <= 6
    page.emulate_media(media="print")
    assert page.locator("input:visible, button:visible").count() == 0
    assert page.evaluate("getComputedStyle(bar).printColorAdjust") == "exact"
    page.emulate_media(media="screen", reduced_motion="reduce", forced_colors="active")
    assert not page.is_visible("#play")
    assert page.evaluate("getComputedStyle(bar).transitionDuration") == "0s"
    assert page.evaluate("getComputedStyle(bar).backgroundColor") == "rgb(0, 114, 178)"


def test_without_javascript_the_verdict_and_plots_are_shown(
    browser: Browser, report: Path, page: Page
) -> None:
    with opened(browser, report, java_script_enabled=False) as static:
        static.click("text=Plots")
        assert static.locator(".plots img:visible").count() == 10
        assert not static.is_visible(".interactive >> nth=0")
        assert "need JavaScript" in static.inner_text("body")
        shown = "answer", "probability", "snapshot-value", "threshold-value"
        assert texts(static, *shown) == texts(page, *shown)
        assert shown_probability(static) == pytest.approx(shown_probability(page))


def test_the_page_is_small_and_cannot_send_anything(
    browser: Browser, report: Path
) -> None:
    assert report.stat().st_size <= 1_200_000
    script = """const refused = [], url = "http://127.0.0.1/";
      addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
      document.body.innerHTML = `<img src=${url}><base href=${url}><form action=${url}>`;
      document.forms[0].submit();
      fetch(url).catch(() => new Promise(done => setTimeout(done, 500))).then(() => refused.sort())"""
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        opened(browser, report) as page,
    ):
        assert page.evaluate(script) == [
            "base-uri",
            "connect-src",
            "form-action",
            "img-src",
        ]
