"""Compare a run with the published results."""

from collections.abc import Mapping, Sequence
from typing import Any

COST_TOLERANCE = 1e-12


def compare(
    *,
    published: Mapping[str, Any],
    params: Mapping[str, Any],
    costs: Sequence[float],
    accuracy: Mapping[str, Any],
    sweep: Mapping[str, Any],
) -> dict[str, Any]:
    """Compare each reproduced result with the published one.

    Parameters
    ----------
    published, accuracy, sweep : mapping
        The content of data/published.json, metrics/accuracy.json and metrics/sweep.json.
    params : mapping
        The parameters of the run, by name.
    costs : sequence of float
        The recorded costs of the run.

    Returns
    -------
    dict
        ``applies``: whether the run uses CIFAR-10 and the published parameters. If not, ``because`` lists the
        differences. ``reproduced``: whether the comparison applies, all costs are within `COST_TOLERANCE` and all
        accuracies are equal. ``largest_cost_deviation``. ``accuracy``, ``cost``: each result, published and reproduced.
    """
    run, expected = {**params, "dataset": accuracy["source"]}, published["params"]
    differences = [
        f"{name} is {run[name]}, not {expected[name]}"
        for name in expected
        if run[name] != expected[name]
    ]
    if differences:
        return {
            "applies": False,
            "because": "; ".join(differences),
            "reproduced": False,
        }
    training = published["training"]
    compared_costs = {
        f"iteration {n * training['record_every']}": {
            "published": theirs,
            "reproduced": ours,
        }
        for n, (theirs, ours) in enumerate(zip(training["costs"], costs, strict=True))
    }
    deviation = max(
        abs(pair["published"] - pair["reproduced"]) for pair in compared_costs.values()
    )
    runs = [(expected["lr"], training, accuracy)]
    runs += [
        (float(lr), results, sweep[lr]) for lr, results in published["sweep"].items()
    ]
    accuracies = {
        f"lr {lr} {name}": {
            "published": results[f"{name}_accuracy"],
            "reproduced": reproduced[name],
        }
        for lr, results, reproduced in runs
        for name in ("train", "test")
    }
    equal = all(pair["published"] == pair["reproduced"] for pair in accuracies.values())
    return {
        "applies": True,
        "reproduced": deviation <= COST_TOLERANCE and equal,
        "largest_cost_deviation": deviation,
        "accuracy": accuracies,
        "cost": compared_costs,
    }
