"""Gradient descent on the Gram matrix, against the textbook loop and scikit-learn."""

import inspect
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import linear_kernel

from birds.model import gram_descent, logistic
from birds.model.logistic import Array, Fit
from birds.params import LR_MAX
from problems import problem

both_fits = pytest.mark.parametrize("fit", [logistic.fit, gram_descent.fit], ids=["textbook", "gram"])


def test_both_fits_have_the_same_signature() -> None:
    assert inspect.signature(gram_descent.fit) == inspect.signature(logistic.fit)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (3, 40), (40, 40), (81, 40), (500, 200)])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("basis_max", [1, 5, gram_descent.BASIS_MAX])
def test_fit_follows_the_textbook_loop(
    m: int, d: int, order: Literal["C", "F"], basis_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram_descent, "BASIS_MAX", basis_max)
    x, y = problem(m, d, seed=1)
    lr = 4 / (d + 1)
    snapshots_at = logistic.snapshot_iterations(300, record_every=10)
    fit = gram_descent.fit(
        np.asarray(x, order=order), y, lr=lr, iterations=300, record_every=10, snapshots_at=snapshots_at
    )
    expected = logistic.fit(x, y, lr=lr, iterations=300, record_every=10, snapshots_at=snapshots_at)
    np.testing.assert_allclose(fit.w, expected.w, rtol=1e-12, atol=1e-12 * np.abs(expected.w).max())
    assert fit.b == pytest.approx(expected.b, rel=1e-12, abs=1e-13)
    assert fit.costs == pytest.approx(expected.costs, rel=1e-13, abs=0)
    assert [*fit.snapshots] == [*expected.snapshots] == [*snapshots_at]
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
def test_fit_each_gives_the_same_weights_as_fit(m: int, d: int) -> None:
    x, y = problem(m, d, seed=3)
    gram, q = gram_descent.gram_operator(x), np.random.default_rng(3).normal(size=m)
    np.testing.assert_allclose(gram(q), (linear_kernel(x.T) + 1) @ q, rtol=1e-12, atol=1e-12)
    lrs = [0.1, 0.01]
    for lr, fit in zip(lrs, gram_descent.fit_each(x, y, lrs=lrs, iterations=200), strict=True):
        np.testing.assert_array_equal(fit.w, gram_descent.fit(x, y, lr=lr, iterations=200).w)


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
@pytest.mark.parametrize("lr", [1e-30, 1e3, 1e10, LR_MAX])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("m", [1, 4])
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
    trained = fit(x, y, lr=0.1, iterations=500, snapshots_at=logistic.snapshot_iterations(500))
    costs = {i: logistic.cost(logistic.logits(w, b, x), y) for i, (w, b) in trained.snapshots.items()}
    assert costs == pytest.approx(trained.costs, rel=1e-12)


@pytest.mark.parametrize("iterations", [1, 99, 100, 101, 1999, 2000, 2001, 4000, 12345])
def test_snapshots_are_few_evenly_spaced_and_have_recorded_costs(iterations: int) -> None:
    chosen = [*logistic.snapshot_iterations(iterations)]
    assert 1 <= len(chosen) <= logistic.SNAPSHOTS_MAX - 1
    assert len({*np.diff(chosen)}) <= 1
    assert all(i % logistic.RECORD_EVERY == 0 and i < iterations for i in chosen)
    assert len(chosen) >= min(10, iterations / logistic.RECORD_EVERY)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lr": 0.0}, r"lr is \[0.0\]"),
        ({"lr": float("nan")}, r"lr is \[nan\]"),
        ({"lr": float("inf")}, r"lr is \[inf\]"),
        ({"iterations": -1}, "iterations is -1"),
        ({"record_every": 0}, "record_every 0"),
        ({"y": np.zeros((1, 3))}, r"\(1, 3\)"),
    ],
)
def test_the_error_names_the_invalid_argument(change: dict[str, object], words: str) -> None:
    x, y = problem(m=5, d=2, seed=0)
    arguments = {"x": x, "y": y, "lr": 0.1, "iterations": 1, **change}
    with pytest.raises(ValueError, match=words):
        gram_descent.fit(**arguments)  # type: ignore[arg-type]
