"""The scores against scikit-learn and SciPy, and by hand where these differ."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics as oracle

from birds.data.cifar10 import CLASSES
from birds.evaluation import metrics
from birds.evaluation.metrics import Labels, Probabilities

Sample = tuple[Labels, Probabilities]  # y and a of some images


def sample(y: Any, a: Any) -> Sample:
    return np.array(y, np.uint8), np.array(a, np.float32)


@pytest.fixture(params=[1, 2, 4, 5, 40])
def random_sample(request: pytest.FixtureRequest) -> Sample:
    """Some random images, with many ties, zeros, ones and halves."""
    size = request.param
    random = np.random.default_rng(size)
    return sample(
        random.integers(0, 2, size),
        random.choice([0, 0.1, 0.25, 0.5, 0.9, 1], size),
    )


@pytest.fixture
def one_to_four() -> Sample:
    """One, two, three and four images of the four pairs of label and prediction."""
    return sample(
        np.repeat([0, 0, 1, 1], [1, 2, 3, 4]),
        np.repeat([0.1, 0.9, 0.1, 0.9], [1, 2, 3, 4]),
    )


def scores_of(images: Sample) -> dict[str, Any]:
    """Compute all scores. The logits matter only to the log loss."""
    y, a = images
    return metrics.scores(y, a, z=np.zeros(len(y)))


def test_the_confusion_matrix_counts_labels_and_predictions(
    one_to_four: Sample,
) -> None:
    assert scores_of(one_to_four)["confusion"] == {
        "true_negative": 1,
        "false_positive": 2,
        "false_negative": 3,
        "true_positive": 4,
    }


def test_the_accuracy_matches_scikit_learn(random_sample: Sample) -> None:
    y, a = random_sample

    found = scores_of(random_sample)["accuracy"]

    expected = oracle.accuracy_score(y, a >= 0.5)
    assert found == pytest.approx(100 * expected)


def test_the_accuracy_has_the_last_digit_of_the_published_one(published: Any) -> None:
    """The tutorial computes 100 - 100 * (700 / 1900)."""
    predicted = np.repeat([0, 1], [1200, 700])

    found = metrics.accuracy(np.zeros(1900), predicted)

    assert found == published["sweep"]["0.0001"]["train_accuracy"]
    assert found != 100 * 1200 / 1900


def with_both_labels(images: Sample) -> Sample:
    """Add two images that are correctly classified."""
    y, a = images
    return sample(
        np.append(y, [0, 1]),
        np.append(a, [0.1, 0.9]),
    )


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_precision_recall_and_f1_match_scikit_learn(
    name: str, random_sample: Sample
) -> None:
    y, a = with_both_labels(random_sample)

    found = scores_of((y, a))[name]

    compute = getattr(oracle, f"{name}_score")
    assert found == pytest.approx(100 * compute(y, a >= 0.5))


@pytest.mark.parametrize(
    ("name", "label", "probability"),
    [
        ("precision", 1, 0.1),  # no prediction is 1
        ("recall", 0, 0.9),  # no label is 1
        ("f1", 0, 0.1),  # neither
    ],
)
def test_a_score_without_a_denominator_is_unknown(
    name: str, label: int, probability: float
) -> None:
    images = sample([label], [probability])

    assert scores_of(images)[name] is None


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "f1"])
def test_a_score_of_predictions_that_are_all_wrong_is_0(name: str) -> None:
    images = sample([0, 1], [0.9, 0.1])

    assert scores_of(images)[name] == 0


@pytest.mark.parametrize("n", [1, 21, 1900])
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_the_interval_of_an_accuracy_matches_scipy(share: float, n: int) -> None:
    n_correct = round(share * n)

    low, high = metrics.wilson_interval(n_correct, n)

    expected = binomtest(n_correct, n).proportion_ci(method="wilson")
    assert low == pytest.approx(100 * expected.low, abs=1e-9)
    assert high == pytest.approx(100 * expected.high, abs=1e-9)


def test_the_interval_lies_between_0_and_100() -> None:
    """With 21 images, rounding would lead outside."""
    low_of_none, _ = metrics.wilson_interval(0, 21)
    _, high_of_all = metrics.wilson_interval(21, 21)

    assert low_of_none == 0
    assert high_of_all == 100


def test_the_scores_have_the_interval_of_their_accuracy() -> None:
    scores = scores_of(sample([0, 0, 0, 1], [0.1] * 4))  # 3 of 4 are correct

    interval = scores["accuracy_low"], scores["accuracy_high"]

    low, high = binomtest(3, 4).proportion_ci(method="wilson")
    assert interval == pytest.approx((100 * low, 100 * high))


@pytest.mark.parametrize(
    "labels",
    [
        [0, 0, 0, 1],
        [0, 1, 1, 1],
    ],
)
def test_the_baseline_is_the_share_of_the_majority(labels: list[int]) -> None:
    images = sample(labels, [0.9, 0.1, 0.9, 0.1])

    assert scores_of(images)["baseline"] == 75


def test_the_brier_score_matches_scikit_learn(random_sample: Sample) -> None:
    y, a = random_sample

    found = metrics.brier(y, a)

    precise = a.astype(float)
    expected = oracle.brier_score_loss(y, precise, labels=[0, 1])
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_brier_score_is_rounded_to_9_decimals() -> None:
    """The square of 2 ** -7 is 0.00006103515625."""
    images = sample([0], [2**-7])

    assert scores_of(images)["brier"] == 0.000061035


def test_the_log_loss_is_the_cost_of_the_logits() -> None:
    """The mean of log(1 + exp(-2)) = 0.1269280 and log(1 + exp(3)) = 3.0485874."""
    y, a = sample([1, 0], [0.9, 0.9])
    z = np.array([2, 3])

    scores = metrics.scores(y, a, z)

    assert scores["log_loss"] == pytest.approx(1.5877577, abs=1e-7)


def test_the_log_loss_is_rounded_to_9_decimals(one_to_four: Sample) -> None:
    """The logits are 0, and log 2 is 0.6931471805…"""
    assert scores_of(one_to_four)["log_loss"] == 0.693147181


def test_the_area_under_the_roc_curve_matches_scikit_learn(
    random_sample: Sample,
) -> None:
    y, a = with_both_labels(random_sample)

    found = metrics.roc_auc(y, a)

    assert found == pytest.approx(oracle.roc_auc_score(y, a))


@pytest.mark.parametrize("label", [0, 1])
def test_the_area_under_the_roc_curve_of_one_label_is_unknown(label: int) -> None:
    y, a = sample([label, label], [0.1, 0.9])

    assert metrics.roc_auc(y, a) is None


def test_the_scores_have_the_area_under_their_roc_curve(one_to_four: Sample) -> None:
    """Of 3 * 7 pairs, the 1 is above the 0 in 1 * 4, and equal in 1 * 3 + 2 * 4."""
    assert scores_of(one_to_four)["roc_auc"] == (4 + 11 / 2) / 21


def test_the_roc_curve_matches_scikit_learn(random_sample: Sample) -> None:
    y, a = with_both_labels(random_sample)

    false_positive_rates, true_positive_rates = metrics.roc_curve(y, a)

    expected = oracle.roc_curve(y, a, drop_intermediate=False)
    np.testing.assert_allclose(false_positive_rates, 100 * expected[0])
    np.testing.assert_allclose(true_positive_rates, 100 * expected[1])


def test_in_the_roc_curve_the_rate_of_an_absent_label_is_0() -> None:
    only_0 = sample([0, 0], [0.1, 0.9])
    only_1 = sample([1, 1], [0.1, 0.9])

    _, true_positive_rates = metrics.roc_curve(*only_0)
    false_positive_rates, _ = metrics.roc_curve(*only_1)

    assert true_positive_rates.tolist() == [0, 0, 0]
    assert false_positive_rates.tolist() == [0, 0, 0]


def test_the_reliability_compares_probabilities_with_frequencies() -> None:
    """Two images between 0 and 10 %, four between 90 and 100 %, and none between."""
    y, a = sample(
        [0, 1, 1, 1, 1, 0],
        [0, 0.0625, 0.9375, 0.9375, 1, 1],
    )

    lowest, highest = metrics.reliability(y, a)

    assert lowest == (3.125, 50, 2)
    assert highest == (96.875, 75, 4)


def test_the_bins_of_the_reliability_match_numpys_histogram() -> None:
    """A probability at each edge and in the middle of each bin."""
    y, a = sample(np.zeros(21), np.arange(21) / 20)

    found = [each.images for each in metrics.reliability(y, a)]

    expected, _ = np.histogram(a.astype(float), bins=10, range=(0, 1))
    assert found == expected.tolist()


def test_the_accuracy_of_a_class_is_its_share_of_correct_predictions() -> None:
    """All of two birds are recognised. One of four cats is mistaken for a bird."""
    bird = CLASSES.index("bird")
    cat = CLASSES.index("cat")
    y, a = sample(
        [1, 0, 0, 1, 0, 0],
        [0.9, 0.9, 0.1, 0.6, 0.2, 0.3],
    )
    classes = np.where(y == 1, bird, cat)

    accuracies = metrics.accuracy_by_class(classes, y, a)

    assert accuracies["bird"] == 100
    assert accuracies["cat"] == 75


def test_the_accuracy_of_a_class_without_images_is_unknown() -> None:
    y, a = sample([1], [0.9])
    classes = np.array([CLASSES.index("bird")])

    accuracies = metrics.accuracy_by_class(classes, y, a)

    assert accuracies["cat"] is None


def test_the_accuracies_by_class_are_in_the_order_of_cifar10() -> None:
    y, a = sample([0], [0.1])
    classes = np.array([0])

    accuracies = metrics.accuracy_by_class(classes, y, a)

    assert list(accuracies) == list(CLASSES)
