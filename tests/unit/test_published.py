"""A run is compared with the published results: its params, costs and accuracies."""

from typing import Any

import pytest

from birds.evaluation.published import compare


@pytest.fixture
def inputs(published: Any) -> dict[str, Any]:
    """What `compare` gets after a run that reproduces everything."""
    training = published["training"]
    sweep = {}
    for lr, results in published["sweep"].items():
        sweep[lr] = {
            "train": results["train_accuracy"],
            "test": results["test_accuracy"],
        }
    return {
        "published": published,
        "params": published["params"] | {"dataset": "auto"},
        "costs": list(training["costs"]),
        "accuracy": {
            "source": "cifar10",
            "train": training["train_accuracy"],
            "test": training["test_accuracy"],
        },
        "sweep": sweep,
    }


def test_equal_results_are_reproduced(inputs: dict[str, Any]) -> None:
    comparison = compare(**inputs)

    assert comparison["applies"]
    assert comparison["reproduced"]
    assert comparison["largest_cost_deviation"] == 0


@pytest.mark.parametrize("index", [0, 19], ids=["first", "last"])
@pytest.mark.parametrize(
    ("deviation", "reproduced"),
    [
        (9e-13, True),
        (-9e-13, True),
        (1.1e-12, False),
        (-1.1e-12, False),
    ],
)
def test_a_cost_may_deviate_by_1e_12(
    inputs: dict[str, Any], index: int, deviation: float, reproduced: bool
) -> None:
    inputs["costs"][index] += deviation

    assert compare(**inputs)["reproduced"] is reproduced


def test_the_largest_cost_deviation_is_given(inputs: dict[str, Any]) -> None:
    inputs["costs"][3] += 0.25
    inputs["costs"][7] -= 0.5

    deviation = compare(**inputs)["largest_cost_deviation"]

    assert deviation == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("lr", ["0.01", "0.001", "0.0001"])
def test_each_accuracy_of_the_sweep_must_be_equal(
    inputs: dict[str, Any], lr: str, name: str
) -> None:
    inputs["sweep"][lr][name] += 1e-9

    assert compare(**inputs)["reproduced"] is False


@pytest.mark.parametrize("name", ["train", "test"])
def test_each_accuracy_of_the_run_must_be_equal(
    inputs: dict[str, Any], name: str
) -> None:
    inputs["accuracy"][name] -= 1e-9

    assert compare(**inputs)["reproduced"] is False


def test_each_cost_stands_beside_the_published_one(
    inputs: dict[str, Any], published: Any
) -> None:
    inputs["costs"] = list(range(20))

    costs = compare(**inputs)["cost"]

    expected = {}
    for n, cost in enumerate(published["training"]["costs"]):
        # Costs are recorded every 100 iterations.
        expected[f"iteration {100 * n}"] = {"published": cost, "reproduced": n}
    assert costs == expected


def test_each_accuracy_stands_beside_the_published_one(inputs: dict[str, Any]) -> None:
    inputs["accuracy"] |= {"train": 1, "test": 2}
    inputs["sweep"] = {
        "0.01": {"train": 3, "test": 4},
        "0.001": {"train": 5, "test": 6},
        "0.0001": {"train": 7, "test": 8},
    }

    accuracies = compare(**inputs)["accuracy"]

    # From data/published.json
    assert accuracies == {
        "lr 0.005 train": {"published": 71.47368421052632, "reproduced": 1},
        "lr 0.005 test": {"published": 62.19512195121951, "reproduced": 2},
        "lr 0.01 train": {"published": 72.36842105263158, "reproduced": 3},
        "lr 0.01 test": {"published": 62.19512195121951, "reproduced": 4},
        "lr 0.001 train": {"published": 68.0, "reproduced": 5},
        "lr 0.001 test": {"published": 60.97560975609756, "reproduced": 6},
        "lr 0.0001 train": {"published": 63.15789473684211, "reproduced": 7},
        "lr 0.0001 test": {"published": 53.04878048780488, "reproduced": 8},
    }


def test_a_missing_cost_is_an_error(inputs: dict[str, Any]) -> None:
    inputs["costs"].pop()

    # Python's zip says so.
    with pytest.raises(ValueError, match="argument 2 is shorter than argument 1"):
        compare(**inputs)


@pytest.mark.parametrize(
    ("name", "value", "difference"),
    [
        ("batches", [1, 2], "batches is [1, 2], not [1]"),
        ("target_class", "ship", "target_class is ship, not bird"),
    ],
)
def test_the_comparison_does_not_apply_if_a_param_differs(
    inputs: dict[str, Any], name: str, value: Any, difference: str
) -> None:
    inputs["params"][name] = value

    assert compare(**inputs) == {
        "applies": False,
        "because": difference,
        "reproduced": False,
    }


def test_the_comparison_does_not_apply_to_synthetic_data(
    inputs: dict[str, Any],
) -> None:
    inputs["accuracy"]["source"] = "synthetic"

    comparison = compare(**inputs)

    assert not comparison["applies"]
    assert comparison["because"] == "dataset is synthetic, not cifar10"


def test_all_differences_are_named(inputs: dict[str, Any]) -> None:
    inputs["params"]["lr"] = 0.01
    inputs["accuracy"]["source"] = "synthetic"

    because = compare(**inputs)["because"]

    assert because == "dataset is synthetic, not cifar10; lr is 0.01, not 0.005"
