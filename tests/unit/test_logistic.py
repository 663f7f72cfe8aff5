"""The mathematics, against SciPy, scikit-learn and finite differences."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from problems import problem
from scipy.optimize import approx_fprime
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss

from birds.evaluation import metrics
from birds.model import logistic
from birds.model.logistic import Array

FLOAT_MAX = np.finfo(np.float64).max


@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=st.floats(-750, 750)))
def test_sigmoid_matches_scipy(z: Array) -> None:
    np.testing.assert_allclose(logistic.sigmoid(z), expit(z), rtol=1e-14, atol=1e-307)  # SciPy gives 0 below that


@given(st.floats(allow_nan=False))
def test_sigmoid_is_a_probability_for_any_logit(z: float) -> None:
    assert 0 <= logistic.sigmoid(z) <= 1
    assert logistic.sigmoid(z) + logistic.sigmoid(-z) == pytest.approx(1, abs=1e-15)


@given(st.lists(st.tuples(st.floats(-10, 10), st.booleans()), min_size=1))
def test_cost_matches_scikit_learns_log_loss(rows: list[tuple[float, bool]]) -> None:
    z = np.array([[row[0] for row in rows]])
    y = np.array([[row[1] for row in rows]], np.float64)
    expected = log_loss(y[0], expit(z[0]), labels=[0, 1])  # loses digits of 1 - a where a is close to 1
    assert logistic.cost(z, y) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("label", [0, 1])
def test_cost_is_correct_to_the_last_digits_for_every_logit(label: int) -> None:
    """Python's decimal module computes the textbook form with 650 digits, so it loses none of the first 17."""
    with localcontext(prec=650):
        for z in *np.linspace(-700, 700, 29), *np.linspace(-40, 40, 41), 1e-9, -1e-300:
            a = 1 / (1 + (-Decimal(float(z))).exp())
            exact = -(a if label else 1 - a).ln()
            cost = logistic.cost(np.array([[z]]), np.array([[label]], np.float64))
            assert abs(Decimal(cost) / exact - 1) <= Decimal("1e-15"), z


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_])
def test_labels_can_be_integers_or_booleans(dtype: type[np.generic]) -> None:
    z, y = np.array([[3.0, -2.0]]), np.array([[0.0, 1.0]])
    assert logistic.cost(z, y.astype(dtype)) == logistic.cost(z, y)


def test_cost_does_not_depend_on_the_order_of_the_images() -> None:
    random = np.random.default_rng(0)
    z, y = random.normal(size=1000), np.arange(1000.0) % 2
    orders = [random.permutation(1000) for _ in range(20)]
    assert {logistic.cost(z[order], y[order]) for order in orders} == {logistic.cost(z, y)}


@example(np.full((1, 7), FLOAT_MAX / 2), 0)
@given(hnp.arrays(np.float64, (1, 7), elements=st.floats(-FLOAT_MAX / 2, FLOAT_MAX / 2)), st.integers(0, 127))
def test_cost_is_finite_for_huge_logits(z: Array, bits: int) -> None:
    y = np.array([[bits >> n & 1 for n in range(7)]], np.float64)
    assert 0 <= logistic.cost(z, y) < np.inf


@pytest.mark.parametrize("seed", range(3))
def test_gradient_matches_finite_differences(seed: int) -> None:
    x, y = problem(m=20, d=6, seed=seed)
    w, b = np.random.default_rng(seed).normal(size=(6, 1)), 0.3

    def cost(parameters: Array) -> float:
        return logistic.cost(logistic.logits(parameters[:-1, None], parameters[-1], x), y)

    dw, db = logistic.gradient(x, logistic.logits(w, b, x), y)
    expected = approx_fprime(np.append(w, b), cost, 1e-7)
    np.testing.assert_allclose(np.append(dw, db), expected, atol=1e-6)


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_predictions_and_accuracy_match_scikit_learn(m: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, w, b = random.random((4, m)), random.normal(size=(4, 1)), float(random.normal())
    y = random.integers(0, 2, m)
    model = LogisticRegression().fit([[0] * 4, [1] * 4], [0, 1])
    model.coef_, model.intercept_ = w.T, np.array([b])
    probability = logistic.predict_proba(w, b, x)
    np.testing.assert_allclose(probability[0], model.predict_proba(x.T)[:, 1], rtol=1e-12)
    predicted = logistic.predict(w, b, x)[0]
    np.testing.assert_array_equal(predicted, model.predict(x.T))
    assert metrics.accuracy(y, predicted) == pytest.approx(100 * accuracy_score(y, predicted), rel=1e-14)


def test_the_decision_is_made_on_the_float32_probability() -> None:
    below = np.nextafter(np.float32(0.5), np.float32(0))  # 2 ** -25 below one half
    probabilities = [below, 0.5 - 2**-27, 0.5, 0.5 + 2**-24]
    np.testing.assert_array_equal(logistic.decide(probabilities), [0, 1, 1, 1])
    np.testing.assert_array_equal(logistic.decide(np.asarray(probabilities, np.float32)), [0, 1, 1, 1])
