"""What the page shows in a browser, against the run, SciPy and scikit-learn."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Position
from scipy.special import expit
from sklearn.metrics import confusion_matrix, roc_curve

from birds import files, paths
from birds.model.logistic import Array
from browser import choose, count_images, opened, shown_probability
from projects import Project

LAST = 20  # the snapshot of the trained model
SMALLEST = 0.0006  # a difference that three digits after the point hide


@dataclass
class Run:
    """The files of the run."""

    iterations: Array  # of the snapshots
    w: Array  # of each snapshot, (21, 32, 32, 3)
    b: Array
    average: Array  # of the training images, (32, 32, 3), from 0 to 1
    probabilities: Array  # of the holdout
    labels: npt.NDArray[np.uint8]
    costs: dict[str, Array]  # by set
    accuracies: dict[str, Array]

    def logit(self, x: Array, snapshot: int = LAST) -> float:
        weighted = self.w[snapshot] * x
        return float(weighted.sum() + self.b[snapshot])


@pytest.fixture(scope="module")
def run(quick_project: Project) -> Run:
    folder = quick_project.folder
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
def paused(browser: Browser, report: Path) -> Iterator[Page]:
    """A page whose time runs only when told to."""
    with opened(browser, report) as page:
        page.clock.install()
        page.clock.pause_at("2100-01-01")
        yield page


def pixels_of(photo: Path) -> Array:
    return np.asarray(Image.open(photo)) / 255


def canvas(page: Page, selector: str) -> Array:
    """Return the pixels (32, 32, 3) of a canvas, from 0 to 255."""
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
    values = page.eval_on_selector(selector, script)
    rgba = np.reshape(values, (32, 32, 4))
    return rgba[:, :, :3]


def image(page: Page) -> Array:
    """Return the image that the model sees, from 0 to 1."""
    return canvas(page, "#resized") / 255


def colours(values: Array, end: float) -> Array:
    """Return matplotlib's colours. It has 256; the page has a continuous scale."""
    return 255 * mpl.colormaps["PuOr_r"](values / (2 * end) + 0.5)[..., :3]


def text(page: Page, name: str) -> str:
    """Return the text of an element, with an ordinary minus."""
    return (page.text_content(f"#{name}") or "").replace("−", "-")


def numbers(text: str | None) -> list[float]:
    """Return the numbers of a text. A minus may stand apart from its number."""
    found = re.findall(r"-? ?\d*\.?\d+(?:e-?\d+)?", text or "")
    return [float(number.replace(" ", "")) for number in found]


def move(page: Page, slider: str, value: float) -> None:
    page.fill(f"#{slider}", str(value))


def at_pixel(page: Page, row: int, column: int) -> Position:
    """Return where a pixel is on both maps of the page."""
    side = page.locator("#resized").evaluate("canvas => canvas.clientWidth") / 32
    return Position(x=(column + 0.5) * side, y=(row + 0.5) * side)


# The photo, the iteration and the threshold are one state.


def test_a_photo_is_shown_as_it_is_and_as_the_model_sees_it(
    page: Page, photo: Path
) -> None:
    assert choose(page, photo) == ""

    np.testing.assert_array_equal(canvas(page, "#photo") / 255, pixels_of(photo))
    np.testing.assert_array_equal(image(page), pixels_of(photo))
    assert text(page, "photo-name") == "photo.png"


@pytest.mark.parametrize("snapshot", [0, 3, LAST])
def test_the_probability_is_that_of_the_chosen_iteration(
    page: Page, run: Run, photo: Path, snapshot: int
) -> None:
    choose(page, photo)
    move(page, "snapshot", snapshot)

    expected = expit(run.logit(pixels_of(photo), snapshot))
    assert shown_probability(page) == pytest.approx(expected, abs=1e-9)
    assert numbers(text(page, "probability")) == pytest.approx(
        [100 * expected], abs=0.051
    )


# At iteration 0, all weights are 0, and the probability is 50 %.
@pytest.mark.parametrize(
    ("threshold", "answer", "decision"),
    [
        (0.5, "Bird:", "50.0 % ≥ 50 %: bird"),
        (0.51, "No bird:", "50.0 % < 51 %: no bird"),
        (0.0, "Bird:", "50.0 % ≥ 0 %: bird"),
        (1.0, "No bird:", "50.0 % < 100 %: no bird"),
    ],
)
def test_the_answer_depends_on_the_threshold(
    page: Page, threshold: float, answer: str, decision: str
) -> None:
    move(page, "snapshot", 0)
    move(page, "threshold", threshold)

    assert text(page, "answer") == answer
    assert text(page, "decision") == decision


def test_the_verdict_names_the_event_of_its_probability(page: Page) -> None:
    move(page, "snapshot", 0)
    move(page, "threshold", 0.51)

    verdict = page.inner_text(".verdict")
    assert verdict.startswith("No bird: the probability of bird is 50.0 % ")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.97925, "97.9 %"),
        (0.49996, "49.996 %"),
        (0.49999999, "50.0 %"),  # one half in float32, in which Python decides
        (0.99999, "99.999 %"),
        (0.00001, "0.001 %"),
        (1, "100.0 %"),
        (0, "0.0 %"),
    ],
)
def test_a_percentage_shows_on_which_side_of_the_threshold_it_is(
    page: Page, share: float, shown: str
) -> None:
    assert page.evaluate("share => shareInPercent(share, 1, 0.5)", share) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-0.25, "−0.250"), (999_999, "999999.000"), (-4.78609e31, "−4.786e31")],
)
def test_a_huge_number_is_written_briefly(page: Page, value: float, shown: str) -> None:
    assert page.evaluate("value => number(value, 3)", value) == shown


@pytest.mark.parametrize(
    ("end", "low", "high"),
    [
        (0.0123, "−0.012", "+0.012"),
        (5.3e30, "−5.3e30", "+5.3e30"),
        (1.2e-7, "−1.2e−7", "+1.2e−7"),
    ],
)
def test_the_ends_of_a_scale_are_written_briefly(
    page: Page, end: float, low: str, high: str
) -> None:
    page.evaluate("end => showScale('weight-scale', end)", end)

    assert page.text_content("#weight-scale-low") == low
    assert page.text_content("#weight-scale-high") == high


def test_the_bar_ends_at_the_probability(page: Page, photo: Path) -> None:
    page.emulate_media(reduced_motion="reduce")  # the bar does not glide
    choose(page, photo)

    share = page.evaluate("bar.offsetWidth / bar.parentElement.clientWidth")

    assert share == pytest.approx(shown_probability(page), abs=0.01)


def test_the_mark_on_the_bar_is_at_the_threshold(page: Page) -> None:
    move(page, "threshold", 0.9)

    share = page.evaluate("mark.offsetLeft / mark.parentElement.clientWidth")

    assert share == pytest.approx(0.9, abs=0.01)


# How it decides


@pytest.mark.parametrize("snapshot", [3, LAST])
def test_the_sum_has_the_tutorials_form(
    page: Page, run: Run, photo: Path, snapshot: int
) -> None:
    choose(page, photo)
    move(page, "snapshot", snapshot)

    weighted = (run.w[snapshot] * pixels_of(photo)).sum()
    bias = run.b[snapshot]
    expected = [weighted, bias, weighted + bias]
    assert numbers(text(page, "sum")) == pytest.approx(expected, abs=SMALLEST)


@pytest.mark.parametrize("snapshot", [3, LAST])
def test_the_average_and_the_evidence_add_up_to_the_same_sum(
    page: Page, run: Run, photo: Path, snapshot: int
) -> None:
    choose(page, photo)
    move(page, "snapshot", snapshot)

    difference = pixels_of(photo) - run.average
    evidence = (run.w[snapshot] * difference).sum()
    of_average = run.logit(run.average, snapshot)
    expected = [of_average, evidence, of_average + evidence]
    shown = numbers(text(page, "evidence-sum"))
    assert shown == pytest.approx(expected, abs=SMALLEST)
    assert shown[-1] == numbers(text(page, "sum"))[-1]


def test_a_negative_number_is_subtracted(page: Page) -> None:
    assert page.evaluate("addition(1, -0.25, 0.75)") == "1.000 − 0.250 = 0.750"
    assert page.evaluate("addition(-1, 0.25, -0.75)") == "−1.000 + 0.250 = −0.750"


def test_the_sigmoid_turns_the_logit_into_the_probability(
    page: Page, run: Run, photo: Path
) -> None:
    choose(page, photo)

    z = run.logit(pixels_of(photo))
    formula, probability = text(page, "sigmoid").split(" = ")
    assert numbers(formula) == pytest.approx([1, 1, -z], abs=SMALLEST)
    assert probability == text(page, "probability")


# The gallery


def some_of_the_gallery(page: Page) -> list[Locator]:
    """Return the buttons of hits, of mistakes and of undecided images."""
    return page.locator("#gallery input").all()[::5]


def test_each_holdout_image_shows_its_evidence(page: Page, run: Run) -> None:
    for button in some_of_the_gallery(page):
        button.check()

        difference = image(page) - run.average
        evidence = (run.w[LAST] * difference).sum(axis=2)
        end = np.abs(evidence).max()
        expected = colours(evidence, end)
        np.testing.assert_allclose(canvas(page, "#evidence"), expected, atol=3)
        shown = numbers(text(page, "evidence-scale-high"))
        assert shown == pytest.approx([end], rel=0.05)


def test_each_holdout_image_shows_whether_the_model_is_right(
    page: Page, run: Run
) -> None:
    for button in some_of_the_gallery(page):
        button.check()

        is_target = button.get_attribute("data-label") == "1"
        is_right = (run.logit(image(page)) >= 0) == is_target
        mark = "✓ right" if is_right else "✗ wrong"
        name = button.get_attribute("data-name")
        assert text(page, "truth") == f"{mark}: it is {name}"


def test_each_holdout_image_shows_its_own_probability(page: Page, run: Run) -> None:
    for button in some_of_the_gallery(page):
        button.check()

        expected = expit(run.logit(image(page)))
        assert shown_probability(page) == pytest.approx(expected, abs=1e-6)


def test_the_first_holdout_image_is_shown_at_first(page: Page) -> None:
    first = page.locator("#gallery input").first
    alt = page.locator("#gallery img").first.get_attribute("alt")

    assert first.is_checked()
    assert text(page, "photo-name") == f"a holdout image: {alt}"


def test_of_a_photo_nobody_knows_the_truth(page: Page, photo: Path) -> None:
    choose(page, photo)

    assert text(page, "truth") == ""
    assert page.locator("#gallery input:checked").count() == 0


def test_while_a_photo_is_read_there_is_no_verdict(page: Page, photo: Path) -> None:
    page.evaluate("readPhoto = () => new Promise(() => {}); 0")

    page.set_input_files("#file", photo)

    assert text(page, "answer") == "Reading …"
    assert np.isnan(shown_probability(page))
    assert not page.is_visible("#event")
    assert text(page, "sum") == text(page, "evidence-sum") == ""
    assert text(page, "sigmoid") == text(page, "decision") == ""


def test_an_error_of_the_program_is_not_called_the_users(
    browser: Browser, report: Path, photo: Path
) -> None:
    with opened(browser, report, expected_error="a bug") as page:
        page.evaluate("readPhoto = () => { throw new TypeError('a bug'); }; 0")

        error = choose(page, photo)

        assert error.startswith("photo.png cannot be shown: an error in this page.")
        assert not page.is_visible("#result")


def test_an_error_of_a_photo_that_nobody_waits_for_is_not_shown(
    paused: Page, photo: Path
) -> None:
    paused.evaluate("""
        readPhoto = () => new Promise((_, reject) => {
          setTimeout(() => reject(new PhotoError("is late.")), 300);
        }); 0
    """)
    paused.set_input_files("#file", photo)
    paused.locator("#gallery input").first.check()

    paused.clock.run_for(400)

    assert text(paused, "error") == ""
    assert paused.is_visible("#result")


# Changes and paint


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("shifted", lambda x: np.roll(x, 2, axis=1)),
        ("mirrored", lambda x: x[:, ::-1]),
        ("turned", lambda x: x[::-1, ::-1]),
        ("recoloured", lambda x: x[:, :, [1, 0, 2]]),
    ],
)
def test_a_button_changes_the_image_and_its_probability(
    page: Page, run: Run, name: str, changed: Callable[[Array], Array]
) -> None:
    expected = changed(image(page))

    page.click(f"#{name}")

    np.testing.assert_array_equal(image(page), expected)
    probability = expit(run.logit(expected))
    assert shown_probability(page) == pytest.approx(probability, abs=1e-6)


def test_a_change_leaves_the_true_class_as_it_is(page: Page) -> None:
    page.click("#mirrored")

    assert "it is a" in text(page, "truth")


def painted(x: Array, row: int, column: int, colour: tuple[int, int, int]) -> Array:
    """Paint a pixel and its neighbours."""
    expected = x.copy()
    rows = slice(max(0, row - 1), row + 2)
    columns = slice(max(0, column - 1), column + 2)
    expected[rows, columns] = np.array(colour) / 255
    return expected


@pytest.mark.parametrize(("row", "column"), [(20, 10), (0, 31)])
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
    assert text(page, "pixel").startswith("Row 21, column 11:")


def test_the_space_bar_paints_the_pixel_pointed_at(page: Page) -> None:
    expected = painted(image(page), 16, 16, (0, 160, 64))

    page.press("#resized", "Space")

    np.testing.assert_array_equal(image(page), expected)
    assert page.evaluate("scrollY") == 0


def test_the_evidence_map_cannot_be_painted_on(page: Page) -> None:
    original = image(page)

    page.click("#evidence", position=at_pixel(page, 20, 10))

    np.testing.assert_array_equal(image(page), original)


def test_of_a_painted_image_nobody_knows_the_truth(page: Page) -> None:
    page.press("#resized", "Space")

    assert text(page, "truth") == ""


def test_reset_restores_the_image_and_the_truth(page: Page) -> None:
    original = image(page)
    truth = text(page, "truth")
    page.press("#resized", "Space")
    page.click("#turned")

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
    move(page, "snapshot", 3)

    page.hover("#evidence", position=at_pixel(page, 30, 5))

    x = image(page)[30, 5]
    average = run.average[30, 5]
    w = run.w[3, 30, 5]
    values, averages, weights, shares = share_rows(page).T
    assert values == pytest.approx(x, abs=SMALLEST)
    assert averages == pytest.approx(average, abs=SMALLEST)
    assert weights == pytest.approx(w, abs=SMALLEST / 10)
    assert shares == pytest.approx(w * (x - average), abs=SMALLEST / 10)


def test_the_evidence_of_a_pixel_is_the_sum_of_its_channels(
    page: Page, run: Run
) -> None:
    page.hover("#evidence", position=at_pixel(page, 30, 5))

    difference = image(page) - run.average
    evidence = run.w[LAST, 30, 5] @ difference[30, 5]
    assert numbers(text(page, "pixel")) == pytest.approx(
        [31, 6, evidence], abs=SMALLEST / 10
    )


def test_the_arrow_keys_move_to_another_pixel(page: Page) -> None:
    for key in "ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft":
        page.press("#resized", key)
    page.press("#resized", "ArrowLeft")

    assert text(page, "pixel").startswith("Row 18, column 16:")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("ArrowUp", "Row 1, column 17:"),
        ("ArrowDown", "Row 32, column 17:"),
        ("ArrowLeft", "Row 17, column 1:"),
        ("ArrowRight", "Row 17, column 32:"),
    ],
)
def test_the_arrow_keys_stop_at_the_border(page: Page, key: str, place: str) -> None:
    for _ in range(18):
        page.press("#resized", key)

    assert text(page, "pixel").startswith(place)


def test_the_cursor_surrounds_the_pixel_on_both_maps(page: Page) -> None:
    page.hover("#evidence", position=at_pixel(page, 30, 5))

    for name in "resized", "evidence":
        side = page.locator(f"#{name}").evaluate("canvas => canvas.clientWidth") / 32
        cursor = page.locator(f"#{name} + .cursor")
        place = cursor.evaluate("it => [it.offsetTop, it.offsetLeft, it.offsetWidth]")
        assert place == pytest.approx([30 * side, 5 * side, side], abs=0.6)


# Where to draw the line


@pytest.fixture(params=[0, 0.29, 0.5, 0.61, 1])
def threshold(request: pytest.FixtureRequest, page: Page) -> float:
    value: float = request.param
    if value != 0.5:  # the slider is there at first
        move(page, "threshold", value)
    return value


def confusion(run: Run, threshold: float) -> list[int]:
    """Return the true and false negatives and positives: tn, fp, fn, tp."""
    predicted = run.probabilities >= threshold
    matrix = confusion_matrix(run.labels, predicted)
    counts: list[int] = matrix.ravel().tolist()
    return counts


def percentage(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def test_the_images_are_counted_on_both_sides_of_the_threshold(
    page: Page, run: Run, threshold: float
) -> None:
    tn, fp, fn, tp = confusion(run, threshold)

    assert text(page, "tn") == str(tn)
    assert text(page, "fp") == str(fp)
    assert text(page, "fn") == str(fn)
    assert text(page, "tp") == str(tp)


def test_the_rates_follow_the_threshold(page: Page, run: Run, threshold: float) -> None:
    tn, fp, fn, tp = confusion(run, threshold)

    assert text(page, "accuracy") == percentage(tn + tp, tn + fp + fn + tp)
    assert text(page, "precision") == percentage(tp, tp + fp)
    assert text(page, "recall") == percentage(tp, tp + fn)


def test_the_slider_says_the_threshold_and_the_accuracy(
    page: Page, threshold: float
) -> None:
    shown = text(page, "threshold-value")
    spoken = page.get_attribute("#threshold", "aria-valuetext")

    assert shown == f"{100 * threshold:.0f} %"
    assert spoken == f"{shown}, accuracy {text(page, 'accuracy')}"


def test_the_line_is_drawn_at_the_threshold(page: Page, threshold: float) -> None:
    moved = page.get_attribute("#threshold-line", "transform")

    assert numbers(moved) == pytest.approx([100 * threshold])


def test_the_point_on_the_roc_curve_is_at_the_threshold(
    page: Page, run: Run, threshold: float
) -> None:
    tn, fp, fn, tp = confusion(run, threshold)

    moved = page.get_attribute("#roc-point", "transform")
    expected = [100 * fp / (fp + tn), 100 - 100 * tp / (tp + fn)]
    assert numbers(moved) == pytest.approx(expected)


def bars(page: Page, name: str) -> Array:
    """Return the left, height and right of the bars of an area, downwards."""
    path = page.get_attribute(f"#{name}-area", "d")
    # Each is M left 30 v height H right V 30 z.
    drawn = np.reshape(numbers(path), (-1, 5))
    assert (drawn[:, [1, 4]] == 30).all()
    return drawn[:, [0, 2, 3]]


@pytest.mark.parametrize(
    ("label", "names", "direction"), [(0, ("tn", "fp"), 1), (1, ("fn", "tp"), -1)]
)
def test_the_bars_of_the_histogram_are_the_densities(
    page: Page,
    run: Run,
    threshold: float,
    label: int,
    names: tuple[str, str],
    direction: int,
) -> None:
    below, above = names
    drawn = np.concatenate([bars(page, below), bars(page, above)])
    left, height, right = drawn.T

    # A bar spans two steps of the slider, and the threshold may cut one.
    edges = np.unique([*range(0, 101, 2), round(100 * threshold)])
    np.testing.assert_array_equal(left, edges[:-1])
    np.testing.assert_array_equal(right, edges[1:])
    of_label = run.probabilities[run.labels == label]
    counts, _ = np.histogram(of_label, edges / 100)
    density = counts / np.diff(edges)
    ratio = density.sum() / np.abs(height).sum()
    np.testing.assert_allclose(direction * height * ratio, density)
    assert np.abs(height).max() <= 30


def test_both_halves_of_the_histogram_have_one_scale(page: Page, run: Run) -> None:
    areas = []
    for name in "tn", "fp", "fn", "tp":
        left, height, right = bars(page, name).T
        areas.append(np.abs(height * (right - left)).sum())

    expected = np.array(confusion(run, 0.5))
    np.testing.assert_allclose(areas / np.sum(areas), expected / expected.sum())


def test_a_probability_of_100_percent_is_in_the_last_bar(page: Page) -> None:
    page.evaluate("COUNTS[1].fill(0); COUNTS[1][100] = LARGEST_COUNT; update({});")

    left, height, right = bars(page, "tp")[-1]

    assert [left, height, right] == [98, -15, 100]


def test_the_roc_curve_is_that_of_scikit_learn(page: Page, run: Run) -> None:
    false_positives, true_positives, _ = roc_curve(
        run.labels, run.probabilities, drop_intermediate=False
    )

    points = page.get_attribute("#roc", "points")
    drawn = np.reshape(numbers(points), (-1, 2))

    np.testing.assert_allclose(drawn[:, 0], 100 * false_positives, atol=1e-6)
    np.testing.assert_allclose(drawn[:, 1], 100 - 100 * true_positives, atol=1e-6)


def test_equal_probabilities_are_one_point_of_the_roc_curve(page: Page) -> None:
    curve = page.evaluate("PROBABILITIES.fill(0.5) && rocCurve()")

    assert curve == [[0, 0], [1, 1]]


def test_the_line_can_be_dragged(page: Page) -> None:
    width = page.locator("#histogram").evaluate("histogram => histogram.clientWidth")
    page.hover("#histogram", position={"x": 0.1 * width, "y": 9})
    assert text(page, "threshold-value") == "50 %", "nothing was pressed yet"

    page.mouse.down()
    page.hover("#histogram", position={"x": 0.3 * width, "y": 9})

    assert text(page, "threshold-value") == "30 %"


def test_a_line_dragged_too_far_stays_at_the_end(page: Page) -> None:
    page.evaluate("drag({ buttons: 1, clientX: 9999 })")

    assert text(page, "threshold-value") == "100 %"


# What it has learned


def test_the_curves_are_the_costs_of_the_snapshots(page: Page, run: Run) -> None:
    both = [run.costs["train"], run.costs["holdout"]]
    lowest = np.min(both)
    highest = np.max(both)
    for name in "train", "holdout":
        drawn = numbers(page.get_attribute(f"#{name}-curve", "points"))

        points = np.reshape(drawn, (-1, 2))
        height = (run.costs[name] - lowest) / (highest - lowest)
        np.testing.assert_allclose(points[:, 0], run.iterations / 20)
        np.testing.assert_allclose(points[:, 1], 100 - 100 * height, atol=1e-6)


def test_the_ends_of_the_chart_are_the_lowest_and_the_highest_cost(
    page: Page, run: Run
) -> None:
    both = [run.costs["train"], run.costs["holdout"]]

    lowest = numbers(text(page, "lowest-cost"))
    highest = numbers(text(page, "highest-cost"))

    assert lowest == pytest.approx([np.min(both)], rel=0.005)
    assert highest == pytest.approx([np.max(both)], rel=0.005)


@pytest.fixture(params=[0, 1, LAST])
def snapshot(request: pytest.FixtureRequest, page: Page) -> int:
    value: int = request.param
    move(page, "snapshot", value)
    return value


def test_the_slider_says_the_iteration_and_the_cost(
    page: Page, run: Run, snapshot: int
) -> None:
    iteration = run.iterations[snapshot]
    cost = run.costs["train"][snapshot]

    assert text(page, "snapshot-value") == str(iteration)
    spoken = page.get_attribute("#snapshot", "aria-valuetext")
    assert spoken == f"iteration {iteration}, training cost {cost:.4f}"


@pytest.mark.parametrize("name", ["train", "test", "holdout"])
def test_each_set_shows_its_cost_and_accuracy(
    page: Page, run: Run, snapshot: int, name: str
) -> None:
    assert text(page, f"{name}-cost") == f"{run.costs[name][snapshot]:.6f}"
    assert text(page, f"{name}-accuracy") == f"{run.accuracies[name][snapshot]:.2f} %"


def test_the_point_is_at_the_training_cost_of_the_iteration(
    page: Page, snapshot: int
) -> None:
    curve = numbers(page.get_attribute("#train-curve", "points"))

    moved = numbers(page.get_attribute("#cost-point", "transform"))

    assert moved == curve[2 * snapshot : 2 * snapshot + 2]


def test_the_weights_of_each_channel_are_drawn_on_one_scale(
    page: Page, run: Run, snapshot: int
) -> None:
    end = np.abs(run.w).max()
    for channel, name in enumerate(["red", "green", "blue"]):
        drawn = canvas(page, f"#{name}-weights")

        expected = colours(run.w[snapshot, :, :, channel], end)
        np.testing.assert_allclose(drawn, expected, atol=3)
    assert numbers(text(page, "weight-scale-low")) == pytest.approx([-end], rel=0.05)


def test_all_weights_are_drawn_as_colours(page: Page, run: Run, snapshot: int) -> None:
    end = np.abs(run.w).max()

    expected = 255 * (0.5 + run.w[snapshot] / (2 * end))
    np.testing.assert_allclose(canvas(page, "#weights"), expected, atol=1)


def test_play_shows_all_iterations_and_stops(paused: Page, run: Run) -> None:
    paused.click("#play")

    for iteration in run.iterations:
        assert text(paused, "snapshot-value") == str(iteration)
        assert text(paused, "play") == "Stop"
        paused.clock.run_for(200)
    assert text(paused, "play") == "Play"
    assert text(paused, "snapshot-value") == "2000"


def test_play_can_be_stopped(paused: Page) -> None:
    paused.click("#play")
    paused.clock.run_for(850)

    paused.click("#play")
    paused.clock.run_for(1000)

    assert text(paused, "play") == "Play"
    assert text(paused, "snapshot-value") == "400"


def test_the_slider_stops_play(paused: Page) -> None:
    paused.click("#play")
    paused.clock.run_for(850)

    paused.press("#snapshot", "ArrowRight")
    paused.clock.run_for(1000)

    assert text(paused, "play") == "Play"
    assert paused.input_value("#snapshot") == "5"


# The page as a whole


@pytest.fixture(
    scope="module",
    params=[
        (width, scheme)
        for width in (320, 390, 768, 1280, 1920)
        for scheme in ("light", "dark")
    ],
)
def window(
    request: pytest.FixtureRequest, browser: Browser, report: Path
) -> Iterator[Page]:
    """The page in a window of some width, in light or dark."""
    width, scheme = request.param
    with opened(browser, report, width, color_scheme=scheme) as page:
        yield page


def unfold(page: Page) -> None:
    page.evaluate(
        "for (const part of document.querySelectorAll('details')) part.open = true"
    )


def test_nothing_moves_while_the_page_loads(window: Page) -> None:
    window.evaluate("""
        window.shift = 0;
        const add = (list) => {
          for (const entry of list.getEntries()) shift += entry.value;
        };
        new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    """)

    assert count_images(window) == (34, 0), "10 plots and 24 holdout images"

    assert window.evaluate("shift") < 0.05


def test_the_verdict_is_on_the_first_screen(window: Page) -> None:
    assert window.evaluate("answer.getBoundingClientRect().bottom") < 844


def test_the_page_is_not_too_long(window: Page) -> None:
    height = window.evaluate("document.documentElement.scrollHeight")

    screens = {390: 7 * 844, 1280: 4 * 900}
    assert height <= screens.get(window.evaluate("innerWidth"), 8 * 900)


def test_the_page_is_accessible_and_as_wide_as_the_window(window: Page) -> None:
    for _ in "folded", "unfolded":
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(window).response["violations"] == []
        unfold(window)


def test_a_part_of_the_page_that_fails_stops_no_other(
    browser: Browser, report: Path
) -> None:
    with opened(browser, report, expected_error="properties of null") as page:
        page.evaluate("answer.remove(); update({ snapshot: 3, threshold: 0 });")

        assert text(page, "snapshot-value") == "300"
        assert text(page, "threshold-value") == "0 %"


def test_the_page_prints_on_few_sheets(page: Page) -> None:
    pdf = page.pdf(format="A4")

    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 6


def test_printed_pages_have_no_controls_but_colours(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.locator("input:visible, button:visible").count() == 0
    assert page.evaluate("getComputedStyle(bar).printColorAdjust") == "exact"


def test_reduced_motion_is_respected(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")

    assert not page.is_visible("#play")
    assert page.evaluate("getComputedStyle(bar).transitionDuration") == "0s"


def test_forced_colours_keep_the_colours_that_mean_something(page: Page) -> None:
    page.emulate_media(forced_colors="active")

    assert page.evaluate("getComputedStyle(bar).backgroundColor") == "rgb(0, 114, 178)"


def check_static(page: Page) -> None:
    """Check a page on which no script runs."""
    assert page.locator("input:visible, button:visible").count() == 0
    assert page.locator(".interactive:visible").count() == 0
    assert page.is_visible("text=need JavaScript")
    page.click("text=Plots")
    assert page.locator(".plots img:visible").count() == 10


def test_without_javascript_the_page_shows_all_results(
    browser: Browser, report: Path
) -> None:
    with opened(browser, report, java_script_enabled=False) as page:
        check_static(page)


def test_where_a_site_blocks_scripts_no_dead_buttons_stand(
    browser: Browser, report: Path
) -> None:
    policy = {"Content-Security-Policy": "script-src 'none'"}
    with browser.new_page() as page:
        page.route(
            "**/*",
            lambda route: route.fulfill(path=report, headers=policy),
        )
        page.goto("http://site.test/report.html")

        check_static(page)


def test_with_javascript_nothing_says_that_it_is_missing(page: Page) -> None:
    assert not page.is_visible("text=need JavaScript")


def test_the_page_is_small(report: Path) -> None:
    assert report.stat().st_size <= 1_200_000


def test_the_page_cannot_send_anything(browser: Browser, report: Path) -> None:
    script = """async () => {
      const url = "http://127.0.0.1/";
      const refused = [];
      addEventListener("securitypolicyviolation", (event) => {
        refused.push(event.effectiveDirective);
      });
      document.body.innerHTML =
        `<img src=${url}><base href=${url}><form action=${url}>`;
      document.forms[0].submit();
      await fetch(url).catch(() => {});
      await new Promise((done) => setTimeout(done, 500));
      return refused.sort();
    }"""
    with opened(browser, report, expected_error="Content Security Policy") as page:
        refused = page.evaluate(script)

        assert refused == ["base-uri", "connect-src", "form-action", "img-src"]
