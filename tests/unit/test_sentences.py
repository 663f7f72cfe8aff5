"""The words and numbers of the page, one condition at a time."""

from typing import Any

import pytest

from birds.report import sentences


def scores(
    accuracy: float, low: float, average_colour: float, baseline: float = 50.0
) -> dict[str, Any]:
    """Scores of a holdout, as far as the words about colour need them."""
    return {
        "accuracy": accuracy,
        "accuracy_low": low,
        "baseline": baseline,
        "insights": {"average_colour_accuracy": average_colour},
    }


@pytest.mark.parametrize(
    ("average_colour", "words"),
    [
        (65.1, "Mostly colour."),
        (65.0, "Partly colour."),
        (56.1, "Partly colour."),
        (56.0, "Hardly colour."),
    ],
)
def test_the_words_about_colour_follow_its_share_of_the_gain(
    average_colour: float, words: str
) -> None:
    # The gain is 30 points: half of it ends at 65 %, a fifth at 56 %.
    found = sentences.share_of_colour(scores(80.0, 78.0, average_colour))

    assert found == words


@pytest.mark.parametrize("low", [49.0, 50.0])
def test_a_gain_within_the_interval_gives_no_word_about_colour(low: float) -> None:
    found = sentences.share_of_colour(scores(52.0, low, 52.0))

    assert found == "Not clearly more than always giving the same answer."


def test_the_gain_counts_from_the_baseline_of_the_set() -> None:
    found = sentences.share_of_colour(scores(80.0, 78.0, 74.0, baseline=70.0))

    # (74 - 70) / (80 - 70) = 40 %; from 50, it would be 24 / 30 = 80 %.
    assert found == "Partly colour."


# At the space \u00a0, no line ends.
@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.0, 1, "0.0\u00a0%"), (100.0, 1, "100.0\u00a0%"), (65.15, 2, "65.15\u00a0%")],
)
def test_a_percentage_has_the_given_number_of_decimals(
    value: float, digits: int, text: str
) -> None:
    assert sentences.percent(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04, "0.04\u00a0%"),  # not 0.0
        (99.9996, "99.9996\u00a0%"),  # not 100.000
    ],
)
def test_a_percentage_has_as_many_more_decimals_as_tell_it_from_0_and_100(
    value: float, text: str
) -> None:
    assert sentences.percent(value, digits=1) == text


def test_a_percentage_has_at_most_9_decimals() -> None:
    assert sentences.percent(1e-18) == "0.000000000\u00a0%"


def test_a_missing_number_is_a_dash() -> None:
    assert sentences.number(None, 2) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [(999_999.0, "999999.00"), (1_000_000.0, "1.000e6"), (1_234_567.0, "1.235e6")],
)
def test_a_number_from_a_million_on_has_an_exponent_and_four_digits(
    value: float, text: str
) -> None:
    assert sentences.number(value, 2) == text


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.5696, 0.6931, ("0.570", "0.693")),  # at least three digits
        (0.6931, 0.6932, ("0.6931", "0.6932")),  # more for close costs
        (0.6931, 4.7861e31, ("0.693", "4.79e31")),  # an exponent for huge ones
    ],
)
def test_two_costs_are_written_so_that_they_differ(
    low: float, high: float, texts: tuple[str, str]
) -> None:
    assert sentences.apart(low, high) == texts


def test_equal_costs_are_written_with_9_digits() -> None:
    assert sentences.apart(0.7, 0.7) == ("0.700000000", "0.700000000")


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            {"applies": True, "reproduced": True},
            "All published results are reproduced.",
        ),
        (
            {"applies": True, "reproduced": False},
            "NOT ALL PUBLISHED RESULTS ARE REPRODUCED.",
        ),
        (
            {"applies": False, "reproduced": False, "because": "lr is 1, not 2"},
            "The published results do not apply to this run, because lr is 1, not 2.",
        ),
    ],
)
def test_only_reproduced_results_are_called_so(
    result: dict[str, Any], sentence: str
) -> None:
    assert sentences.comparison(result) == sentence
