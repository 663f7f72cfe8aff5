"""A run is compared with the published results: its params, costs and accuracies."""

from typing import Any

import pytest

from birds.evaluation.published import compare


@pytest.fixture
def run(published: Any) -> dict[str, Any]:
    """What a run that reproduces everything gives to `compare`."""
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


def test_equal_results_are_reproduced(run: dict[str, Any]) -> None:
    comparison = compare(**run)

    assert comparison["applies"]
    assert comparison["reproduced"]
    assert comparison["largest_cost_deviation"] == 0


@pytest.mark.parametrize("index", [0, 19])
@pytest.mark.parametrize(
    ("deviation", "reproduced"),
    [
        (9e-13, True),
        (1.1e-12, False),
        (-1.1e-12, False),
    ],
)
def test_each_cost_may_deviate_by_1e_12(
    run: dict[str, Any], index: int, deviation: float, reproduced: bool
) -> None:
    run["costs"][index] += deviation

    comparison = compare(**run)

    assert comparison["reproduced"] is reproduced
    largest = comparison["largest_cost_deviation"]
    assert largest == pytest.approx(abs(deviation), abs=1e-16)


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("lr", ["0.01", "0.0001"])
def test_each_accuracy_of_the_sweep_must_be_equal(
    run: dict[str, Any], lr: str, name: str
) -> None:
    run["sweep"][lr][name] += 1e-9

    assert compare(**run)["reproduced"] is False


@pytest.mark.parametrize("name", ["train", "test"])
def test_each_accuracy_of_the_run_must_be_equal(run: dict[str, Any], name: str) -> None:
    run["accuracy"][name] -= 1e-9

    assert compare(**run)["reproduced"] is False


def test_each_cost_stands_beside_the_published_one(run: dict[str, Any]) -> None:
    run["costs"][19] = 0.5

    costs = compare(**run)["cost"]

    assert len(costs) == 20
    assert costs["iteration 1900"] == {
        "published": 0.5707956826264765,
        "reproduced": 0.5,
    }


def test_each_accuracy_of_the_sweep_stands_beside_the_published_one(
    run: dict[str, Any],
) -> None:
    run["sweep"]["0.01"]["train"] = 50.0

    accuracies = compare(**run)["accuracy"]

    assert len(accuracies) == 8
    assert accuracies["lr 0.01 train"] == {
        "published": 72.36842105263158,
        "reproduced": 50,
    }


def test_each_accuracy_of_the_run_stands_beside_the_published_one(
    run: dict[str, Any],
) -> None:
    run["accuracy"]["test"] = 50.0

    accuracies = compare(**run)["accuracy"]

    assert accuracies["lr 0.005 test"] == {
        "published": 62.19512195121951,
        "reproduced": 50,
    }


def test_a_missing_cost_is_an_error(run: dict[str, Any]) -> None:
    run["costs"].pop()

    with pytest.raises(ValueError, match="shorter"):
        compare(**run)


@pytest.mark.parametrize(
    ("name", "value", "difference"),
    [
        ("batches", [1, 2], "batches is [1, 2], not [1]"),
        ("target_class", "ship", "target_class is ship, not bird"),
    ],
)
def test_the_comparison_does_not_apply_to_another_param(
    run: dict[str, Any], name: str, value: Any, difference: str
) -> None:
    run["params"][name] = value

    assert compare(**run) == {
        "applies": False,
        "because": difference,
        "reproduced": False,
    }


def test_the_comparison_does_not_apply_to_synthetic_data(run: dict[str, Any]) -> None:
    run["accuracy"]["source"] = "synthetic"

    comparison = compare(**run)

    assert not comparison["applies"]
    assert comparison["because"] == "dataset is synthetic, not cifar10"


def test_all_differences_are_named(run: dict[str, Any]) -> None:
    run["params"]["lr"] = 0.01
    run["accuracy"]["source"] = "synthetic"

    because = compare(**run)["because"]

    assert because == "dataset is synthetic, not cifar10; lr is 0.01, not 0.005"
