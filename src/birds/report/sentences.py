"""The sentences of the page that depend on the run, and how its numbers are written.

Each sentence states numbers, or takes its words from a condition on them.
"""

from collections.abc import Mapping
from typing import Any

from birds.data.cifar10 import SIDE

N_PIXELS = SIDE * SIDE
SYNTHETIC = (
    "This run uses synthetic data. The results on this page say nothing about CIFAR-10."
)
NO_BREAK = "\u00a0"  # a space at which no line ends
FIXED_MAX = 1e6  # larger numbers are written with an exponent
DIGITS_MAX = 9
# Colour's share of the accuracy above the baseline: where its words change
MOST = 0.5
SOME = 0.2


def number(value: float | None, digits: int) -> str:
    """Write a number with some digits after the point, or briefly if it is huge."""
    if value is None:
        return "–"
    if abs(value) < FIXED_MAX:
        return f"{value:.{digits}f}"
    return _brief_exponent(f"{value:.3e}")


def percent(value: float, digits: int = 1) -> str:
    """Write a percentage, with enough digits to show that it is not 0 or 100."""
    shown = f"{value:.{digits}f}"
    looks_like_an_end = 0 < value < 100 and float(shown) in (0, 100)
    if looks_like_an_end and digits < DIGITS_MAX:
        return percent(value, digits + 1)
    return f"{shown}{NO_BREAK}%"


def apart(low: float, high: float) -> tuple[str, str]:
    """Write two costs with as few digits as tell them apart, but at least three."""
    for digits in range(3, DIGITS_MAX + 1):
        lower = f"{low:#.{digits}g}"
        higher = f"{high:#.{digits}g}"
        if lower != higher:
            break
    return _brief_exponent(lower), _brief_exponent(higher)


def with_article(name: str) -> str:
    """Put the article before a name: a bird, an airplane."""
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}"


def risen_cost(first: float, last: float, lr: float) -> str:
    """Say that the training cost rose, and why.

    The cost is convex, so gradient descent lowers it if the steps are small enough.
    """
    before, after = apart(first, last)
    return (
        f"The training cost rose from {before} to {after}: "
        f"the learning rate {lr:g} is too large."
    )


def accuracy_in_context(scores: Mapping[str, Any]) -> str:
    """Give the interval of the accuracy, and the baseline."""
    low = percent(scores["accuracy_low"])
    high = percent(scores["accuracy_high"])
    baseline = percent(scores["baseline"], 2)
    return (
        f"The 95{NO_BREAK}% interval is {low} to {high}. "
        f"Always giving the same answer would be correct on at most {baseline}."
    )


def changes(insights: Mapping[str, Any]) -> str:
    """Say how many predictions change if the numbers of an image are rearranged."""
    changed = {}
    for name, value in insights["changed_predictions"].items():
        changed[name] = percent(value)
    return (
        "These four only rearrange the numbers of an image. "
        "Of the model's predictions on the holdout, "
        f"mirroring changes {changed['mirrored']}, "
        f"shifting by {insights['shift']} pixels {changed['shifted']}, "
        f"turning upside down {changed['turned']}, "
        f"and swapping red and green {changed['recoloured']}."
    )


def learned(target: str, scores: Mapping[str, Any]) -> str:
    """Say how much of what the model has learned is colour."""
    insights = scores["insights"]
    average_colour = percent(insights["average_colour_accuracy"], 2)
    all_pixels = percent(scores["accuracy"], 2)
    baseline = percent(scores["baseline"], 2)
    red, green, blue = [percent(100 * a) for a in insights["plain_colours"]]
    return (
        f"{share_of_colour(scores)} If each image of the holdout is replaced by its "
        f"average colour, the model is correct on {average_colour}; "
        f"with all {N_PIXELS:,} pixels, on {all_pixels}; "
        f"always giving the same answer, on at most {baseline}. "
        f"A plain red image is “{target}” with a probability of {red}, "
        f"a green one with {green}, and a blue one with {blue}."
    )


def share_of_colour(scores: Mapping[str, Any]) -> str:
    """Choose words for colour's share of the accuracy above the baseline."""
    baseline = scores["baseline"]
    if scores["accuracy_low"] <= baseline:
        return "Not clearly more than always giving the same answer."
    gain = scores["accuracy"] - baseline
    share = (scores["insights"]["average_colour_accuracy"] - baseline) / gain
    if share > MOST:
        return "Mostly colour."
    if share > SOME:
        return "Partly colour."
    return "Hardly colour."


def holdout(target: str, n_targets: int, n_others: int) -> str:
    """Say which images the holdout consists of."""
    return (
        f"The holdout consists of all {n_targets:,} images of “{target}” in the "
        f"test batch, and the first {n_others:,} others."
    )


def comparison(result: Mapping[str, Any]) -> str:
    """Say whether the published results are reproduced, if they apply."""
    if not result["applies"]:
        because = result["because"]
        return f"The published results do not apply to this run, because {because}."
    if result["reproduced"]:
        return "All published results are reproduced."
    return "NOT ALL PUBLISHED RESULTS ARE REPRODUCED."


def _brief_exponent(text: str) -> str:
    """Write 4.79e+31 as 4.79e31."""
    mantissa, has_exponent, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if has_exponent else text
