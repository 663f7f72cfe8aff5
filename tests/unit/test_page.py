"""The text of the page, rendered from small inputs."""

import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import photos
from birds.data.cifar10 import CLASSES
from birds.evaluation import metrics
from birds.report import page

SETS = ("train", "test", "holdout")
PAGE = Path(page.__file__).with_suffix("")
SCRIPTS = sorted(path.name for path in PAGE.glob("*.js"))
MARKUP = "</script><img src=x onerror=alert(1)>"
INSIGHTS = {
    "plain_colours": [0.1, 0.9, 0.2],
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
    "largest_cost_deviation": 2.5e-13,
    "accuracy": {
        "train": {"published": 71.5, "reproduced": 71.5},
        "test": {"published": 62.5, "reproduced": 62.25},
    },
    "cost": {"iteration 100": {"published": 0.5, "reproduced": 0.7}},
}


def learning(*costs: float) -> list[list[str]]:
    """The table of a run with a snapshot every 1000 iterations."""
    rows = []
    for name in SETS:
        for n, cost in enumerate(costs):
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


def scores(y: metrics.Labels, a: metrics.Probabilities) -> dict[str, Any]:
    found = {}
    for name in SETS:
        found[name] = metrics.scores(y, a, np.zeros(len(y)))
        found[name]["insights"] = INSIGHTS
    return found


def render(**changes: Any) -> str:
    """Render the page of a run that differs in the given arguments."""
    images = changes.get("holdout", holdout([0, 2] * 10))
    m = len(images["labels"])
    a = changes.get("probabilities", np.linspace(0, 1, m, dtype=np.float32))
    given: dict[str, Any] = {
        "model": model(),
        "scores": scores(images["labels"], a),
        "comparison": COMPARISON,
        "params": PARAMS,
        "plots": dict.fromkeys(page.CAPTIONS, b"a PNG"),
        "holdout": images,
        "mean": np.full((32, 32, 3), 51.0),
        "probabilities": a,
        "learning": learning(0.7, 0.65, 0.6),
    }
    return page.render(**(given | changes))


def text_of(rendered: str) -> str:
    """Return what a reader sees, with single spaces and cells in a row."""
    without_code = re.sub(r"<(script|style).*?</\1>", "", rendered, flags=re.DOTALL)
    without_tags = re.sub(r"<[^>]*>", " ", without_code)
    return " ".join(html.unescape(without_tags).split())


def test_the_title_names_the_target_class_and_the_data() -> None:
    text = text_of(render(params=PARAMS | {"target_class": "ship"}))

    assert text.startswith("Ship or not: logistic regression from scratch on CIFAR-10")


def test_synthetic_data_are_named_in_the_title_and_above_all_results() -> None:
    text = text_of(render(model=model("synthetic")))

    title = "Bird or not: logistic regression from scratch on SYNTHETIC DATA, NOT"
    assert text.startswith(title)
    warning = "This run uses synthetic data. The results on this page say nothing"
    assert text.index(warning) < text.index("The model is correct")


def test_a_run_on_cifar10_is_not_called_synthetic() -> None:
    assert "synthetic" not in text_of(render()).lower()


def test_a_training_cost_that_rose_is_blamed_on_the_learning_rate() -> None:
    text = text_of(render(learning=learning(0.7, 0.6, 0.71)))

    warning = "The training cost rose from 0.700 to 0.710: the learning rate 0.005 is"
    assert f"{warning} too large." in text


def test_a_training_cost_that_rose_only_for_a_while_gives_no_warning() -> None:
    text = text_of(render(learning=learning(0.7, 0.9, 0.7)))

    assert "cost rose" not in text


def test_a_cost_of_the_holdout_that_rose_gives_no_warning() -> None:
    rows = learning(0.7, 0.65, 0.6)
    rows[-1][2] = "0.9"

    assert "cost rose" not in text_of(render(learning=rows))


def test_the_headline_gives_accuracy_interval_and_baseline() -> None:
    classes = [2] * 4 + [0] * 16
    a = np.array([0.9] * 3 + [0.1] * 17, np.float32)

    text = text_of(render(holdout=holdout(classes), probabilities=a))

    # 19 of 20 are correct: Wilson's interval is 0.8775 ± 0.1136.
    assert "The model is correct on 95.00 % of the holdout" in text
    assert "The 95 % interval is 76.4 % to 99.1 %." in text
    assert "the same answer would be correct on at most 80.00 %." in text


def test_the_share_of_changed_predictions_stands_below_the_changes() -> None:
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
    a = np.abs(y - 0.1).astype(np.float32)
    a[:300] = 1 - a[:300]

    text = text_of(render(scores=scores(y, a)))

    sentence = (
        "Mostly colour. If each image of the holdout is replaced by its average "
        "colour, the model is correct on 61.25 %; with all 1,024 pixels, on 70.00 %; "
        "always giving the same answer, on at most 50.00 %. "
        "A plain red image is “bird” with a probability of 10.0 %, "
        "a green one with 90.0 %, and a blue one with 20.0 %."
    )
    assert sentence in text


def test_the_holdout_is_counted() -> None:
    text = text_of(render(holdout=holdout([2] * 1_000 + [0] * 999)))

    sentence = "all 1,000 images of “bird” in the test batch, and the first 999 others."
    assert sentence in text


def test_the_page_says_that_the_published_results_are_reproduced() -> None:
    assert "All published results are reproduced." in text_of(render())


def test_results_that_do_not_apply_have_a_reason_but_no_table() -> None:
    result = {"applies": False, "because": "lr is 1.0, not 0.005", "reproduced": False}

    text = text_of(render(comparison=result))

    assert "do not apply to this run, because lr is 1.0, not 0.005." in text
    assert "All digits" not in text


@pytest.mark.parametrize(
    ("reproduced", "mark"), [(62.25, "✗"), (62.5, "✓"), (62.75, "✗")]
)
def test_a_published_accuracy_is_marked_as_equal_or_not(
    reproduced: float, mark: str
) -> None:
    pair = {"published": 62.5, "reproduced": reproduced}

    text = text_of(render(comparison=COMPARISON | {"accuracy": {"test": pair}}))

    assert f"test 62.50 {reproduced:.2f} {mark}" in text


def test_all_digits_of_the_published_results_can_be_unfolded() -> None:
    text = text_of(render())

    details = (
        "All digits, and the 1 costs result published reproduced "
        "accuracy, train 71.5 71.5 accuracy, test 62.5 62.25 "
        "cost, iteration 100 0.5 0.700000000000 largest cost deviation 2.5e-13"
    )
    assert details in text


def test_each_score_has_a_row_with_each_set() -> None:
    text = text_of(render())

    # The probabilities of 20 images rise evenly, and every second one is of a bird.
    assert "train test holdout accuracy (%) 50.00 50.00 50.00" in text
    assert "ROC AUC 0.5500 0.5500 0.5500" in text


def test_close_costs_have_different_labels_at_the_ends_of_the_chart() -> None:
    text = text_of(render(learning=learning(75562.191, 75562.19, 75562.19)))

    assert "75562.191 75562.190 0 iteration 2000 cost" in text


def test_the_file_input_offers_the_formats_of_the_browser() -> None:
    types = "image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"

    assert f'accept="{types}"' in render()


def test_the_scripts_get_the_limits_of_photos() -> None:
    rendered = render()

    assert f'"side_max": {photos.SIDE_MAX}' in rendered
    assert f'"pixels_max": {photos.PIXELS_MAX}' in rendered
    assert f'"file_bytes_max": {photos.FILE_BYTES_MAX}' in rendered


def test_markup_in_a_parameter_is_only_text() -> None:
    because = {"applies": False, "because": f"x is {MARKUP}", "reproduced": False}
    params = PARAMS | {"target_class": MARKUP}

    rendered = render(params=params, comparison=because)

    assert "<img src=x" not in rendered
    assert rendered.count("</script>") == rendered.count("<script")


def gallery(rendered: str) -> dict[str, list[str]]:
    """Return the classes of the images that the page offers, by kind."""
    kinds = re.findall(r"<h3>([^<]*)</h3><p>(.*?)</p></div>", rendered, re.DOTALL)
    return {kind: re.findall(r'alt="(\w+), \d', part) for kind, part in kinds}


def offered(*images: tuple[str, float]) -> dict[str, list[str]]:
    """Return the gallery of a holdout of images, each a class and a probability."""
    classes = []
    probabilities = []
    for name, probability in images:
        classes.append(CLASSES.index(name))
        probabilities.append(probability)
    a = np.array(probabilities, np.float32)
    return gallery(render(holdout=holdout(classes), probabilities=a))


def test_half_of_the_surest_hits_are_of_the_target_class() -> None:
    birds = [("bird", 0.7)] * 9
    others = [("ship", 0.1), ("frog", 0.2), ("deer", 0.15), ("cat", 0.05), ("dog", 0.3)]

    kinds = offered(*birds, *others)

    hits = ["bird"] * 4 + ["cat", "ship", "deer", "frog"]
    assert kinds == {"Surest hits": hits}


def test_the_worst_of_the_mistakes_come_first() -> None:
    mistakes = [("ship", 0.9), ("frog", 0.8), ("bird", 0.05)]

    kinds = offered(("bird", 0.9), *mistakes)

    assert kinds["Worst mistakes"] == ["bird", "ship", "frog"]


def test_at_most_eight_mistakes_are_offered() -> None:
    kinds = offered(("bird", 0.9), *[("ship", 0.9)] * 9)

    assert kinds["Worst mistakes"] == ["ship"] * 8


def test_undecided_images_are_close_to_the_threshold() -> None:
    kinds = offered(
        ("bird", 0.9), ("cat", 0.44), ("deer", 0.46), ("dog", 0.49), ("frog", 0.56)
    )

    assert kinds["Undecided"] == ["dog", "deer"]


def test_larger_objects_come_first() -> None:
    images = holdout([2, 0, 1])
    images["images"][1, 8:24, 8:24] = 255
    images["images"][2, 12:20, 12:20] = 255
    undecided = np.full(3, 0.501, np.float32)

    rendered = render(holdout=images, probabilities=undecided)

    shown = gallery(rendered)["Undecided"]
    assert shown == ["airplane", "automobile", "bird"]


def test_an_offered_image_has_its_class_and_label() -> None:
    a = np.array([0.9, 0.1], np.float32)

    rendered = render(holdout=holdout([2, 0]), probabilities=a)

    assert 'data-name="a bird" data-label="1"' in rendered
    assert 'data-name="an airplane" data-label="0"' in rendered


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_on_the_page(name: str) -> None:
    source = (PAGE / name).read_text(encoding="utf-8")

    assert f"<script>\n{source.rstrip()}" in render()
