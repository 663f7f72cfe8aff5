"""The scores, the insights, the rounding of both, and the comparison with the published results."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from scipy.special import expit
from scipy.stats import binomtest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from birds.data.preprocessing import flatten_and_normalize
from birds.evaluation import insights, metrics
from birds.evaluation.published import compare
from birds.model import rounding

# Few distinct probabilities, so that ties, zeros, ones and halves are common
ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0, 0.1, 0.2, 0.25, 0.5, 0.9, 1])),
    min_size=1,
)


@example(
    [(0, 1)] * 21
)  # without limits, rounding would give an interval outside of 0 to 100
@example([(1, 1)] * 21)
@given(ROWS)
def test_scores_and_reliability_match_scikit_learn(
    rows: list[tuple[int, float]],
) -> None:
    y, a = np.array(rows).astype(np.uint8)[:, 0], np.array(rows, np.float32)[:, 1]
    predicted, a64 = a >= 0.5, a.astype(float)
    inner = a64.clip(1e-9, 1 - 1e-9)
    scores = metrics.scores(y, a, np.log(inner / (1 - inner)))
    assert scores["accuracy"] == pytest.approx(
        100 * oracle.accuracy_score(y, predicted)
    )
    for name in "precision", "recall", "f1":
        expected = getattr(oracle, f"{name}_score")(y, predicted, zero_division=np.nan)
        assert (
            scores[name] is None
            if np.isnan(expected)
            else scores[name] == pytest.approx(100 * expected)
        )
    assert [*scores["confusion"].values()] == [
        *oracle.confusion_matrix(y, predicted, labels=[0, 1]).flat
    ]
    assert scores["log_loss"] == pytest.approx(oracle.log_loss(y, inner, labels=[0, 1]))
    assert scores["brier"] == pytest.approx(
        oracle.brier_score_loss(y, a64, labels=[0, 1], pos_label=1), rel=1e-12
    )
    interval = binomtest(int((y == predicted).sum()), len(y)).proportion_ci(
        method="wilson"
    )
    low, high = scores["accuracy_low"], scores["accuracy_high"]
    assert (low, high) == pytest.approx(
        (100 * interval.low, 100 * interval.high), abs=1e-9
    )
    assert 0 <= low <= high <= 100
    assert scores["baseline"] == pytest.approx(100 * max(y.mean(), 1 - y.mean()))
    assert scores["roc_auc"] == (
        pytest.approx(oracle.roc_auc_score(y, a)) if len({*y}) == 2 else None
    )
    bins = metrics.reliability(y, a)
    counts = np.histogram(a64, bins=10, range=(0, 1))[0]
    assert [row.images for row in bins] == counts[counts > 0].tolist()
    found = [(row.observed, row.predicted) for row in bins if 10 <= row.predicted < 90]
    expected = (
        100 * np.transpose(calibration_curve([0, 1, *y], [0, 1, *a], n_bins=10))[1:-1]
    )  # needs both labels
    np.testing.assert_allclose(np.reshape(found, (-1, 2)), expected, rtol=1e-6)


def test_insights_match_pillow() -> None:
    random = np.random.default_rng(0)
    pixels = [
        random.integers(0, random.integers(2, 257, 3), (32, 32, 3)) for _ in range(500)
    ]
    images = [Image.fromarray(image.astype(np.uint8)) for image in pixels]
    y, w, b = (
        random.integers(0, 2, 500).astype(np.uint8),
        random.normal(size=(3072, 1)),
        np.array(-0.3),
    )
    changes = {
        "unchanged": images,
        "mirrored": [
            image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in images
        ],
        "shifted": [ImageChops.offset(image, 2, 0) for image in images],
        "turned": [image.rotate(180) for image in images],
        "recoloured": [
            Image.merge("RGB", [image.getchannel(name) for name in "GRB"])
            for image in images
        ],
        "plain": [Image.new("RGB", (32, 32), name) for name in ("red", "lime", "blue")],
    }
    x = {
        name: flatten_and_normalize(np.stack([*map(np.asarray, each)]))
        for name, each in changes.items()
    }
    z = {name: (w.T @ columns + b)[0] for name, columns in x.items()}
    found = insights.insights(w, b, x["unchanged"], y)
    np.testing.assert_allclose(found["plain_colours"], expit(z.pop("plain")), rtol=1e-6)
    verdicts = z.pop("unchanged") >= 0
    shares = {
        name: 100 * ((changed >= 0) != verdicts).mean() for name, changed in z.items()
    }
    assert found["changed_verdicts"] == pytest.approx(shares)
    averages = x["unchanged"].reshape(1024, 3, 500).mean(axis=0)
    correct = (w.reshape(1024, 3).sum(axis=0) @ averages + b >= 0) == y
    assert found["average_colour_accuracy"] == pytest.approx(100 * correct.mean())


def test_what_depends_on_the_machine_is_rounded() -> None:
    steps = {
        0.49: 0,
        0.51: 1,
        -0.51: -1,
        -2.49: -2,
        2.0**23 + 0.49: 2**23,
        2.0**22 + 0.51: 2**22 + 1,
    }
    weights = rounding.weights(np.array([*steps]) * 2.0**-24)
    np.testing.assert_array_equal(
        weights, np.array([*steps.values()], np.float32) / 2**24, strict=True
    )
    assert rounding.probabilities(np.array([1 / 3])).tolist() == [
        float(np.float32(1 / 3))
    ]
    assert rounding.costs({0: 0.6931471805599453, 100: 25.0}) == {
        0: "0.693147180560",
        100: "25.000000000000",
    }
    scores = {
        "log_loss": 0.123456789_49,
        "brier": 0.123456789_51,
        "accuracy": 71.47368421052632,
    }
    assert rounding.scores(scores) == {
        **scores,
        "log_loss": 0.123456789,
        "brier": 0.12345679,
    }
    assert rounding.decimals([100 / 3, 7, 0.0]) == ["33.333333333", "7", "0.000000000"]


@pytest.fixture
def run(published: Any) -> Any:
    """What a run that reproduces everything gives to `compare`."""
    training, sweep = published["training"], published["sweep"].items()
    return {
        "published": published,
        "params": published["params"] | {"dataset": "auto"},
        "costs": [*training["costs"]],
        "accuracy": {
            "source": "cifar10",
            "train": training["train_accuracy"],
            "test": training["test_accuracy"],
        },
        "sweep": {
            lr: {"train": each["train_accuracy"], "test": each["test_accuracy"]}
            for lr, each in sweep
        },
    }


@pytest.mark.parametrize("index", [0, 10, 19])
@pytest.mark.parametrize(
    ("deviation", "reproduced"), [(0, True), (-9e-13, True), (1.1e-12, False)]
)
def test_one_wrong_or_missing_cost_is_found(
    run: Any, index: int, deviation: float, reproduced: bool
) -> None:
    run["costs"][index] += deviation
    compared = compare(**run)
    assert compared["reproduced"] is reproduced
    assert compared["largest_cost_deviation"] == pytest.approx(
        abs(deviation), abs=1e-16
    )
    assert (
        compared["cost"][f"iteration {100 * index}"]["reproduced"]
        == run["costs"][index]
    )
    with pytest.raises(ValueError, match=r"zip\(\)"):
        compare(**run | {"costs": run["costs"][:-1]})


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("lr", ["0.005", "0.01", "0.001", "0.0001"])
def test_one_wrong_accuracy_is_found(run: Any, lr: str, name: str) -> None:
    run["sweep"].get(lr, run["accuracy"])[name] += 1e-9
    compared = compare(**run)
    assert compared["reproduced"] is False
    higher = [
        key
        for key, pair in compared["accuracy"].items()
        if pair["reproduced"] > pair["published"]
    ]
    assert higher == [f"lr {float(lr)} {name}"]


def test_the_comparison_does_not_apply_to_other_params_or_synthetic_data(
    run: Any,
) -> None:
    run["params"] |= {"batches": [1, 2], "lr": 0.01}
    run["accuracy"]["source"] = "synthetic"
    because = "dataset is synthetic, not cifar10; batches is [1, 2], not [1]; lr is 0.01, not 0.005"
    assert compare(**run) == {"applies": False, "because": because, "reproduced": False}
