"""The text of the page, rendered from small inputs."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import photos
from birds.evaluation import metrics
from birds.report import page
from page_text import text_of

SETS = ("train", "test", "holdout")
MARKUP = "</script><img src=x onerror=alert(1)>"
FALLING = (0.7, 0.65, 0.6)
# As in metrics/scores.json, which has them for the holdout
INSIGHTS = {
    "plain_colours": [0.1, 0.9, 0.2],  # probabilities of a red, green and blue image
    "average_colour_accuracy": 61.25,
    "shift": 2,
    "changed_predictions": {
        "mirrored": 1.0,
        "shifted": 2.0,
        "turned": 3.0,
        "recoloured": 4.0,
    },
}
PARAMS = {"lr": 0.005, "iterations": 2000, "target_class": "bird", "batches": [1]}
COMPARISON = {
    "applies": True,
    "reproduced": True,
    "largest_cost_deviation": 5.351e-14,
    "accuracy": {
        "train": {"published": 71.5, "reproduced": 71.5},
        "test": {"published": 62.19512195121951, "reproduced": 62.19512195121951},
    },
    "cost": {
        "iteration 0": {"published": 0.6931471805599465, "reproduced": 0.69314718056},
        "iteration 100": {
            "published": 0.6422071848440031,
            "reproduced": 0.642207184844,
        },
    },
}


def learning_rows(**changed: tuple[float, ...]) -> list[list[str]]:
    """The rows of learning.csv: each set's costs, falling unless others are given."""
    rows = []
    for name in SETS:
        for n, cost in enumerate(changed.get(name, FALLING)):
            rows.append([name, str(1000 * n), str(cost), "50.0"])
    return rows


def model(source: str = "cifar10", n_snapshots: int = 3) -> dict[str, Any]:
    return {
        "source": source,
        "snapshot_iterations": 1000 * np.arange(n_snapshots),
        "snapshot_w": np.zeros((n_snapshots, 3072)),
        "snapshot_b": np.zeros(n_snapshots),
    }


def holdout(classes: list[int], target: int = 2) -> dict[str, Any]:
    """Black images of these classes."""
    numbers = np.array(classes)
    return {
        "images": np.zeros((len(classes), 32, 32, 3), np.uint8),
        "labels": (numbers == target).astype(np.uint8),
        "classes": numbers,
    }


def equal_scores(y: metrics.Labels, a: metrics.Probabilities) -> dict[str, Any]:
    """The same scores for each set, and the insights of the holdout."""
    found = {}
    for name in SETS:
        found[name] = metrics.scores(y, a, np.zeros(len(y)))
    found["holdout"]["insights"] = INSIGHTS
    return found


def render(**changes: Any) -> str:
    """Render the page of a run that differs in the given arguments."""
    images = changes.get("holdout", holdout([0, 2] * 10))
    m = len(images["labels"])
    a = changes.get("probabilities", np.linspace(0, 1, m, dtype=np.float32))
    given: dict[str, Any] = {
        "model": model(),
        "scores": equal_scores(images["labels"], a),
        "comparison": COMPARISON,
        "params": PARAMS,
        "plots": dict.fromkeys(page.CAPTIONS, b"a PNG"),
        "holdout": images,
        "mean": np.full((32, 32, 3), 51.0),
        "probabilities": a,
        "learning": learning_rows(),
    }
    return page.render(**(given | changes))


def test_the_title_names_the_target_class_and_the_data() -> None:
    text = text_of(render(params=PARAMS | {"target_class": "ship"}))

    assert text.startswith("Ship or not: logistic regression from scratch on CIFAR-10")


def test_synthetic_data_are_named_in_the_title_and_above_all_results() -> None:
    text = text_of(render(model=model("synthetic")))

    title = (
        "Bird or not: logistic regression from scratch on SYNTHETIC DATA, NOT CIFAR-10"
    )
    warning = "This run uses synthetic data. The results on this page say nothing about"
    # The browser's tab shows the title, and the heading repeats it.
    assert text.startswith(f"{title} {title} {warning} CIFAR-10.")


def test_a_run_on_cifar10_is_not_called_synthetic() -> None:
    assert "synthetic" not in text_of(render()).lower()


def test_a_training_cost_that_rose_is_blamed_on_the_learning_rate() -> None:
    text = text_of(render(learning=learning_rows(train=(0.7, 0.6, 0.71))))

    warning = "The training cost rose from 0.700 to 0.710: the learning rate 0.005 is"
    assert f"{warning} too large." in text


def test_a_training_cost_that_rose_only_for_a_while_gives_no_warning() -> None:
    text = text_of(render(learning=learning_rows(train=(0.7, 0.9, 0.7))))

    assert "cost rose" not in text


@pytest.mark.parametrize("name", ["test", "holdout"])
def test_a_cost_of_another_set_that_rose_gives_no_warning(name: str) -> None:
    rising = {name: (0.7, 0.8, 0.9)}

    text = text_of(render(learning=learning_rows(**rising)))

    assert "cost rose" not in text


def test_the_headline_gives_accuracy_interval_and_baseline() -> None:
    classes = [2] * 4 + [0] * 16
    a = np.array([0.9] * 3 + [0.1] * 17, np.float32)

    text = text_of(render(holdout=holdout(classes), probabilities=a))

    # 19 of 20 are correct: Wilson's interval is 0.8775 ± 0.1136. 16 of 20 are no birds.
    assert "The model is correct on 95.00 % of the holdout" in text
    assert "The 95 % interval is 76.4 % to 99.1 %." in text
    assert "the same answer would be correct on at most 80.00 %." in text


def test_below_the_buttons_stands_how_many_predictions_they_change() -> None:
    text = text_of(render())

    sentence = (
        "Mirror Shift by 2 Turn upside down Swap red and green "
        "These four only rearrange the numbers of an image. "
        "Of the model's predictions on the holdout, mirroring changes 1.0 %, "
        "shifting by 2 pixels 2.0 %, turning upside down 3.0 %, "
        "and swapping red and green 4.0 %."
    )
    assert sentence in text


def test_the_share_of_colour_stands_with_its_numbers() -> None:
    y = np.array([0, 1] * 500, np.uint8)
    a = np.abs(y - 0.1).astype(np.float32)  # 0.1 for label 0, and 0.9 for label 1
    a[:300] = 1 - a[:300]  # so 700 of 1,000 predictions are correct

    text = text_of(render(scores=equal_scores(y, a)))

    # Colour's share of the gain: (61.25 - 50) / (70 - 50) = 56 %
    sentence = (
        "Mostly colour. If each image of the holdout is replaced by its average "
        "colour, the model is correct on 61.25 %; with all 1,024 pixels, on 70.00 %; "
        "always giving the same answer, on at most 50.00 %. "
        "A plain red image is “bird” with a probability of 10.0 %, "
        "a green one with 90.0 %, and a blue one with 20.0 %."
    )
    assert sentence in text


def test_the_holdout_is_counted() -> None:
    text = text_of(render(holdout=holdout([2] * 1_001 + [0] * 999)))

    sentence = "all 1,001 images of “bird” in the test batch, and the first 999 others."
    assert sentence in text


def test_the_page_says_whether_the_published_results_are_reproduced() -> None:
    reproduced = text_of(render())
    other = text_of(render(comparison=COMPARISON | {"reproduced": False}))

    assert "All published results are reproduced." in reproduced
    assert "NOT ALL PUBLISHED RESULTS ARE REPRODUCED." in other


def test_results_that_do_not_apply_have_a_reason_but_no_table() -> None:
    result = {"applies": False, "because": "lr is 1.0, not 0.005", "reproduced": False}

    text = text_of(render(comparison=result))

    assert "do not apply to this run, because lr is 1.0, not 0.005." in text
    assert "published reproduced" not in text  # the header of both tables


@pytest.mark.parametrize(
    ("reproduced", "marked"),
    [
        (62.25, "62.25 ✗"),
        (62.5, "62.50 ✓"),
        (62.75, "62.75 ✗"),
        (62.5 + 1e-9, "62.50 ✗"),  # they differ in a digit that is not shown
    ],
)
def test_a_reproduced_accuracy_is_marked_as_equal_or_not(
    reproduced: float, marked: str
) -> None:
    pair = {"published": 62.5, "reproduced": reproduced}

    text = text_of(render(comparison=COMPARISON | {"accuracy": {"test": pair}}))

    assert f"test 62.50 {marked}" in text


def test_all_digits_of_the_published_results_can_be_unfolded() -> None:
    rendered = render()

    folded = re.findall("<details>(.*?)</details>", rendered, re.DOTALL)
    assert text_of(folded[0]) == (
        "All digits, and the 2 costs result published reproduced "
        "accuracy, train 71.5 71.5 "
        "accuracy, test 62.19512195121951 62.19512195121951 "
        # A run writes its costs with 12 decimals.
        "cost, iteration 0 0.6931471805599465 0.693147180560 "
        "cost, iteration 100 0.6422071848440031 0.642207184844 "
        "largest cost deviation 5.4e-14"
    )


@pytest.mark.parametrize(
    ("score", "row"),
    [
        ("accuracy", "accuracy (%) 1.00 2.00 3.00"),
        ("accuracy_low", "95 % interval, low 1.0 2.0 3.0"),
        ("accuracy_high", "95 % interval, high 1.0 2.0 3.0"),
        ("baseline", "majority-class baseline (%) 1.00 2.00 3.00"),
        ("precision", "precision (%) 1.00 2.00 3.00"),
        ("recall", "recall (%) 1.00 2.00 3.00"),
        ("f1", "F1 (%) 1.00 2.00 3.00"),
        ("roc_auc", "ROC AUC 1.0000 2.0000 3.0000"),
        ("log_loss", "log loss (nats) 1.0000 2.0000 3.0000"),
        ("brier", "Brier score 1.0000 2.0000 3.0000"),
    ],
)
def test_each_score_has_a_row_with_a_column_for_each_set(score: str, row: str) -> None:
    y = np.array([0, 1], np.uint8)
    a = np.array([0, 1], np.float32)
    scores = equal_scores(y, a)
    for value, name in enumerate(SETS, start=1):
        scores[name][score] = value

    text = text_of(render(scores=scores))

    assert "Scores train test holdout accuracy (%)" in text
    assert row in text


def test_close_costs_at_the_ends_of_the_chart_are_told_apart() -> None:
    rows = learning_rows(
        train=(0.69314, 0.69314, 0.69313),
        holdout=(0.69313, 0.69313, 0.69312),
    )

    text = text_of(render(learning=rows))

    # The chart has the curves of train and holdout. These are the texts on its axes.
    assert "0.69314 0.69312 0 iteration 2000 cost" in text


def test_the_slider_ends_at_the_last_snapshot() -> None:
    rendered = render(model=model(n_snapshots=3))

    assert 'id="snapshot" min="0" max="2" step="1" value="2"' in rendered


def test_the_ends_of_the_probability_bar_are_named() -> None:
    text = text_of(render())

    assert "0 %: no bird probability of bird 100 %: bird" in text


def test_the_numbers_of_pixels_and_values_of_an_image_are_given() -> None:
    text = text_of(render())

    pixels = "The red, green and blue of each of the 1,024 pixels are the numbers x:"
    assert f"{pixels} 3,072 of them, from 0 to 1." in text


def test_the_file_input_offers_six_formats_that_browsers_show() -> None:
    # Of MDN's guide to image file types, all but APNG, ICO and SVG, which are no photos
    types = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"

    assert f'accept="{types}"' in render()


def test_the_limits_of_photos_are_those_of_the_command_line() -> None:
    rendered = render()

    assert f'"side_max": {photos.SIDE_MAX}' in rendered
    assert f'"pixels_max": {photos.PIXELS_MAX}' in rendered
    assert f'"file_bytes_max": {photos.FILE_BYTES_MAX}' in rendered


def test_markup_in_a_parameter_is_shown_as_text() -> None:
    comparison = {"applies": False, "because": f"x is {MARKUP}", "reproduced": False}
    params = PARAMS | {"target_class": MARKUP}

    rendered = render(params=params, comparison=comparison)

    text = text_of(rendered)
    assert f"because x is {MARKUP}." in text
    assert f"The answer is “{MARKUP}” if" in text
    assert "<img src=x" not in rendered
    assert rendered.count("</script>") == rendered.count("<script")


def test_the_page_offers_images_with_their_classes_and_labels() -> None:
    a = np.array([0.9, 0.1], np.float32)

    rendered = render(holdout=holdout([2, 0]), probabilities=a)

    assert 'data-name="a bird" data-label="1"' in rendered
    assert 'data-name="an airplane" data-label="0"' in rendered


def test_every_script_is_on_the_page() -> None:
    folder = Path(page.__file__).with_suffix("")  # report/page/, beside page.py
    scripts = list(folder.glob("*.js"))
    assert scripts

    rendered = render()

    for script in scripts:
        source = script.read_text(encoding="utf-8")
        assert f"<script>\n{source.rstrip()}" in rendered, script.name
