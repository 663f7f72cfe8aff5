"""The textbook method, against SciPy, scikit-learn and Python's exact decimals."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from birds.model import logistic
from birds.model.logistic import Array
from problems import overlapping_classes


def test_the_sigmoid_matches_scipy() -> None:
    z = np.linspace(-700, 700, 15_001)

    np.testing.assert_allclose(logistic.sigmoid(z), expit(z), rtol=1e-14)


def test_the_sigmoid_of_extreme_logits_is_0_or_1() -> None:
    z = np.array([-np.inf, -1e308, -750, 750, 1e308, np.inf])

    assert logistic.sigmoid(z).tolist() == [0, 0, 0, 1, 1, 1]


def exact_cost(z: float, label: int) -> Decimal:
    """Compute -log a or -log(1 - a) with 650 digits. It loses none of the first 17."""
    a = 1 / (1 + (-Decimal(z)).exp())
    return -a.ln() if label else -(1 - a).ln()


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("size", [1e-300, 1e-9, 0.5, 1, 2, 10, 36, 37, 40, 300, 700])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_cost_is_correct_to_the_last_digits(
    sign: int, size: float, label: int
) -> None:
    z = sign * size

    cost = logistic.cost(np.array([[z]]), np.array([[label]], np.uint8))

    with localcontext(prec=650):
        assert cost == pytest.approx(float(exact_cost(z, label)), rel=1e-15)


def test_the_cost_is_the_mean_over_the_images() -> None:
    """The logit is 0 for a = 1/2, which costs log 2 whatever the label."""
    z = np.array([[0, 0, 1000]])
    y = np.array([[0, 1, 1]])

    assert logistic.cost(z, y) == pytest.approx(2 * np.log(2) / 3)


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
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x.T, y[0])

    trained = logistic.fit(x, y, lr=3, iterations=3000)

    np.testing.assert_allclose(trained.w.T, oracle.coef_, atol=1e-4)
    np.testing.assert_allclose(trained.b, oracle.intercept_, atol=1e-4)


def test_two_iterations_match_a_calculation_by_hand() -> None:
    """One image, x = 2, with label 1, at the learning rate 1.

    Update 0: a = 1/2, so w = 0 + 2 (1 - 1/2) = 1 and b = 1/2.
    Update 1: z = 2.5, so 1 - a = sigmoid(-2.5) = 0.0758582.
    """
    trained = logistic.fit([[2]], [[1]], lr=1, iterations=2)

    np.testing.assert_allclose(trained.w, [[1 + 2 * 0.0758582]], rtol=1e-6)
    assert trained.b == pytest.approx(0.5 + 0.0758582, rel=1e-6)


def test_the_costs_before_the_updates_are_recorded() -> None:
    """As above: log 2 at z = 0, then log(1 + exp(-2.5)) = 0.0788897 at z = 2.5."""
    trained = logistic.fit([[2]], [[1]], lr=1, iterations=2, record_every=1)

    assert trained.costs == pytest.approx({0: np.log(2), 1: 0.0788897}, rel=1e-6)


def test_snapshots_keep_the_model_before_the_chosen_updates() -> None:
    trained = logistic.fit([[2]], [[1]], lr=1, iterations=2, snapshots_at=[0, 1])

    assert list(trained.snapshots) == [0, 1]
    assert trained.snapshots[0] == (np.array([[0]]), 0)
    assert trained.snapshots[1] == (np.array([[1]]), 0.5)


def test_every_hundredth_cost_is_recorded() -> None:
    trained = logistic.fit([[2]], [[1]], lr=1, iterations=201)

    assert list(trained.costs) == [0, 100, 200]


def test_each_recorded_cost_is_reported() -> None:
    reported: dict[int, float] = {}

    trained = logistic.fit(
        [[2]], [[1]], lr=1, iterations=201, on_record=reported.__setitem__
    )

    assert reported == trained.costs


@pytest.mark.parametrize(
    ("probability", "label"),
    [
        (0, 0),
        (0.5 - 2**-25, 0),
        (0.5 - 2**-27, 1),  # rounds to 0.5 in float32
        (0.5, 1),
        (1, 1),
    ],
)
def test_label_1_is_chosen_from_one_half_in_float32(
    probability: float, label: int
) -> None:
    assert logistic.decide(probability) == label


def test_predictions_follow_the_sign_of_the_logits() -> None:
    """The logits are 2 x - 3: -1, 0 and 1."""
    x = np.array([[1, 1.5, 2]])

    predicted = logistic.predict(np.array([[2.0]]), -3, x)

    np.testing.assert_array_equal(predicted, np.array([[0, 1, 1]], np.uint8))


def test_probabilities_are_the_sigmoid_of_the_logits() -> None:
    """The logits are 2 x - 3."""
    x = np.array([[1, 1.5, 4]])

    a = logistic.predict_proba(np.array([[2.0]]), -3, x)

    np.testing.assert_allclose(a, expit([[-1, 0, 5]]))
