"""What the page shows in a browser, against the run, SciPy and scikit-learn."""

import base64
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Position
from scipy.special import expit
from sklearn import metrics

from birds import files, paths
from birds.model.logistic import Array
from browser import choose, count_images, exact_probability, opened_offline
from projects import Project

LAST = 20  # the snapshot of the trained model, after iteration 2000
EARLY = 3  # the snapshot after iteration 300
# How far a number can be from its text
THREE_DIGITS = 0.0006  # with three digits after the point
FOUR_DIGITS = 0.00006
TWO_SIGNIFICANT = 0.05  # relative
PHONE = 844  # height of a phone's screen


@dataclass
class Run:
    """The results of the run."""

    iterations: Array  # of the snapshots: 0, 100, …, 2000
    w: Array  # of each snapshot, (21, 32, 32, 3)
    b: Array
    average: Array  # of the training images, (32, 32, 3), from 0 to 1
    probabilities: npt.NDArray[np.float32]  # of the holdout
    labels: npt.NDArray[np.uint8]
    costs: dict[str, Array]  # by set
    accuracies: dict[str, Array]  # in percent

    def logit(self, x: Array, snapshot: int = LAST) -> float:
        weighted = self.w[snapshot] * x
        return float(weighted.sum() + self.b[snapshot])

    def evidence(self, x: Array, snapshot: int = LAST) -> Array:
        """Return the evidence of each pixel, (32, 32)."""
        weighted = self.w[snapshot] * (x - self.average)
        evidence: Array = weighted.sum(axis=2)
        return evidence

    def predictions(self, threshold: float) -> npt.NDArray[np.bool]:
        """Return whether each holdout image is predicted to be of the target class."""
        return self.probabilities >= threshold


@pytest.fixture(scope="module")
def run(synthetic_project: Project) -> Run:
    folder = synthetic_project.folder
    model = files.read_npz(folder / paths.MODEL)
    train = files.read_npz(folder / paths.COLUMNS_OF["train"])
    learning = np.array(files.read_csv(folder / paths.LEARNING))
    costs = {}
    accuracies = {}
    for name in paths.COLUMNS_OF:
        rows = learning[learning[:, 0] == name]
        costs[name] = rows[:, 2].astype(float)
        accuracies[name] = rows[:, 3].astype(float)
    return Run(
        iterations=model["snapshot_iterations"],
        w=model["snapshot_w"].astype(float).reshape(-1, 32, 32, 3),
        b=model["snapshot_b"].astype(float),
        average=train["x"].mean(axis=1).reshape(32, 32, 3),
        probabilities=files.read_npz(folder / paths.PROBABILITIES)["holdout"],
        labels=files.read_npz(folder / paths.HOLDOUT)["labels"],
        costs=costs,
        accuracies=accuracies,
    )


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of the model's size, so that resizing changes nothing."""
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def own_tab(browser: Browser, report: Path) -> Iterator[Page]:
    """The page in a tab of one test: its settings and its console are its own."""
    with opened_offline(browser, report) as page:
        yield page


@pytest.fixture
def paused(own_tab: Page) -> Page:
    """A page whose time runs only when told to."""
    own_tab.clock.install()
    own_tab.clock.pause_at("2100-01-01")
    return own_tab


@pytest.fixture
def reading(own_tab: Page, photo: Path) -> Page:
    """A page that has begun to read a photo, and never finishes."""
    own_tab.evaluate("readPhoto = () => new Promise(() => {}); 0")
    own_tab.set_input_files("#file", photo)
    return own_tab


def pixels_of(file: Any) -> Array:
    """Return the pixels of an image file, from 0 to 1."""
    return np.asarray(Image.open(file)) / 255


def canvas(page: Page, name: str) -> Array:
    """Return the pixels (32, 32, 3) of a canvas, from 0 to 255."""
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
    values = page.eval_on_selector(f"#{name}", script)
    rgba = np.reshape(values, (32, 32, 4))
    return rgba[:, :, :3]


def image(page: Page) -> Array:
    """Return the image that the model sees, from 0 to 1."""
    return canvas(page, "resized") / 255


def colours(values: Array, end: float) -> Array:
    """Return matplotlib's colours. It has 256; the page has a continuous scale."""
    return 255 * mpl.colormaps["PuOr_r"](values / (2 * end) + 0.5)[..., :3]


def text(page: Page, name: str) -> str:
    """Return the text of an element, with an ordinary minus."""
    return (page.text_content(f"#{name}") or "").replace("−", "-")


def numbers(text: str | None) -> list[float]:
    """Return the numbers of a text. A sign may stand apart from its number."""
    found = re.findall(r"-? ?\d*\.?\d+(?:e-?\d+)?", text or "")
    return [float(number.replace(" ", "")) for number in found]


def move(page: Page, slider: str, value: float) -> None:
    page.fill(f"#{slider}", str(value))


def pick(page: Page, kind: str) -> Locator:
    """Pick the first holdout image of a kind, and return it."""
    offered = page.locator("#gallery div", has_text=kind)
    offered.locator("input").first.check()
    return offered.locator("img").first


def at_pixel(page: Page, row: int, column: int) -> Position:
    """Return where a pixel is on both maps of the page."""
    side = page.locator("#resized").evaluate("canvas => canvas.clientWidth") / 32
    return Position(x=(column + 0.5) * side, y=(row + 0.5) * side)


# The image and its verdict


def test_a_holdout_image_is_shown_as_pillow_reads_its_bmp(page: Page) -> None:
    url = pick(page, "Worst mistakes").get_attribute("src") or ""

    bmp = base64.b64decode(url.removeprefix("data:image/bmp;base64,"))
    expected = pixels_of(io.BytesIO(bmp))
    np.testing.assert_array_equal(canvas(page, "photo") / 255, expected)
    np.testing.assert_array_equal(image(page), expected)


def test_at_first_the_first_holdout_image_is_picked_and_named(own_tab: Page) -> None:
    first = own_tab.locator("#gallery img").first

    shown = text(own_tab, "photo-name")

    assert shown == f"a holdout image: {first.get_attribute('alt')}"
    assert own_tab.locator("#gallery input").first.is_checked()


def test_the_probability_is_that_of_the_chosen_iteration(page: Page, run: Run) -> None:
    move(page, "snapshot", EARLY)

    expected = expit(run.logit(image(page), EARLY))
    assert exact_probability(page) == pytest.approx(expected, abs=1e-9)


# At iteration 0, all weights are 0, and the probability is 50 %.
@pytest.mark.parametrize(
    ("threshold", "verdict"),
    [
        (0.5, "Bird: the probability of bird is 50.0 %"),
        (0.51, "No bird: the probability of bird is 50.0 %"),
    ],
)
def test_the_verdict_is_the_target_class_from_the_threshold_on(
    page: Page, threshold: float, verdict: str
) -> None:
    move(page, "snapshot", 0)
    move(page, "threshold", threshold)

    assert page.inner_text(".verdict").startswith(verdict)


def test_the_probability_bar_ends_at_the_probability(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # the bar does not glide
    move(page, "snapshot", EARLY)
    probability = exact_probability(page)

    share = page.evaluate("bar.offsetWidth / bar.parentElement.clientWidth")

    assert share == pytest.approx(probability, abs=0.01)
    assert abs(probability - 0.5) > 0.02  # or another bar could end there


def test_the_mark_on_the_probability_bar_is_at_the_threshold(page: Page) -> None:
    move(page, "threshold", 0.9)

    share = page.evaluate("mark.offsetLeft / mark.parentElement.clientWidth")

    assert share == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "mark"), [("Surest hits", "✓ right"), ("Worst mistakes", "✗ wrong")]
)
def test_a_verdict_is_called_right_or_wrong_beside_the_true_class(
    page: Page, kind: str, mark: str
) -> None:
    pick(page, "Undecided")

    alt = pick(page, kind).get_attribute("alt") or ""  # bird, 1 of the surest hits

    true_class, _ = alt.split(", ")
    assert re.fullmatch(f"{mark}: it is an? {true_class}", text(page, "truth"))


def test_a_photo_has_no_true_class(page: Page, photo: Path) -> None:
    assert text(page, "truth") != ""

    choose(page, photo)

    assert text(page, "truth") == ""


def test_a_photo_takes_the_place_of_the_picked_image(page: Page, photo: Path) -> None:
    picked = page.locator("#gallery input:checked")
    assert picked.count() == 1

    choose(page, photo)

    np.testing.assert_array_equal(image(page), pixels_of(photo))
    assert picked.count() == 0


def test_while_a_photo_is_read_no_verdict_and_no_steps_to_it_are_shown(
    reading: Page,
) -> None:
    assert text(reading, "answer") == "Reading …"
    assert np.isnan(exact_probability(reading))
    assert not reading.is_visible("text=the probability of bird is")
    assert text(reading, "truth") == ""
    steps = reading.locator("#sum, #evidence-sum, #sigmoid, #decision")
    assert steps.all_text_contents() == ["", "", "", ""]


def test_while_a_photo_is_read_the_image_cannot_be_changed(reading: Page) -> None:
    original = image(reading)

    reading.click("#mirrored")
    reading.press("#resized", "Space")

    np.testing.assert_array_equal(image(reading), original)


def test_while_a_photo_is_read_reset_does_not_bring_back_the_verdict(
    reading: Page,
) -> None:
    reading.click("#reset")

    assert text(reading, "answer") == "Reading …"


# How numbers are written


@pytest.mark.parametrize(
    ("share", "threshold", "shown"),
    [
        (0.97925, 0.5, "97.9 %"),
        (0.49996, 0.5, "49.996 %"),  # not 50.0 %
        (0.50004, 0.5, "50.0 %"),
        (0.49999999, 0.5, "50.0 %"),  # one half in float32, in which Python decides
        (0.28, 0.28, "28.0 %"),  # in floating point, 100 * 0.28 is more than 28
    ],
)
def test_a_percentage_is_written_so_that_it_shows_its_side_of_the_threshold(
    page: Page, share: float, threshold: float, shown: str
) -> None:
    script = "([share, threshold]) => shareInPercent(share, 1, threshold)"

    assert page.evaluate(script, [share, threshold]) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0.0 %"),
        (1e-18, "0.000000000 %"),  # no more digits
        (0.00001, "0.001 %"),
        (0.99999, "99.999 %"),
        (1, "100.0 %"),
    ],
)
def test_a_percentage_near_0_or_100_has_more_digits(
    page: Page, share: float, shown: str
) -> None:
    assert page.evaluate("share => shareInPercent(share, 1)", share) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-0.25, "−0.250"),
        (999_999, "999999.000"),
        (1e6, "1.000e6"),
        (-4.78609e31, "−4.786e31"),
    ],
)
def test_a_number_from_a_million_on_has_an_exponent(
    page: Page, value: float, shown: str
) -> None:
    assert page.evaluate("value => number(value, 3)", value) == shown


@pytest.mark.parametrize(
    ("end", "shown"),
    [(0.0123, "0.012"), (5.34e30, "5.3e30"), (1.23e-7, "1.2e−7")],
)
def test_the_end_of_a_scale_has_two_significant_digits(
    page: Page, end: float, shown: str
) -> None:
    assert page.evaluate("end => brief(end)", end) == shown


def test_only_a_negative_number_is_subtracted(page: Page) -> None:
    assert page.evaluate("addition(1, -0.25, 0.75)") == "1.000 − 0.250 = 0.750"
    assert page.evaluate("addition(-1, 0.25, -0.75)") == "−1.000 + 0.250 = −0.750"
    assert page.evaluate("addition(1, 0, 1)") == "1.000 + 0.000 = 1.000"


# How it decides


def test_the_weighted_pixels_and_the_bias_add_up_to_the_logit(
    page: Page, run: Run
) -> None:
    move(page, "snapshot", EARLY)

    weighted = (run.w[EARLY] * image(page)).sum()
    bias = run.b[EARLY]
    expected = [weighted, bias, weighted + bias]
    assert numbers(text(page, "sum")) == pytest.approx(expected, abs=THREE_DIGITS)


def test_the_average_and_the_evidence_add_up_to_the_logit(page: Page, run: Run) -> None:
    move(page, "snapshot", EARLY)

    of_average = run.logit(run.average, EARLY)
    evidence = run.evidence(image(page), EARLY).sum()
    expected = [of_average, evidence, run.logit(image(page), EARLY)]
    shown = numbers(text(page, "evidence-sum"))
    assert shown == pytest.approx(expected, abs=THREE_DIGITS)


def test_the_sigmoid_turns_the_logit_into_the_probability(
    page: Page, run: Run, photo: Path
) -> None:
    choose(page, photo)

    z = run.logit(pixels_of(photo))
    percentage = 100 * expit(z)
    assert text(page, "sigmoid") == f"1 / (1 + exp({-z:.3f})) = {percentage:.1f} %"


@pytest.mark.parametrize(
    ("threshold", "step"),
    [(0.5, "50.0 % ≥ 50 %: bird"), (0.51, "50.0 % < 51 %: no bird")],
)
def test_the_last_step_compares_the_probability_with_the_threshold(
    page: Page, threshold: float, step: str
) -> None:
    move(page, "snapshot", 0)  # its probability is always 50 %
    move(page, "threshold", threshold)

    assert text(page, "decision") == step


# The evidence map


def test_the_evidence_map_has_the_colours_of_the_evidence(page: Page, run: Run) -> None:
    evidence = run.evidence(image(page))

    expected = colours(evidence, np.abs(evidence).max())
    np.testing.assert_allclose(canvas(page, "evidence"), expected, atol=3)


def ends_of_scale(page: Page, name: str) -> list[float]:
    """Return both numbers of a scale."""
    low = text(page, f"{name}-scale-low")
    high = text(page, f"{name}-scale-high")
    return numbers(f"{low} {high}")


def test_the_scale_of_the_evidence_ends_at_the_strongest(page: Page, run: Run) -> None:
    strongest = np.abs(run.evidence(image(page))).max()

    ends = ends_of_scale(page, "evidence")

    assert ends == pytest.approx([-strongest, strongest], rel=TWO_SIGNIFICANT)


# Changes and paint


@pytest.mark.parametrize(
    ("button", "changed"),
    [
        ("Shift by 2", lambda x: np.roll(x, 2, axis=1)),
        ("Mirror", lambda x: x[:, ::-1]),
        ("Turn upside down", lambda x: x[::-1, ::-1]),
        ("Swap red and green", lambda x: x[:, :, [1, 0, 2]]),
    ],
)
def test_each_button_rearranges_the_image_as_it_says(
    page: Page, button: str, changed: Callable[[Array], Array]
) -> None:
    expected = changed(image(page))

    page.get_by_role("button", name=button).click()

    np.testing.assert_array_equal(image(page), expected)


def test_a_changed_image_gets_its_own_probability(page: Page, run: Run) -> None:
    recoloured = image(page)[:, :, [1, 0, 2]]

    page.click("#recoloured")

    expected = expit(run.logit(recoloured))
    assert exact_probability(page) == pytest.approx(expected, abs=1e-9)


def test_a_rearranged_image_keeps_its_true_class(page: Page) -> None:
    original = image(page)
    _, true_class = text(page, "truth").split(": it is ")

    page.click("#mirrored")

    assert not np.array_equal(image(page), original)
    assert text(page, "truth").endswith(f": it is {true_class}")


def painted(x: Array, row: int, column: int, colour: tuple[int, int, int]) -> Array:
    """Paint a pixel and its neighbours: eight, or three in a corner."""
    expected = x.copy()
    rows = slice(max(0, row - 1), row + 2)
    columns = slice(max(0, column - 1), column + 2)
    expected[rows, columns] = np.array(colour) / 255
    return expected


@pytest.mark.parametrize(("row", "column"), [(20, 10), (0, 0), (31, 31)])
def test_a_pressed_pointer_paints_a_pixel_and_its_neighbours(
    page: Page, row: int, column: int
) -> None:
    expected = painted(image(page), row, column, (255, 0, 128))
    page.fill("#colour", "#ff0080")

    page.click("#resized", position=at_pixel(page, row, column))

    np.testing.assert_array_equal(image(page), expected)


def test_a_pointer_that_only_moves_paints_nothing(page: Page) -> None:
    original = image(page)

    page.hover("#resized", position=at_pixel(page, 20, 10))

    np.testing.assert_array_equal(image(page), original)


def test_the_space_bar_paints_where_the_pointer_is(page: Page) -> None:
    page.hover("#resized", position=at_pixel(page, 20, 10))
    expected = painted(image(page), 20, 10, (255, 0, 128))
    page.fill("#colour", "#ff0080")

    page.press("#resized", "Space")

    np.testing.assert_array_equal(image(page), expected)


@pytest.mark.parametrize("key", [" ", "ArrowDown"])
def test_the_keys_of_the_image_do_not_scroll_the_page(page: Page, key: str) -> None:
    would_scroll = page.evaluate(
        """key => resized.dispatchEvent(
          new KeyboardEvent("keydown", { key, cancelable: true })
        )""",
        key,
    )

    assert not would_scroll


def test_a_click_on_the_evidence_map_paints_nothing(page: Page) -> None:
    original = image(page)

    page.click("#evidence", position=at_pixel(page, 20, 10))

    np.testing.assert_array_equal(image(page), original)


def test_a_painted_image_has_no_true_class(page: Page) -> None:
    assert text(page, "truth") != ""

    page.press("#resized", "Space")

    assert text(page, "truth") == ""


def test_reset_restores_the_image_and_its_true_class(page: Page) -> None:
    original = image(page)
    truth = text(page, "truth")
    page.press("#resized", "Space")
    page.click("#turned")
    assert not np.array_equal(image(page), original)

    page.click("#reset")

    np.testing.assert_array_equal(image(page), original)
    assert text(page, "truth") == truth


# One pixel


def share_rows(page: Page) -> Array:
    """Return the table of a pixel: a row for each channel."""
    rows = []
    for row in page.locator("#shares tbody tr").all():
        cells = row.locator("td").all_text_contents()
        rows.append([float(cell.replace("−", "-")) for cell in cells])
    return np.array(rows)


def test_a_pixel_shows_how_its_evidence_is_computed(page: Page, run: Run) -> None:
    move(page, "snapshot", EARLY)

    page.hover("#evidence", position=at_pixel(page, 30, 5))

    x = image(page)[30, 5]
    average = run.average[30, 5]
    w = run.w[EARLY, 30, 5]
    values, averages, weights, shares = share_rows(page).T
    assert values == pytest.approx(x, abs=THREE_DIGITS)
    assert averages == pytest.approx(average, abs=THREE_DIGITS)
    assert weights == pytest.approx(w, abs=FOUR_DIGITS)
    assert shares == pytest.approx(w * (x - average), abs=FOUR_DIGITS)


def test_the_values_of_a_pixel_have_3_decimals_and_their_weights_and_evidence_4(
    page: Page,
) -> None:
    cells = page.locator("#shares tbody tr").first.locator("td").all_text_contents()

    assert [len(cell.split(".")[1]) for cell in cells] == [3, 3, 4, 4]


def test_a_pixel_shows_its_place_counted_from_1_and_its_evidence(
    page: Page, run: Run
) -> None:
    page.hover("#evidence", position=at_pixel(page, 30, 5))

    expected = [31, 6, run.evidence(image(page))[30, 5]]
    assert numbers(text(page, "pixel")) == pytest.approx(expected, abs=FOUR_DIGITS)


def test_each_arrow_key_moves_to_the_next_pixel_in_its_direction(page: Page) -> None:
    assert text(page, "pixel").startswith("Row 17, column 17:")

    places = {
        "ArrowDown": "Row 18, column 17:",
        "ArrowRight": "Row 18, column 18:",
        "ArrowUp": "Row 17, column 18:",
        "ArrowLeft": "Row 17, column 17:",
    }
    for key, place in places.items():
        page.press("#resized", key)
        assert text(page, "pixel").startswith(place)


@pytest.mark.parametrize(
    ("corner", "keys", "place"),
    [
        ((0, 0), ["ArrowUp", "ArrowLeft"], "Row 1, column 1:"),
        ((31, 31), ["ArrowDown", "ArrowRight"], "Row 32, column 32:"),
    ],
)
def test_the_arrow_keys_stop_at_the_border(
    own_tab: Page, corner: tuple[int, int], keys: list[str], place: str
) -> None:
    own_tab.hover("#resized", position=at_pixel(own_tab, *corner))

    for key in keys:
        own_tab.press("#resized", key)

    assert text(own_tab, "pixel").startswith(place)


def test_the_cursor_surrounds_the_pixel_on_both_maps(page: Page) -> None:
    page.hover("#evidence", position=at_pixel(page, 30, 5))

    for name in "resized", "evidence":
        side = page.locator(f"#{name}").evaluate("canvas => canvas.clientWidth") / 32
        cursor = page.locator(f"#{name} + .cursor")
        place = cursor.evaluate("it => [it.offsetTop, it.offsetLeft]")
        size = cursor.evaluate("it => [it.offsetHeight, it.offsetWidth]")
        # The browser rounds them to whole pixels.
        assert place == pytest.approx([30 * side, 5 * side], abs=0.6)
        assert size == pytest.approx([side, side], abs=0.6)


# Where to draw the line. The charts are 100 wide, and their y grows downwards.
# The threshold is 0.29 because, in floating point, 100 * 0.29 is less than 29.


def give_probabilities(page: Page, probabilities: Iterable[float]) -> None:
    """Give the holdout other probabilities, and draw the histogram again."""
    script = """probabilities => {
      PROBABILITIES.set(probabilities);
      COUNTS.splice(0, 2, ...countImages());
      update({});
    }"""
    page.evaluate(script, [float(a) for a in probabilities])


@pytest.fixture(scope="module")
def scattered(run: Run) -> Run:
    """The run, but with probabilities of each size for both labels, also near 29 %."""
    m = len(run.labels)
    shuffled = np.random.default_rng(0).permutation(m)
    probabilities = (shuffled / (m - 1)).astype(np.float32)
    return replace(run, probabilities=probabilities)


@pytest.fixture
def scattered_page(page: Page, scattered: Run) -> Page:
    """The page of that run."""
    give_probabilities(page, scattered.probabilities)
    return page


def test_the_images_of_both_labels_are_counted_below_and_above_the_threshold(
    scattered_page: Page, scattered: Run
) -> None:
    move(scattered_page, "threshold", 0.29)

    matrix = metrics.confusion_matrix(scattered.labels, scattered.predictions(0.29))
    tn, fp, fn, tp = matrix.ravel()
    assert text(scattered_page, "tn") == str(tn)
    assert text(scattered_page, "fp") == str(fp)
    assert text(scattered_page, "fn") == str(fn)
    assert text(scattered_page, "tp") == str(tp)


def test_accuracy_precision_and_recall_are_those_at_the_threshold(
    scattered_page: Page, scattered: Run
) -> None:
    move(scattered_page, "threshold", 0.29)

    predictions = scattered.predictions(0.29)
    accuracy = metrics.accuracy_score(scattered.labels, predictions)
    precision = metrics.precision_score(scattered.labels, predictions)
    recall = metrics.recall_score(scattered.labels, predictions)
    assert text(scattered_page, "accuracy") == f"{100 * accuracy:.2f} %"
    assert text(scattered_page, "precision") == f"{100 * precision:.2f} %"
    assert text(scattered_page, "recall") == f"{100 * recall:.2f} %"


def test_if_nothing_is_predicted_to_be_of_the_target_class_the_precision_is_a_dash(
    page: Page,
) -> None:
    move(page, "threshold", 1)

    assert text(page, "tp") == "0"
    assert text(page, "fp") == "0"
    assert text(page, "precision") == "–"


def test_a_screen_reader_reads_the_threshold_with_its_accuracy(
    scattered_page: Page, scattered: Run
) -> None:
    move(scattered_page, "threshold", 0.29)

    accuracy = metrics.accuracy_score(scattered.labels, scattered.predictions(0.29))
    spoken = scattered_page.get_attribute("#threshold", "aria-valuetext")
    assert spoken == f"29 %, accuracy {100 * accuracy:.2f} %"


def test_the_line_is_drawn_and_named_at_the_threshold(page: Page) -> None:
    move(page, "threshold", 0.29)

    assert page.get_attribute("#threshold-line", "transform") == "translate(29)"
    assert text(page, "threshold-value") == "29 %"


def test_the_point_on_the_roc_curve_is_at_the_threshold(
    scattered_page: Page, scattered: Run
) -> None:
    move(scattered_page, "threshold", 0.29)

    x, y = numbers(scattered_page.get_attribute("#roc-point", "transform"))
    predictions = scattered.predictions(0.29)
    assert x == pytest.approx(100 * predictions[scattered.labels == 0].mean())
    assert 100 - y == pytest.approx(100 * predictions[scattered.labels == 1].mean())


def bars(page: Page, *names: str) -> Array:
    """Return the left, height and right of each bar of the histogram.

    The chart is 60 high. The bars begin at its axis, at y = 30, in the middle. A
    negative height goes upwards.
    """
    script = "names => names.map((name) => element(`${name}-area`).getAttribute('d'))"
    outline = "".join(page.evaluate(script, names))
    drawn = re.findall(r"M(\d+) 30v(\S+)H(\d+)V30z", outline)
    return np.array(drawn, float).T


@pytest.mark.parametrize(
    ("label", "below", "above"), [(0, "tn", "fp"), (1, "fn", "tp")]
)
def test_the_bars_show_the_density_also_beside_a_threshold_that_cuts_one(
    scattered_page: Page, scattered: Run, label: int, below: str, above: str
) -> None:
    move(scattered_page, "threshold", 0.29)

    left, height, right = bars(scattered_page, below, above)

    edges = np.sort(np.append(range(0, 101, 2), 29))
    np.testing.assert_array_equal(left, edges[:-1])
    np.testing.assert_array_equal(right, edges[1:])
    of_label = scattered.probabilities[scattered.labels == label]
    density, _ = np.histogram(of_label, edges / 100, density=True)
    shares = height / height.sum()
    np.testing.assert_allclose(shares, density / density.sum())


def test_the_bars_stay_in_the_chart_at_each_threshold(scattered_page: Page) -> None:
    for percentage in range(101):
        move(scattered_page, "threshold", percentage / 100)

        _, height, _ = bars(scattered_page, "tn", "fp", "fn", "tp")

        assert np.abs(height).max() <= 30


def test_the_areas_are_the_counts_of_label_1_above_the_axis_and_of_label_0_below_it(
    scattered_page: Page, scattered: Run
) -> None:
    move(scattered_page, "threshold", 0.29)

    areas = []
    for name in "tn", "fp", "fn", "tp":
        left, height, right = bars(scattered_page, name)
        areas.append(sum(height * (right - left)))

    matrix = metrics.confusion_matrix(scattered.labels, scattered.predictions(0.29))
    tn, fp, fn, tp = matrix.ravel() / matrix.sum()
    shares = areas / np.abs(areas).sum()
    np.testing.assert_allclose(shares, [tn, fp, -fn, -tp])


def test_a_probability_of_100_percent_is_in_the_last_bar(page: Page, run: Run) -> None:
    give_probabilities(page, np.ones(len(run.labels)))

    left, height, right = bars(page, "fn", "tp")

    assert left[height != 0].tolist() == [98]
    assert right[height != 0].tolist() == [100]


def test_the_last_bar_stays_in_the_chart_if_half_of_it_is_at_100_percent(
    page: Page, run: Run
) -> None:
    # The bar is narrow, and thus high. The images at 100 % belong to it.
    move(page, "threshold", 0.99)

    give_probabilities(page, np.resize([0.995, 1], len(run.labels)))

    _, height, _ = bars(page, "fp", "tp")
    assert 0 < np.abs(height).max() <= 30


def test_the_roc_curve_is_that_of_scikit_learn(page: Page, run: Run) -> None:
    false_positives, true_positives, _ = metrics.roc_curve(
        run.labels, run.probabilities, drop_intermediate=False
    )

    points = page.get_attribute("#roc", "points")
    drawn = np.reshape(numbers(points), (-1, 2))

    np.testing.assert_allclose(drawn[:, 0], 100 * false_positives, atol=1e-6)
    np.testing.assert_allclose(drawn[:, 1], 100 - 100 * true_positives, atol=1e-6)


def test_all_images_of_one_probability_add_one_point_to_the_roc_curve(
    page: Page, run: Run
) -> None:
    give_probabilities(page, np.full(len(run.labels), 0.5))

    curve = page.evaluate("rocCurve()")

    start = [0, 0]
    assert curve == [start, [1, 1]]


def hover_over_histogram(page: Page, share: float) -> None:
    """Move the pointer to a share of the histogram's width."""
    width = page.locator("#histogram").evaluate("histogram => histogram.clientWidth")
    page.hover("#histogram", position={"x": share * width, "y": 9})


def test_a_pressed_pointer_drags_the_line(page: Page) -> None:
    hover_over_histogram(page, 0.1)
    page.mouse.down()

    hover_over_histogram(page, 0.3)

    page.mouse.up()
    assert text(page, "threshold-value") == "30 %"


def test_a_pointer_that_only_moves_leaves_the_line_at_50_percent(page: Page) -> None:
    hover_over_histogram(page, 0.3)

    assert text(page, "threshold-value") == "50 %"


# As by a finger, whose moves the browser reports also beyond the histogram
@pytest.mark.parametrize(("x", "shown"), [(-9999, "0 %"), (9999, "100 %")])
def test_a_line_dragged_too_far_stays_at_the_end(
    page: Page, x: int, shown: str
) -> None:
    page.evaluate("x => drag({ buttons: 1, clientX: x })", x)

    assert text(page, "threshold-value") == shown


# What it has learned


def test_the_curves_join_the_costs_of_train_and_holdout_at_the_snapshots(
    page: Page, run: Run
) -> None:
    both = [run.costs["train"], run.costs["holdout"]]
    lowest = np.min(both)
    highest = np.max(both)
    for name in "train", "holdout":
        drawn = numbers(page.get_attribute(f"#{name}-curve", "points"))

        points = np.reshape(drawn, (-1, 2))
        height = (run.costs[name] - lowest) / (highest - lowest)
        np.testing.assert_allclose(points[:, 0], 100 * run.iterations / 2000)
        np.testing.assert_allclose(points[:, 1], 100 - 100 * height, atol=1e-6)


def test_the_chart_of_the_costs_names_the_lowest_and_the_highest(
    page: Page, run: Run
) -> None:
    both = [run.costs["train"], run.costs["holdout"]]

    lowest = numbers(text(page, "lowest-cost"))
    highest = numbers(text(page, "highest-cost"))

    assert lowest == pytest.approx([np.min(both)], abs=THREE_DIGITS)
    assert highest == pytest.approx([np.max(both)], abs=THREE_DIGITS)


def test_the_slider_shows_the_iteration_of_the_snapshot(page: Page) -> None:
    move(page, "snapshot", EARLY)

    assert text(page, "snapshot-value") == "300"


def test_a_screen_reader_reads_the_iteration_with_its_training_cost(
    page: Page, run: Run
) -> None:
    move(page, "snapshot", EARLY)

    cost = run.costs["train"][EARLY]
    spoken = page.get_attribute("#snapshot", "aria-valuetext")
    assert spoken == f"iteration 300, training cost {cost:.4f}"


def test_each_set_shows_its_cost_and_accuracy_at_the_snapshot(
    page: Page, run: Run
) -> None:
    move(page, "snapshot", EARLY)

    for name in "train", "test", "holdout":
        cost = run.costs[name][EARLY]
        accuracy = run.accuracies[name][EARLY]
        assert text(page, f"{name}-cost") == f"{cost:.6f}"
        assert text(page, f"{name}-accuracy") == f"{accuracy:.2f} %"


def test_the_point_on_the_training_curve_is_at_the_chosen_iteration(
    page: Page,
) -> None:
    move(page, "snapshot", EARLY)

    curve = numbers(page.get_attribute("#train-curve", "points"))
    moved = numbers(page.get_attribute("#cost-point", "transform"))

    points = np.reshape(curve, (-1, 2))
    assert moved == points[EARLY].tolist()


def test_the_weights_of_each_channel_are_drawn_on_the_scale_of_all_snapshots(
    page: Page, run: Run
) -> None:
    move(page, "snapshot", EARLY)

    expected = colours(run.w[EARLY], np.abs(run.w).max())
    for channel, name in enumerate(["red", "green", "blue"]):
        drawn = canvas(page, f"{name}-weights")
        np.testing.assert_allclose(drawn, expected[:, :, channel], atol=3)


def test_the_scale_of_the_weights_ends_at_the_largest_of_all_snapshots(
    page: Page, run: Run
) -> None:
    largest = np.abs(run.w).max()

    move(page, "snapshot", EARLY)

    ends = ends_of_scale(page, "weight")
    assert ends == pytest.approx([-largest, largest], rel=TWO_SIGNIFICANT)


def test_the_three_weights_of_a_pixel_are_also_drawn_as_one_colour_with_grey_for_0(
    page: Page, run: Run
) -> None:
    move(page, "snapshot", EARLY)

    expected = 255 * (0.5 + run.w[EARLY] / (2 * np.abs(run.w).max()))
    np.testing.assert_allclose(canvas(page, "weights"), expected, atol=1)


SNAPSHOT_TIME = 200  # Play shows each snapshot for so many milliseconds


def test_play_shows_each_snapshot_from_the_first_to_the_last_and_stops(
    paused: Page, run: Run
) -> None:
    paused.click("#play")

    for iteration in run.iterations:
        assert text(paused, "snapshot-value") == str(iteration)
        assert text(paused, "play") == "Stop"
        paused.clock.run_for(SNAPSHOT_TIME)
    assert text(paused, "play") == "Play"
    assert text(paused, "snapshot-value") == "2000"


def test_play_can_be_stopped(paused: Page) -> None:
    paused.click("#play")
    paused.clock.run_for(4 * SNAPSHOT_TIME)  # until iteration 400

    paused.click("#play")
    paused.clock.run_for(5 * SNAPSHOT_TIME)

    assert text(paused, "play") == "Play"
    assert text(paused, "snapshot-value") == "400"


def test_a_move_of_the_slider_stops_play(paused: Page) -> None:
    paused.click("#play")
    paused.clock.run_for(4 * SNAPSHOT_TIME)  # until iteration 400

    paused.press("#snapshot", "ArrowRight")
    paused.clock.run_for(5 * SNAPSHOT_TIME)

    assert text(paused, "play") == "Play"
    assert text(paused, "snapshot-value") == "500"


# The page as a whole


def unfold(page: Page) -> None:
    page.evaluate(
        "for (const part of document.querySelectorAll('details')) part.open = true"
    )


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})


def violations(page: Page) -> Any:
    """Return what axe, a checker of accessibility, finds wrong."""
    return Axe().run(page).response["violations"]


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")]
)
def test_axe_finds_nothing_wrong_with_the_page(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    with opened_offline(browser, report, width, color_scheme=scheme) as page:
        unfold(page)

        assert violations(page) == []


def test_axe_finds_nothing_wrong_with_the_error_of_a_photo(page: Page) -> None:
    text_file = Path(__file__)
    assert choose(page, text_file) != ""

    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 820, 1280, 1920])
def test_the_page_does_not_scroll_sideways(page: Page, width: int) -> None:
    unfold(page)

    resize(page, width)

    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_the_verdict_is_on_the_first_screen(page: Page, width: int) -> None:
    resize(page, width)

    bottom = page.evaluate("answer.getBoundingClientRect().bottom")

    assert 0 < bottom < PHONE


@pytest.mark.parametrize(
    ("width", "height", "screens"), [(390, PHONE, 7), (1280, 900, 4)]
)
def test_the_page_takes_up_to_7_screens_of_a_phone_and_4_of_a_desktop(
    page: Page, width: int, height: int, screens: int
) -> None:
    resize(page, width)

    whole = page.evaluate("document.documentElement.scrollHeight")

    assert whole <= screens * height


@pytest.mark.parametrize("width", [390, 1280])
def test_the_layout_does_not_shift_while_the_page_loads(
    browser: Browser, report: Path, width: int
) -> None:
    with opened_offline(browser, report, width) as page:
        assert page.evaluate(
            "PerformanceObserver.supportedEntryTypes.includes('layout-shift')"
        )
        page.evaluate("""
            window.shift = 0;
            const add = (list) => {
              for (const entry of list.getEntries()) shift += entry.value;
            };
            const observer = new PerformanceObserver(add);
            observer.observe({ type: "layout-shift", buffered: true });
        """)

        count_images(page)  # waits until all can be shown

        # The browsers' measure; its makers call up to 0.1 good.
        assert page.evaluate("shift") < 0.05


def test_the_browser_can_show_all_images_of_the_page(page: Page) -> None:
    shown, missing = count_images(page)

    assert shown == 10 + 24  # plots and holdout images
    assert missing == 0


def test_a_verdict_that_fails_does_not_stop_the_sliders(
    browser: Browser, report: Path
) -> None:
    with opened_offline(browser, report, expected_error="properties of null") as page:
        page.evaluate("answer.remove()")

        move(page, "snapshot", EARLY)
        move(page, "threshold", 0)

        assert text(page, "snapshot-value") == "300"
        assert text(page, "threshold-value") == "0 %"


def test_the_page_prints_on_at_most_six_sheets(page: Page) -> None:
    pdf = page.pdf(format="A4")

    sheets = re.findall(rb"/Type\s*/Page\b(?!s)", pdf)
    assert 1 <= len(sheets) <= 6


def visible_controls(page: Page) -> int:
    return page.locator("input:visible, button:visible").count()


def test_a_printed_page_has_no_controls(page: Page) -> None:
    assert visible_controls(page) > 0

    page.emulate_media(media="print")

    assert visible_controls(page) == 0


def style_of_bar(page: Page, name: str) -> Any:
    """Return a property of the bar that shows the probability."""
    return page.evaluate("name => getComputedStyle(bar)[name]", name)


def test_the_probability_bar_is_printed_in_colour(page: Page) -> None:
    page.emulate_media(media="print")

    assert style_of_bar(page, "printColorAdjust") == "exact"


def test_the_probability_bar_glides_unless_motion_is_reduced(page: Page) -> None:
    assert style_of_bar(page, "transitionDuration") != "0s"

    page.emulate_media(reduced_motion="reduce")

    assert style_of_bar(page, "transitionDuration") == "0s"


def test_there_is_a_button_to_play_unless_motion_is_reduced(page: Page) -> None:
    assert page.is_visible("#play")

    page.emulate_media(reduced_motion="reduce")

    assert not page.is_visible("#play")


def test_forced_colours_leave_the_probability_bar_as_it_is(page: Page) -> None:
    colour = style_of_bar(page, "backgroundColor")

    page.emulate_media(forced_colors="active")

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert style_of_bar(page, "backgroundColor") == colour


def check_that_plots_but_no_controls_are_shown(page: Page) -> None:
    assert visible_controls(page) == 0
    assert page.locator(".interactive:visible").count() == 0
    page.click("text=Plots")
    assert page.locator(".plots img:visible").count() == 10


def test_without_javascript_the_page_shows_the_plots_and_no_controls(
    browser: Browser, report: Path
) -> None:
    with opened_offline(browser, report, java_script_enabled=False) as page:
        check_that_plots_but_no_controls_are_shown(page)


def test_if_a_site_blocks_scripts_the_page_shows_the_plots_and_no_controls(
    browser: Browser, report: Path
) -> None:
    policy = {"Content-Security-Policy": "script-src 'none'"}
    with browser.new_page() as page:
        page.route(
            "**/*",
            lambda route: route.fulfill(path=report, headers=policy),
        )
        page.goto("http://site.test/report.html")

        check_that_plots_but_no_controls_are_shown(page)


@pytest.mark.parametrize("runs", [True, False])
def test_only_without_javascript_the_page_says_that_it_is_needed(
    browser: Browser, report: Path, runs: bool
) -> None:
    with opened_offline(browser, report, java_script_enabled=runs) as page:
        assert page.is_visible("text=need JavaScript") is not runs


def test_the_page_has_at_most_1_2_megabytes(report: Path) -> None:
    assert report.stat().st_size <= 1_200_000


def test_images_bases_forms_and_requests_to_other_sites_are_refused(
    browser: Browser, report: Path
) -> None:
    script = """() => {
      const url = "http://127.0.0.1/";
      window.refused = [];
      addEventListener("securitypolicyviolation", (event) => {
        refused.push(event.effectiveDirective);
      });
      document.body.innerHTML =
        `<img src=${url}><base href=${url}><form action=${url}>`;
      document.forms[0].submit();
      fetch(url).catch(() => {});
    }"""
    with opened_offline(
        browser, report, expected_error="Content Security Policy"
    ) as page:
        page.evaluate(script)
        page.wait_for_function("refused.length === 4")

        refused = page.evaluate("refused.sort()")
        assert refused == ["base-uri", "connect-src", "form-action", "img-src"]
