"""The faster loop against the textbook loop, and both against the published results."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import linear_kernel

from birds.model import gram_descent, logistic
from birds.model.gram_descent import Gram
from birds.model.logistic import Array, Fit
from birds.params import LR_MAX
from training_sets import overlapping_classes

Train = Callable[..., Fit]

both_loops = pytest.mark.parametrize(
    "fit",
    [logistic.fit, gram_descent.fit],
    ids=["logistic", "gram_descent"],
)
# Fewer images than features, as many, and more
sizes = pytest.mark.parametrize(("m", "d"), [(3, 40), (40, 40), (200, 40)])


def train(fit: Train, x: Array, y: Array) -> Fit:
    """Train for 300 iterations, and keep the cost and a snapshot of each."""
    return fit(
        x,
        y,
        lr=4 / len(x),
        iterations=300,
        record_every=1,
        snapshots_at=range(300),
    )


@pytest.mark.parametrize(
    "basis_max",
    [1, 5, gram_descent.BASIS_MAX],
    ids=["emptied each time", "emptied often", "as it is"],
)
@sizes
def test_both_loops_record_the_same_costs_however_large_the_basis_is(
    m: int, d: int, basis_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faster loop keeps a basis of earlier residuals, and empties it when full."""
    monkeypatch.setattr(gram_descent, "BASIS_MAX", basis_max)
    x, y = overlapping_classes(m, d)

    textbook = train(logistic.fit, x, y)
    fast = train(gram_descent.fit, x, y)

    assert list(textbook.costs) == list(range(300))
    assert fast.costs == pytest.approx(textbook.costs, rel=1e-13, abs=0)


def assert_close(w: Array, expected: Array, tolerance: float = 1e-12) -> None:
    """Compare weights relative to the largest."""
    largest = np.abs(expected).max()
    np.testing.assert_allclose(w, expected, rtol=0, atol=tolerance * largest)


@sizes
def test_both_loops_give_the_same_model(m: int, d: int) -> None:
    x, y = overlapping_classes(m, d)

    textbook = train(logistic.fit, x, y)
    fast = train(gram_descent.fit, x, y)

    assert_close(fast.w, textbook.w)
    assert fast.b == pytest.approx(textbook.b, rel=1e-10)


@sizes
def test_both_loops_keep_the_same_snapshots(m: int, d: int) -> None:
    x, y = overlapping_classes(m, d)

    textbook = train(logistic.fit, x, y)
    fast = train(gram_descent.fit, x, y)

    assert list(textbook.snapshots) == list(fast.snapshots) == list(range(300))
    for iteration, (w, b) in textbook.snapshots.items():
        fast_w, fast_b = fast.snapshots[iteration]
        assert_close(fast_w, w)
        assert fast_b == pytest.approx(b, rel=1e-10)


@both_loops
def test_every_hundredth_cost_is_recorded_and_reported(fit: Train) -> None:
    x, y = overlapping_classes(m=3, d=4)
    reported: dict[int, float] = {}

    trained = fit(x, y, lr=1, iterations=201, on_record=reported.__setitem__)

    assert list(trained.costs) == [0, 100, 200]
    assert reported == trained.costs


class CountingGram(Gram):
    n_products = 0

    def __matmul__(self, q: Array) -> Array:
        self.n_products += 1
        return super().__matmul__(q)


def test_what_the_basis_lacks_of_a_residual_is_carried_over_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Up to a tenth of a residual adds no direction to the basis here.

    If these rests were dropped, the weights would differ by over 1 %. Each direction
    costs one product, so an iteration without a product leaves a rest.
    """
    monkeypatch.setattr(gram_descent, "CARRIED_MAX", 0.1)
    monkeypatch.setattr(gram_descent, "BASIS_MAX", 3)
    x, y = overlapping_classes(m=20, d=40)
    gram = CountingGram(x)

    textbook = logistic.fit(x, y, lr=0.2, iterations=300)
    fast = gram_descent.fit(x, y, lr=0.2, iterations=300, gram=gram)

    assert gram.n_products < 300 / 2, "most iterations leave a rest"
    assert_close(fast.w, textbook.w, tolerance=1e-3)


def test_at_most_a_fifth_of_the_iterations_need_a_product_with_the_gram_matrix() -> (
    None
):
    x, y = overlapping_classes(m=200, d=500)
    gram = CountingGram(x)

    gram_descent.fit(x, y, lr=0.008, iterations=300, gram=gram)

    assert 0 < gram.n_products <= 300 / 5


@sizes
def test_the_gram_product_matches_scikit_learn(m: int, d: int) -> None:
    x, _ = overlapping_classes(m, d)
    q = np.random.default_rng(0).normal(size=m)

    product = Gram(x) @ q

    k = linear_kernel(x.T) + 1  # the bias is the weight of a feature that is always 1
    np.testing.assert_allclose(product, k @ q, rtol=1e-9)


@sizes
def test_the_gram_matrix_is_computed_only_if_it_is_smaller_than_the_images(
    m: int, d: int
) -> None:
    x, _ = overlapping_classes(m, d)

    assert Gram(x).is_computed == (m < d)


def test_the_gram_product_keeps_its_digits_if_the_mean_image_is_large() -> None:
    """The entries of K are 4e17, but in K q, nearly all cancels: it is below 1e9 here.

    In a single matrix of floats, each entry of K would be wrong by up to 32. Python's
    integers are exact.
    """
    random = np.random.default_rng(0)
    x = 10**8 + random.integers(-9, 10, (40, 30))
    q = random.integers(-9, 10, 30)
    q[0] -= q.sum()

    product = Gram(x.astype(float)) @ q.astype(float)

    integers = x.astype(object)
    exact = (integers.T @ integers + 1) @ q.astype(object)
    np.testing.assert_allclose(product, exact.astype(float), rtol=1e-12)


@both_loops
@pytest.mark.parametrize(
    ("x_shape", "y_shape"),
    [
        ((2, 5), (1, 1)),
        ((2, 5), (5, 1)),
        ((5,), (1, 5)),
        ((2, 0), (1, 0)),
        ((0, 5), (1, 5)),
    ],
    ids=["one label", "y is a column", "x has one axis", "no image", "no feature"],
)
def test_shapes_that_do_not_match_or_are_empty_are_refused(
    fit: Train, x_shape: tuple[int, ...], y_shape: tuple[int, ...]
) -> None:
    message = f"x has shape {x_shape} and y {y_shape}; they must be (d, m) and (1, m)"

    with pytest.raises(ValueError, match=re.escape(message)):
        fit(np.ones(x_shape), np.ones(y_shape), lr=0.1, iterations=1)


@both_loops
@pytest.mark.parametrize("of_type", [list, np.uint8])
def test_lists_and_integers_are_accepted(fit: Train, of_type: Any) -> None:
    """One image, x = 1, with label 1: a is 1/2, so w and b become 3 (1 - 1/2)."""
    one = of_type([[1]])

    trained = fit(one, one, lr=3, iterations=1)

    assert trained.w.tolist() == [[1.5]]
    assert trained.b == 1.5


@both_loops
def test_float32_is_converted_before_it_is_computed_with(fit: Train) -> None:
    x, y = overlapping_classes(m=3, d=40)
    x = x.astype(np.float32)

    trained = fit(x, y, lr=0.1, iterations=9)

    expected = fit(x.astype(np.float64), y, lr=0.1, iterations=9)
    assert trained.w.tolist() == expected.w.tolist()


@both_loops
@pytest.mark.parametrize("m", [1, 3], ids=["one label", "both labels"])
def test_the_largest_learning_rate_gives_costs_and_float32_weights_that_are_finite(
    fit: Train, m: int
) -> None:
    x = np.ones((5, m))  # white, the largest pixels
    y = np.arange(m)[None, :] % 2  # not balanced, or nothing would be learned

    trained = fit(x, y, lr=LR_MAX, iterations=200)

    costs = list(trained.costs.values())
    weights = np.append(trained.w, trained.b)
    assert np.isfinite(costs).tolist() == [True, True]  # of iterations 0 and 100
    assert np.isfinite(weights.astype(np.float32)).all()  # as they are written
    assert trained.b != 0


@pytest.mark.parametrize(
    ("fit", "iterations"),
    [
        (gram_descent.fit, 2000),
        (logistic.fit, 200),
        pytest.param(logistic.fit, 2000, marks=pytest.mark.slow),
    ],
    ids=["gram_descent", "the start of logistic", "logistic"],
)
def test_the_published_costs_are_reproduced(
    fit: Train,
    iterations: int,
    cifar10_train: tuple[Array, Array],
    published: Any,
) -> None:
    x, y = cifar10_train

    trained = fit(x, y, lr=0.005, iterations=iterations)

    costs = list(trained.costs.values())
    expected = published["training"]["costs"][: iterations // 100]
    assert costs == pytest.approx(expected, rel=0, abs=1e-14)
