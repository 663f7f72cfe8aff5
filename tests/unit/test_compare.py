"""The comparison with the published results finds every deviation."""

import copy
from typing import Any

import pytest

from birds.evaluation import published as comparison

PARAMS = {"dataset": "auto", "lr": 0.005, "iterations": 2000, "sweep_lr": [0.01, 0.001], "batches": [1]}
PUBLISHED: dict[str, Any] = {
    "params": {**PARAMS, "dataset": "cifar10"},
    "training": {"costs": [0.6931471805599465, 0.5, 0.4], "train_accuracy": 71.5, "test_accuracy": 62.5},
    "sweep": {
        "0.01": {"train_accuracy": 72.25, "test_accuracy": 62.5},
        "0.001": {"train_accuracy": 68.0, "test_accuracy": 61.0},
    },
}


def run() -> dict[str, Any]:
    """Return the results of a run that reproduces everything."""
    return {
        "published": copy.deepcopy(PUBLISHED),
        "params": dict(PARAMS),
        "costs": [*PUBLISHED["training"]["costs"]],
        "accuracy": {"source": "cifar10", "train": 71.5, "test": 62.5, "holdout": 65.0},
        "sweep": {"0.01": {"train": 72.25, "test": 62.5}, "0.001": {"train": 68.0, "test": 61.0}},
    }


def test_a_run_with_all_published_results_reproduces_them() -> None:
    compared = comparison.compare(**run())
    assert compared["applies"]
    assert compared["reproduced"] is True
    assert compared["largest_cost_deviation"] == 0
    assert compared["accuracy"] == {
        "lr 0.005 train": {"published": 71.5, "reproduced": 71.5},
        "lr 0.005 test": {"published": 62.5, "reproduced": 62.5},
        "lr 0.01 train": {"published": 72.25, "reproduced": 72.25},
        "lr 0.01 test": {"published": 62.5, "reproduced": 62.5},
        "lr 0.001 train": {"published": 68.0, "reproduced": 68.0},
        "lr 0.001 test": {"published": 61.0, "reproduced": 61.0},
    }


@pytest.mark.parametrize(("deviation", "reproduced"), [(9e-13, True), (-9e-13, True), (1.1e-12, False), (-1e-6, False)])
@pytest.mark.parametrize("index", [0, 1, 2])
def test_one_wrong_cost_is_found(index: int, deviation: float, reproduced: bool) -> None:
    results = run()
    results["costs"][index] += deviation
    compared = comparison.compare(**results)
    assert compared["reproduced"] is reproduced
    assert compared["largest_cost_deviation"] == pytest.approx(abs(deviation), abs=1e-16)


@pytest.mark.parametrize("where", [("accuracy",), ("sweep", "0.01"), ("sweep", "0.001")], ids=" ".join)
@pytest.mark.parametrize("name", ["train", "test"])
def test_one_wrong_accuracy_is_found(where: tuple[str, ...], name: str) -> None:
    results = run()
    accuracies = results
    for key in where:
        accuracies = accuracies[key]
    accuracies[name] += 1e-9
    compared = comparison.compare(**results)
    assert compared["reproduced"] is False
    assert sum(pair["published"] != pair["reproduced"] for pair in compared["accuracy"].values()) == 1


@pytest.mark.parametrize("costs", [[], [0.6931471805599465, 0.5]])
def test_missing_costs_are_an_error(costs: list[float]) -> None:
    with pytest.raises(ValueError, match=r"zip\(\)|empty"):
        comparison.compare(**{**run(), "costs": costs})


@pytest.mark.parametrize(
    ("name", "value", "because"),
    [
        ("lr", 0.01, "lr is 0.01, not 0.005"),
        ("sweep_lr", [0.01], "sweep_lr is [0.01], not [0.01, 0.001]"),
        ("batches", [1, 2], "batches is [1, 2], not [1]"),
    ],
)
def test_the_comparison_does_not_apply_to_other_params(name: str, value: Any, because: str) -> None:
    results = run()
    results["params"][name] = value
    assert comparison.compare(**results) == {"applies": False, "because": because, "reproduced": False}


def test_the_comparison_does_not_apply_to_synthetic_data() -> None:
    results = run()
    results["accuracy"]["source"] = "synthetic"
    results["params"]["iterations"] = 5
    because = "dataset is synthetic, not cifar10; iterations is 5, not 2000"
    assert comparison.compare(**results) == {"applies": False, "because": because, "reproduced": False}
