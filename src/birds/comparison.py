"""Compare a run with the published figures."""

from collections.abc import Mapping, Sequence
from typing import Any

COST_TOLERANCE = 1e-12


def compare(
    *,
    published: Mapping[str, Any],
    params: Mapping[str, Any],
    dataset: str,
    costs: Sequence[float],
    accuracy: Mapping[str, Any],
    sweep: Mapping[str, Any],
) -> dict[str, Any]:
    """Set each reproduced figure beside the published one.

    Parameters
    ----------
    published : mapping
        As in data/published.json.
    params : mapping
        The parameters of the run, by name.
    dataset : {'cifar10', 'synthetic'}
    costs : sequence of float
        The recorded costs of the run.
    accuracy, sweep : mapping
        As in metrics/accuracy.json and metrics/sweep.json.

    Returns
    -------
    dict
        ``dataset``; ``applies``: whether the run is on the published parameters and the real data, else ``because``
        says what differs; ``reproduced``: whether it applies, all costs are within `COST_TOLERANCE` and all accuracies
        are equal; ``largest_cost_deviation`` and, under ``accuracy``, each published and reproduced accuracy.
    """
    run, expected = {**params, "dataset": dataset}, published["params"]
    differences = [f"{name} is {run[name]}, not {expected[name]}" for name in expected if run[name] != expected[name]]
    if differences:
        return {"dataset": dataset, "applies": False, "because": "; ".join(differences), "reproduced": False}
    deviation = max(abs(ours - theirs) for ours, theirs in zip(costs, published["training"]["costs"], strict=True))
    runs = {f"lr {expected['lr']}": (published["training"], accuracy)}
    runs |= {f"lr {rate}": (figures, sweep[rate]) for rate, figures in published["sweep"].items()}
    accuracies = {
        f"{run} {name}": {"published": figures[f"{name}_accuracy"], "reproduced": reproduced[name]["accuracy"]}
        for run, (figures, reproduced) in runs.items()
        for name in ("train", "test")
    }
    equal = all(pair["published"] == pair["reproduced"] for pair in accuracies.values())
    return {
        "dataset": dataset,
        "applies": True,
        "reproduced": deviation <= COST_TOLERANCE and equal,
        "largest_cost_deviation": deviation,
        "accuracy": accuracies,
    }
