"""The mathematics, against SciPy, scikit-learn and finite differences."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import approx_fprime
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.metrics.pairwise import linear_kernel

from birds import logistic, metrics
from birds.logistic import Array
from birds.params import LR_MAX

FLOAT_MAX = np.finfo(np.float64).max


def problem(m: int, d: int, seed: int) -> tuple[Array, Array]:
    """Overlapping classes with both labels present."""
    random = np.random.default_rng(seed)
    y = np.arange(m)[None, :] % 2
    return random.random((d, m)) + 0.2 * y, y.astype(np.float64)


@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=st.floats(-750, 750)))
def test_sigmoid_is_scipys(z: Array) -> None:
    np.testing.assert_allclose(logistic.sigmoid(z), expit(z), rtol=1e-14, atol=1e-307)  # SciPy gives 0 below that


@given(st.floats(allow_nan=False))
def test_sigmoid_is_a_probability_for_any_score(z: float) -> None:
    assert 0 <= logistic.sigmoid(z) <= 1
    assert logistic.sigmoid(z) + logistic.sigmoid(-z) == pytest.approx(1, abs=1e-15)


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=1))
def test_cost_is_scikit_learns_log_loss(rows: list[tuple[float, bool]]) -> None:
    z = np.array([[row[0] for row in rows]])
    y = np.array([[row[1] for row in rows]], np.float64)
    expected = log_loss(y[0], expit(z[0]), labels=[0, 1])
    # scikit-learn takes the logarithm of 1 - a, which has lost up to 1e-16 / (1 - a) by then
    assert logistic.cost(z, y) == pytest.approx(expected, rel=2e-3 if np.abs(z).max() > 20 else 1e-7, abs=1e-12)


@given(hnp.arrays(np.float64, (1, 7), elements=st.floats(-FLOAT_MAX / 2, FLOAT_MAX / 2)), st.integers(0, 127))
def test_cost_is_finite_for_huge_scores(z: Array, bits: int) -> None:
    y = np.array([[bits >> n & 1 for n in range(7)]], np.float64)
    assert 0 <= logistic.cost(z, y) < np.inf


@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_that_of_finite_differences(seed: int) -> None:
    x, y = problem(m=20, d=6, seed=seed)
    w, b = np.random.default_rng(seed).normal(size=(6, 1)), 0.3

    def cost(parameters: Array) -> float:
        return logistic.cost(logistic.logits(parameters[:-1, None], parameters[-1], x), y)

    dw, db = logistic.gradient(x, logistic.logits(w, b, x), y)
    expected = approx_fprime(np.append(w, b), cost, 1e-7)
    np.testing.assert_allclose(np.append(dw, db), expected, atol=1e-6)


def textbook_loop(x: Array, y: Array, lr: float, iterations: int) -> tuple[Array, float, list[float]]:
    """The method as the study states it, in extended precision, with the cost of every tenth iteration."""
    wide_x, wide_y = x.astype(np.longdouble), y.astype(np.longdouble)
    w, b, costs = np.zeros((len(x), 1), np.longdouble), np.longdouble(0), []
    for i in range(iterations):
        a = expit(w.T @ wide_x + b)
        if i % 10 == 0:
            costs.append(float(-np.mean(np.log(np.where(y, a, 1 - a)))))
        w, b = w - lr * wide_x @ (a - wide_y).T / y.size, b - lr * (a - wide_y).mean()
    return w.astype(np.float64), float(b), costs


@pytest.mark.parametrize(("m", "d"), [(1, 1), (3, 40), (40, 40), (81, 40), (500, 200)])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("basis_max", [1, 5, logistic.BASIS_MAX])
def test_fit_follows_the_textbook_loop(
    m: int, d: int, order: Literal["C", "F"], basis_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logistic, "BASIS_MAX", basis_max)
    x, y = problem(m, d, seed=1)
    lr = 4 / (d + 1)
    fit = logistic.fit(np.asarray(x, order=order), y, lr=lr, iterations=300, record_every=10)
    w, b, costs = textbook_loop(x, y, lr, 300)
    np.testing.assert_allclose(fit.w, w, rtol=1e-12, atol=1e-12 * np.abs(w).max())
    assert fit.b == pytest.approx(b, rel=1e-12, abs=1e-13)
    np.testing.assert_allclose(fit.costs, costs, rtol=1e-13)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (30, 40), (40, 40), (90, 40)])
def test_fits_may_share_the_gram_matrix(m: int, d: int) -> None:
    x, y = problem(m, d, seed=3)
    gram, q = logistic.gram_operator(x), np.random.default_rng(3).normal(size=m)
    np.testing.assert_allclose(gram(q), (linear_kernel(x.T) + 1) @ q, rtol=1e-12, atol=1e-12)
    for lr in 0.1, 0.01:
        shared = logistic.fit(x, y, lr=lr, iterations=200, gram=gram)
        np.testing.assert_array_equal(shared.w, logistic.fit(x, y, lr=lr, iterations=200).w)


def test_what_is_carried_over_never_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logistic, "CARRIED_MAX", 1e-6)
    x, y = problem(m=500, d=200, seed=1)
    fit = logistic.fit(x, y, lr=0.02, iterations=1000)
    w, _, _ = textbook_loop(x, y, 0.02, 1000)
    np.testing.assert_allclose(fit.w, w, rtol=0, atol=1e-9 * np.abs(w).max())


def test_fit_converges_to_scikit_learns_solution() -> None:
    x, y = problem(m=200, d=3, seed=2)
    fit = logistic.fit(x, y, lr=3, iterations=3000)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x.T, y[0])
    np.testing.assert_allclose(fit.w.T, model.coef_, atol=1e-4)
    np.testing.assert_allclose(fit.b, model.intercept_[0], atol=1e-4)


@pytest.mark.parametrize("lr", [1e-30, 1e3, 1e10, LR_MAX])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("m", [1, 4])
def test_cost_stays_finite_for_any_learning_rate(lr: float, value: float, m: int) -> None:
    x = np.full((5, m), value)
    y = np.arange(m)[None, :] % 2 == 0
    fit = logistic.fit(x, y.astype(np.float64), lr=lr, iterations=200, record_every=1)
    assert np.isfinite(fit.costs).all()
    assert len(fit.costs) == 200
    assert np.isfinite(fit.w.astype(np.float32)).all()


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_predictions_and_accuracy_are_scikit_learns(m: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, w, b = random.random((4, m)), random.normal(size=(4, 1)), float(random.normal())
    y = random.integers(0, 2, m)
    model = LogisticRegression().fit([[0] * 4, [1] * 4], [0, 1])
    model.coef_, model.intercept_ = w.T, np.array([b])
    probability = logistic.predict_proba(w, b, x)
    np.testing.assert_allclose(probability[0], model.predict_proba(x.T)[:, 1], rtol=1e-12)
    predicted = logistic.predict(probability)[0]
    np.testing.assert_array_equal(predicted, model.predict(x.T))
    assert metrics.accuracy(y, predicted) == pytest.approx(100 * accuracy_score(y, predicted), rel=1e-14)


def test_one_half_is_predicted_one() -> None:
    np.testing.assert_array_equal(logistic.predict([0.5, np.nextafter(0.5, 0)]), [1, 0])


def test_each_record_is_told() -> None:
    x, y = problem(m=5, d=2, seed=0)
    told: list[tuple[int, float]] = []
    fit = logistic.fit(x, y, lr=0.1, iterations=250, on_record=lambda i, cost: told.append((i, cost)))
    assert told == list(zip([0, 100, 200], fit.costs, strict=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"lr": float("inf")}, "lr is inf"),
        ({"iterations": -1}, "iterations is -1"),
        ({"record_every": 0}, "record_every 0"),
        ({"y": np.zeros((1, 3))}, r"\(1, 3\)"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, object], words: str) -> None:
    x, y = problem(m=5, d=2, seed=0)
    arguments = {"x": x, "y": y, "lr": 0.1, "iterations": 1, **change}
    with pytest.raises(ValueError, match=words):
        logistic.fit(**arguments)  # type: ignore[arg-type]
