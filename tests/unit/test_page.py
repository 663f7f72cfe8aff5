"""The text of the page, rendered from small inputs."""

import base64
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_stages import params

from birds.data.cifar10 import CLASSES, SHA256
from birds.evaluation import metrics
from birds.report import page

ALL, NOT_ALL = "All published results are reproduced.", "NOT ALL PUBLISHED RESULTS ARE REPRODUCED."


def render(**changes: Any) -> str:
    """Render a page whose run differs in the given arguments."""
    random = np.random.default_rng(0)
    y, a = np.arange(20, dtype=np.uint8) % 2, random.random(20, np.float32)
    scores = metrics.scores(y, a, np.zeros(20))
    recalls = metrics.recall_by_class(np.where(y, 2, 3), y, a, CLASSES)
    accuracy = {"lr 0.005 train": {"published": 71.5, "reproduced": 71.5}}
    given: dict[str, Any] = {
        "dataset": {"dataset": "cifar10", "batches": ["data_batch_1", "test_batch"]},
        "costs": [0.7, 0.5],
        "scores": {"train": scores, "test": scores, "holdout": {**scores, "recall_by_class": recalls}},
        "comparison": {
            "applies": True, "reproduced": True, "largest_cost_deviation": 2.5e-13, "accuracy": accuracy
        },
        "published": {"training": {"costs": [0.7, 0.5]}},
        "insights": {
            "plain_colours": [0.1, 0.9, 0.2], "average_colour_accuracy": 61.25, "shift": 2,
            "changed_verdicts": {"mirrored": 1, "shifted": 2, "turned": 3, "recoloured": 4},
        },
        "params": dataclasses.asdict(params()),
        "plots": dict.fromkeys(page.CAPTIONS, b"a PNG"),
        "holdout": {
            "images": random.integers(0, 256, (20, 32, 32, 3), np.uint8), "labels": y, "classes": np.where(y, 2, 3)
        },
        "mean": np.full((32, 32, 3), 51.0),
        "probabilities": a,
        "snapshots": {"iterations": np.array([0]), "w": np.zeros((1, 3072), np.float32), "b": np.zeros(1, np.float32)},
        "learning": [[name, "0", "0.7", "50.0"] for name in ("train", "test", "holdout")],
        **changes,
    }  # fmt: skip
    return page.render(**given)


@pytest.mark.parametrize(("reproduced", "said", "unsaid"), [(True, ALL, NOT_ALL), (False, NOT_ALL, ALL)])
def test_the_page_says_whether_all_published_results_are_reproduced(reproduced: bool, said: str, unsaid: str) -> None:
    accuracy = {"lr 0.005 train": {"published": 71.5, "reproduced": 71.25}}
    comparison = {"applies": True, "reproduced": reproduced, "largest_cost_deviation": 2.5e-13, "accuracy": accuracy}
    html = render(comparison=comparison)
    assert said in html
    assert unsaid not in html
    assert "<td>71.50</td><td>71.25&nbsp;✗</td>" in html
    assert "<td>71.5</td><td>71.25</td>" in html
    assert "<td>0.5</td><td>0.500000000000</td>" in html
    assert "<td>2.5e-13</td>" in html


def test_the_page_says_why_the_published_results_do_not_apply() -> None:
    html = render(comparison={"applies": False, "because": "lr is 0.01, not 0.005", "reproduced": False})
    assert "do not apply to this run, because lr is 0.01, not 0.005." in html
    assert ALL not in html
    assert NOT_ALL not in html


def test_markup_in_the_results_is_shown_as_text() -> None:
    markup = "</script><img src=x onerror=alert(1)>"
    html = render(
        comparison={"applies": False, "because": markup, "reproduced": False},
        params={**dataclasses.asdict(params()), "target_class": markup},
    )
    assert "<img src=x" not in html
    assert html.count("</script>") == html.count("<script") == 7
    assert "&lt;img src=x" in html


@pytest.mark.parametrize(("costs", "diverged"), [([0.7, 0.5], False), ([0.7, 0.7], False), ([0.7, 0.71], True)])
def test_the_page_warns_if_the_cost_has_risen(costs: list[float], diverged: bool) -> None:
    assert ("The training diverged" in render(costs=costs)) is diverged


@pytest.mark.parametrize("dataset", ["cifar10", "synthetic"])
def test_the_page_warns_about_synthetic_data_only(dataset: str) -> None:
    html = render(dataset={"dataset": dataset, "batches": ["data_batch_1"]})
    assert ("This run uses synthetic data" in html) is (dataset == "synthetic")
    heading = re.search(r"<h1>(.*?)</h1>", html)
    assert heading
    assert heading[1].endswith("on SYNTHETIC DATA, NOT CIFAR-10" if dataset == "synthetic" else "on CIFAR-10")


def test_the_page_states_the_insights_of_the_run() -> None:
    html = " ".join(render().split())
    assert "“bird” with 90.00 %, a red one with 10.0 %, a blue one with 20.0 %" in html
    assert "correct 61.25 % of the time" in html
    assert (
        "mirroring turns 1 % of the holdout's verdicts, shifting by 2 pixels 2 %, turning upside down 3 % and" in html
    )
    assert "Guessing: 50 %." in html


def test_unequal_classes_are_compared_with_the_majority_class() -> None:
    y = np.arange(20, dtype=np.uint8) % 4 == 0
    scores = metrics.scores(y.astype(np.uint8), np.zeros(20, np.float32), np.zeros(20))
    html = render(scores=dict.fromkeys(("train", "test", "holdout"), scores))
    assert "Always answering with the majority class: 75.00 %." in html
    assert "Guessing" not in html


def test_the_costs_of_a_chart_have_enough_digits_to_differ() -> None:
    rows = [
        [name, "0", cost, "50.0"] for name, cost in (("train", "75562.191"), ("test", "1"), ("holdout", "75562.192"))
    ]
    assert ">75562.1910</text>" in render(learning=rows)


def gallery(a: np.ndarray[Any, Any]) -> dict[str, list[str]]:
    """Return the classes of each kind of image. Half of the images are birds, and all are plain."""
    y = np.arange(len(a), dtype=np.uint8) % 2
    images = np.zeros((len(a), 32, 32, 3), np.uint8)
    images[:, 8:24, 8:24] = np.arange(len(a))[:, None, None, None] * 8  # larger contrasts come first
    html = render(
        holdout={"images": images, "labels": y, "classes": np.where(y, 2, np.arange(len(a)) % 10)}, probabilities=a
    )
    kinds = re.findall(r"<h3>(.*?)</h3><p>(.*?)</p></div>", html, re.DOTALL)
    assert html.count('" checked') == 1
    return {kind: re.findall(r'alt="(\w+), \d', part) for kind, part in kinds}


def test_the_gallery_shows_hits_of_both_kinds_mistakes_and_only_what_is_undecided() -> None:
    a = np.linspace(0, 1, 32, dtype=np.float32)
    found = gallery(a)
    assert found["Surest hits"][:4] == ["bird"] * 4
    assert sorted(found["Surest hits"][4:]) == sorted(CLASSES[n % 10] for n in (0, 2, 4, 6))
    assert sorted(found["Worst mistakes"]) == sorted(["bird"] * 4 + [CLASSES[n % 10] for n in (30, 28, 26, 24)])
    assert len(found["Undecided"]) == 4
    assert "Undecided" not in gallery(np.round(a))


def test_the_limits_of_photos_reach_the_page() -> None:
    html = render()
    for setting in '"side_max": 512', '"pixels_max": 40000000', '"file_bytes_max": 268435456', '"threshold": 0.5':
        assert setting in html
    assert 'accept="image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"' in html


def test_the_page_contains_the_labels_weights_and_snapshots() -> None:
    w, b = np.random.default_rng(0).random((2, 3072), np.float32), np.array([0, 0.25], np.float32)
    rows = [["train", "0", "0.7", "50.0"], ["train", "200", "0.5", "75.0"], ["holdout", "0", "0.69", "60.0"]]
    html = render(
        snapshots={"iterations": np.array([0, 200]), "w": w, "b": b},
        learning=[*rows, ["holdout", "200", "0.6", "65.5"]],
    )
    embedded = re.search(r'id="data">(.*?)</script>', html)
    assert embedded
    data = json.loads(embedded[1])
    assert [*base64.b64decode(data["labels"])] == [0, 1] * 10
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(data["weights"]), "<f4"), w.ravel())
    assert data["snapshots"] == [
        {"iteration": 0, "b": 0, "cost": {"train": 0.7, "holdout": 0.69}, "accuracy": {"train": 50, "holdout": 60}},
        {
            "iteration": 200, "b": 0.25,
            "cost": {"train": 0.5, "holdout": 0.6}, "accuracy": {"train": 75, "holdout": 65.5},
        },
    ]  # fmt: skip


def test_the_page_lists_only_the_batches_of_the_run() -> None:
    html = render()
    for name, digest in SHA256["cifar10"].items():
        assert (f"<td>{digest}</td>" in html) is (name in ("data_batch_1", "test_batch"))


def test_the_scripts_have_at_most_450_lines() -> None:
    folder = Path(page.__file__).with_suffix("")
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.js")) <= 450
