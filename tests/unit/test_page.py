"""The text of the page, rendered from small inputs."""

import base64
import dataclasses
import json
import re
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
    scores = metrics.scores(y, a)
    recalls = metrics.recall_by_class(np.where(y, 2, 3), y, a, CLASSES)
    accuracy = {"lr 0.005 train": {"published": 71.5, "reproduced": 71.5}}
    given: dict[str, Any] = {
        "dataset": {"dataset": "cifar10", "batches": ["data_batch_1", "test_batch"]},
        "costs": [0.7, 0.5],
        "scores": {"train": scores, "test": scores, "holdout": {**scores, "recall_by_class": recalls}},
        "comparison": {
            "applies": True, "reproduced": True, "largest_cost_deviation": 2.5e-13, "accuracy": accuracy
        },
        "params": dataclasses.asdict(params()),
        "plots": dict.fromkeys(page.CAPTIONS, b"a PNG"),
        "holdout": {
            "images": random.integers(0, 256, (20, 32, 32, 3), np.uint8), "labels": y, "classes": np.where(y, 2, 3)
        },
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
    assert "<td>71.5</td><td>71.25</td>" in html
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
    assert html.count("</script>") == html.count("<script") == 2
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


def test_the_gallery_shows_the_most_confident_hits_the_worst_mistakes_and_the_undecided() -> None:
    y = np.zeros(16, np.uint8)
    a = np.linspace(0, 1, 16, dtype=np.float32)
    images = np.repeat(np.arange(16, dtype=np.uint8), 32 * 32 * 3).reshape(16, 32, 32, 3)
    html = render(holdout={"images": images, "labels": y, "classes": np.arange(16) % 10}, probabilities=a)
    kinds = re.findall(r"<h3>(.*?)</h3>(.*?)</ul>", html, re.DOTALL)
    names = {kind: re.findall(r'base64,[^"]*">(\w+)</button>', part) for kind, part in kinds}
    expected = {"Most confident hits": range(8), "Worst mistakes": range(15, 7, -1), "Undecided": range(4, 12)}
    assert {kind: sorted(found) for kind, found in names.items()} == {
        kind: sorted(CLASSES[n % 10] for n in chosen) for kind, chosen in expected.items()
    }
    assert names["Most confident hits"] == [CLASSES[n] for n in range(8)]
    assert names["Worst mistakes"] == [CLASSES[n % 10] for n in range(15, 7, -1)]


def test_the_limits_of_photos_reach_the_page() -> None:
    html = render()
    assert '"side_max": 512' in html
    assert '"pixels_max": 40000000' in html
    assert '"threshold": 0.5' in html
    assert 'value="0.5">' in html


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
