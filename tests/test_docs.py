"""README.md and docs/ agree with metrics/, and everything they mention exists."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from projects import ROOT, git

DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
WORDS_MAX = 1_200


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    return json.loads(git("show", f"HEAD:metrics/{name}.json"))


def numbers(value: Any) -> Iterator[float]:
    """Yield all numbers in a JSON value."""
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, float | int):
        yield value


@pytest.mark.parametrize("name", ["README.md", "docs/reproducibility.md"])
def test_every_percentage_is_in_the_metrics(name: str) -> None:
    held = [number for kind in ("accuracy", "scores", "sweep") for number in numbers(committed(kind))]
    shown = re.findall(r"\d+\.\d+(?= %| to \d)", read(name))
    assert len(shown) >= 7
    for text in shown:
        decimals = len(text.partition(".")[2])
        assert any(f"{number:.{decimals}f}" == text for number in held), text


def test_the_published_and_reproduced_results_are_correct(published: Any) -> None:
    comparison, costs = committed("comparison"), published["training"]["costs"]
    assert comparison["reproduced"]
    assert f"| cost at iteration 1900 | {costs[19]} | {costs[19]:.12f} |" in read("README.md")
    for iteration in 0, 1000, 1900:
        cost = costs[iteration // 100]
        row = f"| cost at iteration {iteration} | {cost} | {cost:.12f} |"
        assert row in read("docs/reproducibility.md")
    for lr in 0.005, 0.01, 0.001, 0.0001:
        pairs = [comparison["accuracy"][f"lr {lr} {kind}"] for kind in ("train", "test")]
        row = " | ".join(f"{pairs[0][kind]:.2f} %, {pairs[1][kind]:.2f} %" for kind in ("published", "reproduced"))
        assert re.search(rf"\| accuracy at [a-z ]*{lr}[a-z ,]* \| {row} \|", read("docs/reproducibility.md"))
    for kind, label in ("train", "training"), ("test", "test"):
        pair = comparison["accuracy"][f"lr 0.005 {kind}"]
        row = f"| accuracy on the {label} set | {pair['published']:.2f} % | {pair['reproduced']:.2f} % |"
        assert row in read("README.md")


def test_the_table_of_the_three_sets_matches_the_scores() -> None:
    scores = committed("scores")
    sets = [scores[kind] for kind in ("train", "test", "holdout")]
    for row in (
        ["accuracy", *(f"{each['accuracy']:.2f} %" for each in sets)],
        ["95 % interval", *(f"{each['accuracy_low']:.1f} to {each['accuracy_high']:.1f} %" for each in sets)],
        ["majority-class baseline", *(f"{each['baseline']:.2f} %" for each in sets)],
        ["ROC AUC", *(f"{each['roc_auc']:.4f}" for each in sets)],
        ["log loss", *(f"{each['log_loss']:.4f}" for each in sets)],
    ):
        assert f"| {' | '.join(row)} |" in read("docs/reproducibility.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_target_exists(name: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", read(name))
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_mentioned_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", read(name), re.MULTILINE)) <= targets


def test_every_function_in_the_tutorial_table_exists() -> None:
    table = read("README.md").split("## From the tutorial to this code")[1].split("\n## ")[0]
    named = re.findall(r"`([a-z_. ]+)`(?: and `([a-z_]+)`)?\]\((src/[^)]+)\)", table)
    assert len(named) >= 8
    for *functions, path in named:
        for function in filter(None, functions):
            assert f"def {function.rpartition('.')[2]}(" in read(path), function


def test_the_readme_has_at_most_1200_words() -> None:
    assert len(read("README.md").split()) <= WORDS_MAX
