"""The mathematics, against SciPy, scikit-learn, Python's exact numbers and the published results."""

from decimal import Decimal, localcontext
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import linear_kernel

from birds.model import gram_descent, logistic
from birds.model.gram_descent import Gram
from birds.model.logistic import Array
from birds.params import LR_MAX


def problem(m: int, d: int) -> tuple[Array, Array]:
    """Create x (d, m) and y (1, m) of overlapping classes, with both labels present."""
    y = np.arange(m)[None, :] % 2
    return np.random.default_rng(1).random((d, m)) + 0.2 * y, y.astype(np.float64)


def test_sigmoid_matches_scipy() -> None:
    z = np.array(
        [-np.inf, np.inf, *np.linspace(-750, 750, 15001), *np.linspace(-1e-9, 1e-9, 99)]
    )
    np.testing.assert_allclose(
        logistic.sigmoid(z), expit(z), rtol=1e-14, atol=1e-307
    )  # 0 below in SciPy


@pytest.mark.parametrize("label", [0, 1])
def test_cost_is_correct_to_the_last_digits_for_every_logit(label: int) -> None:
    """Python's decimal module computes the textbook form with 650 digits, and loses none of the first 17."""
    with localcontext(prec=650):
        for z in *np.linspace(-700, 700, 29), *np.linspace(-40, 40, 41), 1e-9, -1e-300:
            a = 1 / (1 + (-Decimal(float(z))).exp())
            exact = -(a if label else 1 - a).ln()
            cost = logistic.cost(np.array([[z]]), np.array([[label]], np.uint8))
            assert abs(Decimal(cost) / exact - 1) <= Decimal("1e-15"), z


def test_cost_is_a_mean_that_neither_overflows_nor_depends_on_the_order_of_the_images() -> (
    None
):
    z = np.full(7, np.finfo(np.float64).max / 2)
    assert logistic.cost(z, np.zeros(7)) == pytest.approx(z[0])
    random = np.random.default_rng(0)
    z, y = random.normal(size=1000), np.arange(1000.0) % 2
    orders = [random.permutation(1000) for _ in range(20)]
    assert {logistic.cost(z[order], y[order]) for order in orders} == {
        logistic.cost(z, y)
    }


def test_gradient_matches_finite_differences() -> None:
    x, y = problem(m=20, d=6)
    extended, parameters = (
        np.vstack([x, np.ones(20)]),
        np.random.default_rng(0).normal(size=7),
    )
    dw, db = logistic.gradient(x, parameters[None] @ extended, y)
    expected = approx_fprime(
        parameters, lambda changed: logistic.cost(changed[None] @ extended, y), 1e-7
    )
    np.testing.assert_allclose(np.append(dw, db), expected, atol=1e-6)


def test_the_textbook_loop_converges_to_scikit_learns_solution() -> None:
    x, y = problem(m=200, d=3)
    trained = logistic.fit(x, y, lr=3, iterations=3000)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x.T, y[0])
    found = [
        *trained.w[:, 0],
        trained.b,
        *logistic.predict_proba(trained.w, trained.b, x)[0],
    ]
    expected = [*model.coef_[0], *model.intercept_, *model.predict_proba(x.T)[:, 1]]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("basis_max", [1, 5, 64])
@pytest.mark.parametrize(
    ("m", "d"), [(1, 1), (3, 40), (40, 40), (81, 40), (200, 500), (500, 200)]
)
def test_both_loops_give_the_same_results(
    m: int, d: int, basis_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram_descent, "BASIS_MAX", basis_max)
    x, y = problem(m, d)
    gram = MagicMock(**{"__matmul__.side_effect": Gram(x).__matmul__})
    recorded: dict[int, float] = {}
    steps: dict[str, Any] = {
        "lr": 4 / d,
        "iterations": 300,
        "record_every": 1,
        "snapshots_at": range(300),
    }
    expected = logistic.fit(x, y, **steps, on_record=recorded.__setitem__)
    costs = {
        i: logistic.cost(logistic.logits(w, b, x), y)
        for i, (w, b) in expected.snapshots.items()
    }
    assert recorded == expected.costs == pytest.approx(costs, rel=1e-12)
    assert Gram(x).is_computed == (m < d), "K must be smaller than x"
    fit = gram_descent.fit(x, y, **steps, gram=gram)
    assert fit.costs == pytest.approx(expected.costs, rel=1e-13, abs=0)
    found, wanted = (
        [np.append(*each) for each in (*f.snapshots.values(), f[:2])]
        for f in (fit, expected)
    )
    np.testing.assert_allclose(
        found, wanted, rtol=1e-12, atol=1e-12 * np.abs(expected.w).max()
    )
    assert basis_max < 64 or 0 < gram.__matmul__.call_count <= 60


def test_only_what_is_carried_over_parts_the_logits_from_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The invariant z = -(lr / m) K (s - e). A large limit shows e; a small basis is emptied often."""
    logits: list[Array] = []
    monkeypatch.setattr(gram_descent, "CARRIED_MAX", 1e-2)
    monkeypatch.setattr(gram_descent, "BASIS_MAX", 3)
    monkeypatch.setattr(gram_descent, "cost", lambda z, _: logits.append(z.copy()))
    x, y = problem(m=20, d=40)
    fit = gram_descent.fit(
        x, y, lr=0.2, iterations=300, record_every=1, snapshots_at=range(300)
    )
    gaps = [
        z - logistic.logits(w, b, x)[0]
        for z, (w, b) in zip(logits, fit.snapshots.values(), strict=True)
    ]
    carried = np.linalg.solve(linear_kernel(x.T) + 1, np.transpose(gaps)).T * 20 / 0.2
    residuals = logistic.sigmoid(logits) - y + carried
    sizes, limits = (
        np.linalg.norm(carried[1:], axis=1),
        1e-2 * np.linalg.norm(residuals[:-1], axis=1),
    )
    assert (sizes <= 1.001 * limits).all()
    assert sizes.max() > 1e-4, "a part must be carried over"


def test_the_gram_product_keeps_its_digits_if_the_mean_image_is_large() -> None:
    """Python's integers are exact. The residuals sum to 0, so the terms of the mean image cancel."""
    random = np.random.default_rng(0)
    x, q = 10**8 + random.integers(-9, 10, (40, 30)), random.integers(-9, 10, 30)
    q[0] -= q.sum()
    exact = (x.T.astype(object) @ x.astype(object) + 1) @ q.astype(object)
    np.testing.assert_allclose(
        Gram(x.astype(float)) @ q.astype(float), exact.astype(float), rtol=1e-12
    )


@pytest.mark.parametrize(
    "iterations", [200, pytest.param(2000, marks=pytest.mark.slow)]
)
def test_both_loops_reproduce_the_published_results(
    cifar10_train: Any, published: Any, iterations: int
) -> None:
    (x, y), training = cifar10_train, published["training"]
    textbook = logistic.fit(
        x, y, lr=training["lr"], iterations=iterations, snapshots_at=[100]
    )
    fit = gram_descent.fit(x, y, lr=training["lr"], iterations=2000, snapshots_at=[100])
    for expected, trained in (
        (training["costs"][: iterations // 100], textbook),
        (training["costs"], fit),
    ):
        np.testing.assert_allclose(
            [*trained.costs.values()], expected, rtol=0, atol=1e-14
        )
    w = textbook.snapshots[100][0]
    np.testing.assert_allclose(
        fit.snapshots[100][0], w, rtol=0, atol=1e-12 * np.abs(w).max()
    )


@pytest.mark.parametrize(("lr", "m"), [(1e-30, 4), (LR_MAX, 4), (LR_MAX, 1)])
def test_any_learning_rate_gives_finite_costs_and_weights(lr: float, m: int) -> None:
    for fit in logistic.fit, gram_descent.fit:
        trained = fit(
            np.ones((5, m)),
            np.arange(float(m))[None, :] % 2,
            lr=lr,
            iterations=200,
            record_every=1,
        )
        assert np.isfinite(
            [*trained.costs.values(), *trained.w.astype(np.float32)[:, 0]]
        ).all()
