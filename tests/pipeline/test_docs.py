"""README.md and docs/ agree with metrics/, and everything they mention exists."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from projects import ROOT, git

DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
WORDS_MAX = 1_000


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    return json.loads(git("show", f"HEAD:metrics/{name}.json"))


def flat(text: str) -> str:
    """Join lines, so that a sentence can be found wherever it breaks."""
    return " ".join(text.split())


def results_in_readme(published: Any) -> list[str]:
    """The sentences and rows with results, from the metrics and the published results."""
    cost, holdout = published["training"]["costs"][19], committed("scores")["holdout"]
    pairs = [committed("comparison")["accuracy"][f"lr 0.005 {name}"] for name in ("train", "test")]
    sentence = (
        f"the model is correct {holdout['accuracy']:.2f} % of the time "
        f"(95 % interval: {holdout['accuracy_low']:.1f} to {holdout['accuracy_high']:.1f} %). "
        f"Guessing would be correct {holdout['baseline']:.0f} % of the time"
    )
    return [
        sentence,
        f"| cost at iteration 1900 | {cost} | {cost:.12f} |",
        *(
            f"| accuracy on the {name} set | {pair['published']:.2f} % | {pair['reproduced']:.2f} % |"
            for name, pair in zip(("training", "test"), pairs, strict=True)
        ),
    ]


def results_in_reproducibility(published: Any) -> list[str]:
    """The sentences and rows with results, from the metrics and the published results."""
    costs, comparison, scores = published["training"]["costs"], committed("comparison"), committed("scores")
    sets = [scores[name] for name in ("train", "test", "holdout")]
    test = scores["test"]
    rows = [
        *([f"cost at iteration {100 * n}", str(costs[n]), f"{costs[n]:.12f}"] for n in (0, 10, 19)),
        ["accuracy", *(f"{each['accuracy']:.2f} %" for each in sets)],
        ["95 % interval", *(f"{each['accuracy_low']:.1f} to {each['accuracy_high']:.1f} %" for each in sets)],
        ["majority-class baseline", *(f"{each['baseline']:.2f} %" for each in sets)],
        ["ROC AUC", *(f"{each['roc_auc']:.4f}" for each in sets)],
        ["log loss", *(f"{each['log_loss']:.4f}" for each in sets)],
    ]
    for name in "learning rate 0.005, train and test", "0.01", "0.001", "0.0001":
        lr = name.removeprefix("learning rate ").partition(",")[0]
        pairs = [comparison["accuracy"][f"lr {lr} {kind}"] for kind in ("train", "test")]
        kinds = ("published", "reproduced")
        rows.append([f"accuracy at {name}", *(f"{pairs[0][kind]:.2f} %, {pairs[1][kind]:.2f} %" for kind in kinds)])
    interval = f"{test['accuracy_low']:.1f} to {test['accuracy_high']:.1f} %"
    sentence = f"{test['accuracy']:.2f} % comes from 164 images, so its 95 % interval (Wilson) is {interval}"
    return [sentence, *(f"| {' | '.join(row)} |" for row in rows)]


@pytest.mark.parametrize(
    ("name", "results"), [("README.md", results_in_readme), ("docs/reproducibility.md", results_in_reproducibility)]
)
def test_every_result_in_a_document_is_that_of_the_run(
    published: Any, name: str, results: Callable[[Any], list[str]]
) -> None:
    assert committed("comparison")["reproduced"]
    text = flat(read(name))
    for result in results(published):
        assert result in text
        text = text.replace(result, "")
    assert re.findall(r"\d+\.\d+(?= %| to \d+\.\d+ %)", text) == [], "a percentage that no metric explains"


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


def test_the_readme_has_at_most_1000_words() -> None:
    assert len(read("README.md").split()) <= WORDS_MAX
