"""Gradient descent on the Gram matrix, against the textbook loop, exact integers and scikit-learn."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from problems import problem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import linear_kernel

from birds.model import gram_descent, logistic
from birds.model.gram_descent import Gram
from birds.model.logistic import Array, Fit
from birds.params import LR_MAX

both_fits = pytest.mark.parametrize("fit", [logistic.fit, gram_descent.fit], ids=["textbook", "gram"])


@pytest.mark.parametrize(
    ("m", "d", "order", "basis_max"),
    [
        (1, 1, "C", 1),
        (3, 40, "C", 5),
        (40, 40, "F", 1),
        (40, 40, "C", 64),
        (81, 40, "F", 5),
        (81, 40, "C", 64),
        (200, 500, "F", 64),
        (500, 200, "C", 5),
        (500, 200, "F", 64),
    ],
)
def test_fit_follows_the_textbook_loop(
    m: int, d: int, order: Literal["C", "F"], basis_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram_descent, "BASIS_MAX", basis_max)
    x, y = problem(m, d, seed=1)
    arguments: dict[str, Any] = {
        "lr": 4 / (d + 1), "iterations": 300, "record_every": 10, "snapshots_at": range(0, 300, 20)
    }  # fmt: skip
    fit = gram_descent.fit(np.asarray(x, order=order), y, **arguments)
    expected = logistic.fit(x, y, **arguments)
    np.testing.assert_allclose(fit.w, expected.w, rtol=1e-12, atol=1e-12 * np.abs(expected.w).max())
    assert fit.b == pytest.approx(expected.b, rel=1e-12, abs=1e-13)
    assert fit.costs == pytest.approx(expected.costs, rel=1e-13, abs=0)
    assert [*fit.snapshots] == [*expected.snapshots] == [*range(0, 300, 20)]
    for i, (w, b) in fit.snapshots.items():
        np.testing.assert_allclose(w, expected.snapshots[i][0], rtol=1e-12, atol=1e-12 * np.abs(expected.w).max())
        assert b == pytest.approx(expected.snapshots[i][1], rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("lr", [0.005, 0.04])
def test_fit_follows_the_textbook_loop_on_cifar10(cifar10_train: tuple[Array, Array], lr: float) -> None:
    fit = gram_descent.fit(*cifar10_train, lr=lr, iterations=100, record_every=10)
    expected = logistic.fit(*cifar10_train, lr=lr, iterations=100, record_every=10)
    np.testing.assert_allclose(fit.w, expected.w, rtol=0, atol=1e-12 * np.abs(expected.w).max())
    assert fit.costs == pytest.approx(expected.costs, rel=1e-12, abs=0)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (30, 40), (40, 40), (90, 40)])
def test_the_gram_product_matches_scikit_learn(m: int, d: int) -> None:
    x, _ = problem(m, d, seed=3)
    q = np.random.default_rng(3).normal(size=m)
    np.testing.assert_allclose(Gram(x) @ q, (linear_kernel(x.T) + 1) @ q, rtol=1e-12, atol=1e-12)


def test_the_gram_product_keeps_its_digits_if_the_mean_image_is_large() -> None:
    """Python's integers are exact. The residuals sum to almost 0, so the terms of the mean image cancel."""
    random = np.random.default_rng(0)
    x = 10**8 + random.integers(-9, 10, (40, 30))
    q = random.integers(-9, 10, 30)
    q[0] -= q.sum()
    gram = x.T.astype(object) @ x.astype(object) + 1
    exact = np.array([sum(row * q.astype(object)) for row in gram], np.float64)
    np.testing.assert_allclose(Gram(x.astype(np.float64)) @ q.astype(np.float64), exact, rtol=1e-12)


@pytest.mark.parametrize(("shape", "is_computed"), [((3, 2), True), ((3, 3), False), ((2, 3), False)])
def test_the_gram_matrix_is_computed_only_if_it_is_smaller_than_the_images(
    shape: tuple[int, int], is_computed: bool
) -> None:
    assert Gram(np.ones(shape)).is_computed is is_computed


class CountedGram(Gram):
    """A Gram matrix that counts its products."""

    products = 0

    def __matmul__(self, q: Array) -> Array:
        self.products += 1
        return super().__matmul__(q)


@pytest.mark.parametrize(("m", "d"), [(60, 80), (200, 50)])
def test_few_iterations_need_a_product_with_the_gram_matrix(m: int, d: int) -> None:
    x, y = problem(m, d, seed=1)
    gram = CountedGram(x)
    gram_descent.fit(x, y, lr=1 / d, iterations=500, gram=gram)
    assert 0 < gram.products <= 60


def test_on_cifar10_at_most_120_of_2000_iterations_need_a_product(cifar10_train: tuple[Array, Array]) -> None:
    gram = CountedGram(cifar10_train[0])
    gram_descent.fit(*cifar10_train, lr=0.005, iterations=2000, gram=gram)
    assert 0 < gram.products <= 120


@pytest.mark.parametrize(("basis_max", "is_emptied"), [(3, True), (64, False)])
def test_the_logits_differ_from_those_of_the_weights_only_by_what_is_carried_over(
    monkeypatch: pytest.MonkeyPatch, basis_max: int, is_emptied: bool
) -> None:
    """The invariant z = -(lr / m) K (s - e). A large part e makes it visible, and a small basis is emptied often.

    In the last iterations, the norm of the residual is below 1: the limit on e is relative to it.
    """
    carried_max, lr, iterations = 1e-2, 0.2, 300
    logits: list[Array] = []

    def cost(z: Array, y: Array) -> float:
        logits.append(z.copy())
        return logistic.cost(z, y)

    monkeypatch.setattr(gram_descent, "CARRIED_MAX", carried_max)
    monkeypatch.setattr(gram_descent, "BASIS_MAX", basis_max)
    monkeypatch.setattr(gram_descent, "cost", cost)
    x, y = problem(m=20, d=40, seed=1)
    gram = CountedGram(x)
    fit = gram_descent.fit(
        x, y, lr=lr, iterations=iterations, record_every=1, snapshots_at=range(iterations), gram=gram
    )
    assert (gram.products > basis_max) == is_emptied
    carried = [
        np.linalg.solve(linear_kernel(x.T) + 1, (z - logistic.logits(w, b, x)[0]) * len(z) / lr)
        for z, (w, b) in zip(logits, fit.snapshots.values(), strict=True)
    ]
    for e, before, z in zip(carried[1:], carried, logits, strict=False):
        residual = logistic.sigmoid(z) - y[0] + before
        assert np.linalg.norm(e) <= 1.001 * carried_max * np.linalg.norm(residual)
    assert np.linalg.norm(carried, axis=1).max() > 1e-4, "a part must be carried over"


def test_the_carried_over_part_does_not_accumulate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram_descent, "CARRIED_MAX", 1e-6)
    x, y = problem(m=500, d=200, seed=1)
    fit = gram_descent.fit(x, y, lr=0.02, iterations=1000)
    w = logistic.fit(x, y, lr=0.02, iterations=1000).w
    np.testing.assert_allclose(fit.w, w, rtol=0, atol=1e-9 * np.abs(w).max())


@both_fits
def test_fit_converges_to_scikit_learns_solution(fit: Callable[..., Fit]) -> None:
    x, y = problem(m=200, d=3, seed=2)
    trained = fit(x, y, lr=3, iterations=3000)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x.T, y[0])
    np.testing.assert_allclose(trained.w.T, model.coef_, atol=1e-4)
    np.testing.assert_allclose(trained.b, model.intercept_[0], atol=1e-4)


@both_fits
@pytest.mark.parametrize("lr", [1e-30, 1e10, LR_MAX])
@pytest.mark.parametrize(("value", "m"), [(0.0, 4), (1.0, 1), (1.0, 4)])
def test_cost_stays_finite_for_any_learning_rate(fit: Callable[..., Fit], lr: float, value: float, m: int) -> None:
    x = np.full((5, m), value)
    y = np.arange(m)[None, :] % 2 == 0
    trained = fit(x, y.astype(np.float64), lr=lr, iterations=200, record_every=1)
    assert np.isfinite([*trained.costs.values()]).all()
    assert len(trained.costs) == 200
    assert np.isfinite(trained.w.astype(np.float32)).all()


@both_fits
def test_on_record_receives_each_recorded_cost(fit: Callable[..., Fit]) -> None:
    x, y = problem(m=5, d=2, seed=0)
    reported: dict[int, float] = {}
    trained = fit(x, y, lr=0.1, iterations=250, on_record=reported.__setitem__)
    assert reported == trained.costs
    assert [*reported] == [0, 100, 200]


@both_fits
def test_the_cost_of_each_snapshot_is_the_recorded_one(fit: Callable[..., Fit]) -> None:
    x, y = problem(m=30, d=10, seed=0)
    trained = fit(x, y, lr=0.1, iterations=500, snapshots_at=range(0, 500, 100))
    costs = {i: logistic.cost(logistic.logits(w, b, x), y) for i, (w, b) in trained.snapshots.items()}
    assert costs == pytest.approx(trained.costs, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lr": 0.0}, r"lr is 0.0; it must be above 0 and finite"),
        ({"lr": float("nan")}, r"lr is nan"),
        ({"lr": float("inf")}, r"lr is inf"),
        ({"iterations": -1}, "iterations -1 must be >= 0"),
        ({"record_every": 0}, "record_every 0 >= 1"),
        ({"y": np.zeros((1, 3))}, r"y \(1, 3\); they must be \(d, m\)"),
        ({"x": np.zeros((0, 5))}, r"x has shape \(0, 5\)"),
        ({"x": np.zeros(5)}, r"x has shape \(5,\)"),
    ],
)
def test_the_error_names_the_invalid_argument(change: dict[str, object], words: str) -> None:
    x, y = problem(m=5, d=2, seed=0)
    arguments: dict[str, Any] = {"x": x, "y": y, "lr": 0.1, "iterations": 1, **change}
    with pytest.raises(ValueError, match=words):
        gram_descent.fit(**arguments)


def test_zero_iterations_give_zero_weights() -> None:
    x, y = problem(m=5, d=2, seed=0)
    fit = gram_descent.fit(x, y, lr=0.1, iterations=0)
    assert not fit.w.any()
    assert fit.b == 0
    assert fit.costs == {}
