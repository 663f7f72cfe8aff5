"""The scores, against scikit-learn and SciPy."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from scipy.stats import binomtest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from birds.data import preprocessing
from birds.data.cifar10 import CLASSES
from birds.evaluation import insights, metrics

# Few distinct probabilities, so that ties, zeros, ones and halves are common
ROWS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1])), min_size=1, max_size=40)
Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


def arrays(rows: list[tuple[int, float]]) -> Arrays:
    return np.array([row[0] for row in rows], np.uint8), np.array([row[1] for row in rows], np.float32)


@given(ROWS)
def test_scores_match_scikit_learn(rows: list[tuple[int, float]]) -> None:
    y, a = arrays(rows)
    predicted = a >= 0.5
    a64 = a.astype(float).clip(1e-9, 1 - 1e-9)
    z = np.log(a64 / (1 - a64))
    scores = metrics.scores(y, a, z)
    assert scores["accuracy"] == pytest.approx(100 * oracle.accuracy_score(y, predicted))
    for name in "precision", "recall", "f1":
        expected = getattr(oracle, f"{name}_score")(y, predicted, zero_division=np.nan)
        assert scores[name] is None if np.isnan(expected) else scores[name] == pytest.approx(100 * expected)
    assert [*scores["confusion"].values()] == oracle.confusion_matrix(y, predicted, labels=[0, 1]).ravel().tolist()
    assert scores["log_loss"] == pytest.approx(oracle.log_loss(y, a64, labels=[0, 1]))
    assert scores["brier"] == pytest.approx(oracle.brier_score_loss(y, a, labels=[0, 1], pos_label=1), rel=1e-6)
    interval = binomtest(int((y == predicted).sum()), len(y)).proportion_ci(method="wilson")
    assert scores["accuracy_low"] == pytest.approx(100 * interval.low, abs=1e-9)
    assert scores["accuracy_high"] == pytest.approx(100 * interval.high, abs=1e-9)
    assert scores["baseline"] == pytest.approx(100 * max(y.mean(), 1 - y.mean()))
    if 0 < y.mean() < 1:
        assert scores["roc_auc"] == pytest.approx(oracle.roc_auc_score(y, a))
    else:
        assert scores["roc_auc"] is None


@given(ROWS)
def test_roc_curve_matches_scikit_learn(rows: list[tuple[int, float]]) -> None:
    y, a = arrays([*rows, (0, 0.3), (1, 0.3)])
    expected = oracle.roc_curve(y, a, drop_intermediate=False)
    np.testing.assert_allclose(metrics.roc_curve(y, a), [100 * expected[0], 100 * expected[1]])


@given(ROWS)
def test_reliability_matches_scikit_learn(rows: list[tuple[int, float]]) -> None:
    y, a = arrays(rows)
    bins = metrics.reliability(y, a)
    observed, predicted = calibration_curve([0, 1, *y], [0, 1, *a], n_bins=10)  # scikit-learn needs both labels
    counts = np.histogram(a.astype(np.float64), bins=10, range=(0, 1))[0]
    assert [row.images for row in bins] == counts[counts > 0].tolist()
    inner = [row for row in bins if 10 <= row.predicted < 90]
    np.testing.assert_allclose([row.predicted for row in inner], 100 * predicted[1:-1], rtol=1e-6)
    np.testing.assert_allclose([row.observed for row in inner], 100 * observed[1:-1], rtol=1e-6)


@given(st.integers(1, 3000), st.floats(0, 1))
def test_wilson_interval_matches_scipy(n: int, share: float) -> None:
    n_correct = round(share * n)
    expected = binomtest(n_correct, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(
        metrics.wilson_interval(n_correct, n), [100 * expected.low, 100 * expected.high], atol=1e-9
    )


def test_the_interval_is_inside_0_and_100() -> None:
    """Rounding alone would lead out of it."""
    for n in range(1, 200):
        assert metrics.wilson_interval(0, n)[0] >= 0
        assert metrics.wilson_interval(n, n)[1] <= 100


@pytest.mark.parametrize(("name", "n"), [("train", 1900), ("test", 164)])
def test_accuracy_is_rounded_like_the_published_ones(published: Any, name: str, n: int) -> None:
    for results in published["training"], *published["sweep"].values():
        expected = results[f"{name}_accuracy"]
        n_correct = round(expected * n / 100)
        assert metrics.accuracy(np.ones(n), np.arange(n) < n_correct) == expected


def test_brier_is_computed_in_float64() -> None:
    """Python's floats, from the probabilities in float32."""
    a = np.random.default_rng(0).random(1000, np.float32)
    y = (np.arange(1000) % 3 == 0).astype(np.uint8)
    pairs = [*zip(y.tolist(), a.tolist(), strict=True)]
    assert metrics.brier(y, a) == pytest.approx(math.fsum((p - label) ** 2 for label, p in pairs) / 1000, rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0.2, 0.5, 0.7])), min_size=1))
def test_recall_by_class_matches_scikit_learn(rows: list[tuple[int, float]]) -> None:
    classes, a = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float32)
    y = (classes == 2).astype(np.uint8)
    recalls = metrics.recall_by_class(classes, y, a, CLASSES)
    for number, name in enumerate(CLASSES):
        own = classes == number
        expected = 100 * oracle.accuracy_score(y[own], a[own] >= 0.5) if own.any() else None
        assert recalls[name] == (None if expected is None else pytest.approx(expected))


def test_insights_match_pillow() -> None:
    random = np.random.default_rng(0)
    images = [Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)) for _ in range(50)]
    y, w, b = random.integers(0, 2, 50).astype(np.uint8), random.normal(size=(3072, 1)), np.array(-0.3)

    def columns(changed: list[Image.Image]) -> npt.NDArray[np.float64]:
        return preprocessing.flatten_and_normalize(np.array([np.asarray(image) for image in changed]))

    def verdicts(changed: list[Image.Image]) -> npt.NDArray[np.bool_]:
        return np.ravel(w.T @ columns(changed) + b) >= 0

    changes = {
        "mirrored": [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in images],
        "shifted": [ImageChops.offset(image, 2, 0) for image in images],
        "turned": [image.rotate(180) for image in images],
        "recoloured": [Image.merge("RGB", [image.getchannel(name) for name in "GRB"]) for image in images],
    }
    found = insights.insights(w, b, columns(images), y)
    assert found["changed_verdicts"] == {
        name: 100 * (verdicts(changed) != verdicts(images)).mean() for name, changed in changes.items()
    }
    average = [columns([image]).reshape(1024, 3).mean(axis=0) @ w.reshape(1024, 3).sum(axis=0) + b for image in images]
    assert found["average_colour_accuracy"] == pytest.approx(100 * ((np.array(average) >= 0) == y).mean())
    plain = columns([Image.new("RGB", (32, 32), name) for name in ("red", "lime", "blue")])
    np.testing.assert_allclose(found["plain_colours"], 1 / (1 + np.exp(-(w.T @ plain + b)[0])), rtol=1e-6)
