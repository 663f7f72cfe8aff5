"""The textbook method, against SciPy, scikit-learn and Python's exact decimals."""

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from birds.model import logistic
from birds.model.logistic import Array, Fit
from training_sets import overlapping_classes


def test_the_sigmoid_matches_scipy() -> None:
    z = np.linspace(-700, 700, 15_001)

    np.testing.assert_allclose(logistic.sigmoid(z), expit(z), rtol=1e-14)


@pytest.mark.parametrize("size", [750, np.inf])  # exp(750) is too large for a float
def test_the_sigmoid_of_extreme_logits_is_0_or_1(size: float) -> None:
    assert logistic.sigmoid([-size, size]).tolist() == [0, 1]


def exact_cost(z: float, label: int) -> Decimal:
    """Compute -log a or -log(1 - a) with 650 digits.

    For |z| up to 700, a or 1 - a begins with 304 zeros. Over 17 digits are left.
    """
    with localcontext(prec=650):
        a = 1 / (1 + (-Decimal(z)).exp())
        return -a.ln() if label else -(1 - a).ln()


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("z", [-700, -37, -1, 1e-9, 1, 37, 700])
def test_the_cost_is_correct_to_the_last_digits(z: float, label: int) -> None:
    cost = logistic.cost(np.array([z]), np.array([label]))

    exact = float(exact_cost(z, label))
    assert cost == pytest.approx(exact, rel=1e-15, abs=0)


def test_the_cost_is_the_mean_over_the_images() -> None:
    """The first costs log 2 = 0.6931472, the second nothing, the third 1000."""
    z = np.array([[0, 1000, 1000]])
    y = np.array([[0, 1, 0]])

    cost = logistic.cost(z, y)

    assert cost == pytest.approx(1000.6931472 / 3)


def test_the_cost_of_the_largest_logits_does_not_overflow() -> None:
    z = np.full(7, 1e308)

    assert logistic.cost(z, np.zeros(7)) == pytest.approx(1e308)


def test_the_cost_does_not_depend_on_the_order_of_the_images() -> None:
    random = np.random.default_rng(0)
    z = random.normal(size=1000)
    y = np.arange(1000) % 2

    costs = set()
    for _ in range(20):
        order = random.permutation(1000)
        costs.add(logistic.cost(z[order], y[order]))

    assert len(costs) == 1


def test_the_gradient_matches_finite_differences() -> None:
    x, y = overlapping_classes(m=20, d=6)
    start = np.random.default_rng(0).normal(size=7)  # w and b

    def cost(parameters: Array) -> float:
        z = parameters[:6] @ x + parameters[6]
        return logistic.cost(z[None], y)

    z = start[:6] @ x + start[6]
    dw, db = logistic.gradient(x, z[None], y)

    expected = approx_fprime(start, cost, 1e-7)
    np.testing.assert_allclose(dw[:, 0], expected[:6], atol=1e-6)
    assert db == pytest.approx(expected[6], abs=1e-6)


def test_the_loop_converges_to_scikit_learns_solution() -> None:
    x, y = overlapping_classes(m=200, d=3)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    oracle.fit(x.T, y[0])

    trained = logistic.fit(x, y, lr=3, iterations=3000)

    np.testing.assert_allclose(trained.w.T, oracle.coef_, atol=1e-4)
    np.testing.assert_allclose(trained.b, oracle.intercept_, atol=1e-4)


def train_on_one_image(iterations: int, **options: Any) -> Fit:
    """Train on x = 2 with label 1, at the learning rate 1.

    Update 0: z = 0, so 1 - a is 1/2, and w becomes 2 * 1/2 = 1 and b becomes 1/2.
    Update 1: z = 2.5, so 1 - a is sigmoid(-2.5) = 0.0758582.
    """
    return logistic.fit([[2]], [[1]], lr=1, iterations=iterations, **options)


def test_an_update_moves_the_model_against_the_gradient() -> None:
    trained = train_on_one_image(iterations=2)

    assert trained.w[0, 0] == pytest.approx(1 + 2 * 0.0758582)
    assert trained.b == pytest.approx(1 / 2 + 0.0758582)


def test_the_costs_before_the_updates_are_recorded() -> None:
    """The costs are log 2 and log(1 + exp(-2.5)) = 0.0788897."""
    trained = train_on_one_image(iterations=2, record_every=1)

    assert trained.costs == pytest.approx({0: 0.6931472, 1: 0.0788897})


def test_snapshots_keep_the_model_before_the_chosen_updates() -> None:
    trained = train_on_one_image(iterations=3, snapshots_at=[1])

    ((iteration, (w, b)),) = trained.snapshots.items()
    assert iteration == 1
    assert w.tolist() == [[1]]
    assert b == 1 / 2


@pytest.mark.parametrize(
    ("probability", "label"),
    [
        (0.5 - 2**-25, 0),  # the largest float32 below 0.5
        (0.5 - 2**-27, 1),  # rounds to 0.5 in float32
        (0.5, 1),
    ],
)
def test_label_1_is_chosen_if_the_probability_in_float32_is_at_least_one_half(
    probability: float, label: int
) -> None:
    assert logistic.decide(probability) == label


# The logits are 2 x - 3.
W = np.array([[2.0]])
B = -3
X = np.array([[1, 1.5, 4]])
Z = [[-1, 0, 5]]


def test_probabilities_are_the_sigmoid_of_the_logits() -> None:
    np.testing.assert_allclose(logistic.predict_proba(W, B, X), expit(Z))


def test_label_1_is_predicted_if_the_logit_is_at_least_0() -> None:
    assert logistic.predict(W, B, X).tolist() == [[0, 1, 1]]


def test_predictions_are_bytes() -> None:
    assert logistic.predict(W, B, X).dtype == np.uint8
