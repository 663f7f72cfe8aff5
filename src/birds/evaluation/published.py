"""Compare a run with the published results."""

from collections.abc import Sequence
from typing import Any

COST_TOLERANCE = 1e-12  # costs are written with 12 decimals

Results = dict[str, Any]  # the content of a JSON file


def compare(
    *,
    published: Results,
    params: Results,
    costs: Sequence[float],
    accuracy: Results,
    sweep: Results,
) -> Results:
    """Compare each reproduced result with the published one.

    Parameters
    ----------
    published, accuracy, sweep : dict
        The content of data/published.json, metrics/accuracy.json and
        metrics/sweep.json.
    params : dict
        The parameters of the run, by name.
    costs : sequence of float
        The recorded costs of the run.

    Returns
    -------
    dict
        ``applies``: whether the run uses CIFAR-10 and the published parameters. If not,
        ``because`` lists the differences. ``reproduced``: whether the comparison
        applies, all costs are within `COST_TOLERANCE` and all accuracies are equal.
        ``largest_cost_deviation``. ``accuracy``, ``cost``: each result, published and
        reproduced.
    """
    # With dataset: auto, only the source says which images the run used.
    run = params | {"dataset": accuracy["source"]}
    differences = []
    for name, expected in published["params"].items():
        if run[name] != expected:
            differences.append(f"{name} is {run[name]}, not {expected}")
    if differences:
        because = "; ".join(differences)
        return {"applies": False, "because": because, "reproduced": False}

    accuracy_pairs = _pair_accuracies(published, accuracy, sweep)
    cost_pairs = _pair_costs(published["training"], costs)
    deviation = max(_deviation(pair) for pair in cost_pairs.values())
    are_equal = all(_deviation(pair) == 0 for pair in accuracy_pairs.values())
    return {
        "applies": True,
        "reproduced": deviation <= COST_TOLERANCE and are_equal,
        "largest_cost_deviation": deviation,
        "accuracy": accuracy_pairs,
        "cost": cost_pairs,
    }


def _pair_accuracies(published: Results, accuracy: Results, sweep: Results) -> Results:
    # The results of each learning rate, of the main run and of the sweep
    main_lr = str(published["params"]["lr"])
    published_by_lr = {main_lr: published["training"]} | published["sweep"]
    reproduced_by_lr = {main_lr: accuracy} | sweep
    pairs = {}
    for lr, results in published_by_lr.items():
        for name in "train", "test":
            pairs[f"lr {lr} {name}"] = {
                "published": results[f"{name}_accuracy"],
                "reproduced": reproduced_by_lr[lr][name],
            }
    return pairs


def _pair_costs(training: Results, costs: Sequence[float]) -> Results:
    pairs = {}
    for n, (theirs, ours) in enumerate(zip(training["costs"], costs, strict=True)):
        iteration = n * training["record_every"]
        pairs[f"iteration {iteration}"] = {"published": theirs, "reproduced": ours}
    return pairs


def _deviation(pair: dict[str, float]) -> float:
    return abs(pair["published"] - pair["reproduced"])
