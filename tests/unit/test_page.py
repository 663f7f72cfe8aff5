"""The text of the page, rendered from small inputs."""

import re
from typing import Any

import numpy as np
import pytest

from birds.data.cifar10 import SHA256
from birds.evaluation import metrics
from birds.report import page

SETS = ("train", "test", "holdout")
PAIRS = {"train": {"published": 71.5, "reproduced": 71.5}, "test": {"published": 62.5, "reproduced": 62.25}}
COST = {"iteration 100": {"published": 0.5, "reproduced": 0.7}}
COMPARISON = {"applies": True, "reproduced": True, "largest_cost_deviation": 2.5e-13, "accuracy": PAIRS, "cost": COST}
ALL, NOT_ALL = "All published results are reproduced.", "NOT ALL PUBLISHED RESULTS ARE REPRODUCED."
MARKUP = "</script><img src=x onerror=alert(1)>"
PARAMS = {"lr": 0.005, "iterations": 2000, "target_class": "bird", "batches": [1]}
SNAPSHOTS = {"snapshot_iterations": np.arange(2), "snapshot_w": np.zeros((2, 3072)), "snapshot_b": np.zeros(2)}
NUMBERS = np.arange(20, dtype=np.uint8)
INSIGHTS = {
    "plain_colours": [0.1, 0.9, 0.2],
    "average_colour_accuracy": 61.25,
    "shift": 2,
    "changed_verdicts": {"mirrored": 1, "shifted": 2, "turned": 3, "recoloured": 4},
}


def learning(*costs: float) -> list[list[str]]:
    return [[name, str(n), str(cost), "50.0"] for name in SETS for n, cost in enumerate(costs)]


def render(y: metrics.Labels = NUMBERS % 2, **changes: Any) -> str:
    """Render a page whose run differs in the given arguments."""
    a = np.linspace(0, 1, 20, dtype=np.float32)
    given: dict[str, Any] = {
        "model": {"dataset": "cifar10", **SNAPSHOTS},
        "scores": {name: {**metrics.scores(y, a, np.zeros(20)), "insights": INSIGHTS} for name in SETS},
        "comparison": COMPARISON,
        "params": PARAMS,
        "plots": dict.fromkeys(page.CAPTIONS, b"a PNG"),
        "holdout": {"images": np.zeros((20, 32, 32, 3), np.uint8), "labels": y, "classes": 2 * y},
        "mean": np.full((32, 32, 3), 51.0),
        "probabilities": a,
        "learning": learning(0.7, 0.7),
        **changes,
    }
    return page.render(**given)


RESULTS = [
    *("on CIFAR-10</h1>", "Guessing: 50 %.", ALL),
    *("<td>71.50</td><td>71.50&nbsp;✓</td>", "<td>62.50</td><td>62.25&nbsp;✗</td>"),
    *("<td>62.5</td><td>62.25</td>", "<td>0.5</td><td>0.700000000000</td>", "<td>2.5e-13</td>"),
    "“bird” with 90.00 %, a red one with 10.0 %, a blue one with 20.0 %.",
    "mirroring turns 1 % of the holdout's verdicts, shifting by 2 pixels 2 %, turning upside down 3 %",
    'accept="image/jpeg,image/png,image/webp,image/gif,image/bmp,image/avif"',
    '"file_bytes_max": 268435456',
]
DIGESTS = [f"<td>{SHA256['synthetic'][name]}</td>" for name in ("data_batch_1", "test_batch")]
SYNTHETIC = ["on SYNTHETIC DATA, NOT CIFAR-10</h1>", "This run uses synthetic data", *DIGESTS]
INCOMPARABLE = {"applies": False, "because": f"lr is {MARKUP}", "reproduced": False}


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, RESULTS, [NOT_ALL, "The training diverged", "This run uses synthetic data", "majority"]),
        ({"comparison": {**COMPARISON, "reproduced": False}}, [NOT_ALL], [ALL]),
        ({"learning": learning(0.7, 0.71)}, ["The training diverged: the cost rose from 0.70 to 0.71."], []),
        ({"y": NUMBERS % 4 // 3}, ["the majority class: 75.00 %."], ["Guessing"]),
        ({"model": {"dataset": "synthetic", **SNAPSHOTS}}, SYNTHETIC, ["test batch"]),
        ({"learning": learning(75562.191, 75562.19)}, [">75562.1900<"], []),
        ({"comparison": INCOMPARABLE}, ["this run, because lr is &lt;/script&gt;&lt;img src=x"], ["<img src=x"]),
        ({"params": PARAMS | {"target_class": MARKUP}}, ["&lt;img src=x"], ["<img src=x"]),
    ],
)
def test_the_page_says_what_holds_of_its_run(changes: dict[str, Any], said: list[str], unsaid: list[str]) -> None:
    html = " ".join(render(**changes).split())
    assert [text for text in said if text not in html] == []
    assert [text for text in unsaid if text in html] == []
    assert html.count("</script>") == html.count("<script") == 8


def test_the_gallery_shows_hits_of_both_kinds_mistakes_and_what_is_undecided() -> None:
    birds = [(2, 0.7)] * 4 + [(2, 0.1)] * 4 + [(2, 0.3), (2, 0.52)]
    others = [(number, number / 100) for number in (0, 1, 3, 4, 5, 6, 7, 8)] + [(9, 0.9)] * 4 + [(6, 0.48)]
    classes, a = (np.array(values) for values in zip(*birds, *others, strict=True))
    images = np.zeros((len(a), 32, 32, 3), np.uint8)
    for n, image in enumerate(images):
        image[1 : 2 + n, 8:24] = 255  # later objects are larger
    holdout = {"images": images, "labels": (classes == 2).astype(np.uint8), "classes": classes}
    html = render(holdout=holdout, probabilities=a.astype(np.float32))
    assert html.count('" checked') == 1
    kinds = re.findall(r"<h3>(.*?)</h3><p>(.*?)</p></div>", html, re.DOTALL)
    assert {kind: re.findall(r'alt="(\w+), \d', part) for kind, part in kinds} == {
        "Surest hits": ["bird", "bird", "bird", "bird", "deer", "cat", "automobile", "airplane"],
        "Worst mistakes": ["truck"] * 4 + ["bird"] * 4,
        "Undecided": ["frog", "bird"],
    }
    assert "Undecided" not in render(holdout=holdout, probabilities=np.round(a).astype(np.float32))
