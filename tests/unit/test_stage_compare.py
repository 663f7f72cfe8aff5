"""The stage compare reads a run's results, and compares them with the published."""

from pathlib import Path
from typing import Any

import pytest

from birds import files, paths
from stage_files import changed_params
from stages import compare


@pytest.fixture(autouse=True)
def reproducing_run(
    published: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write what a run on CIFAR-10 writes if it reproduces everything."""
    monkeypatch.chdir(tmp_path)
    files.write_json(paths.PUBLISHED, published)
    training = published["training"]
    rows = []
    for n, cost in enumerate(training["costs"]):
        rows.append([100 * n, f"{cost:.12f}"])
    files.write_csv(paths.COSTS, ["iteration", "cost"], rows)
    accuracy = {
        "source": "cifar10",
        "train": training["train_accuracy"],
        "test": training["test_accuracy"],
    }
    files.write_json(paths.ACCURACY, accuracy)
    sweep = {}
    for lr, results in published["sweep"].items():
        sweep[lr] = {
            "train": results["train_accuracy"],
            "test": results["test_accuracy"],
        }
    files.write_json(paths.SWEEP, sweep)


def test_the_projects_params_are_those_of_the_published_run() -> None:
    compare.main(changed_params())

    comparison = files.read_json(paths.COMPARISON)

    assert comparison["applies"]
    assert comparison["reproduced"]


def test_the_written_costs_are_compared() -> None:
    compare.main(changed_params())

    costs = files.read_json(paths.COMPARISON)["cost"]

    assert costs["iteration 1900"] == {
        "published": 0.5707956826264765,
        "reproduced": 0.570795682626,
    }


def test_the_comparison_does_not_apply_to_other_params() -> None:
    compare.main(changed_params(lr=0.01))

    comparison = files.read_json(paths.COMPARISON)

    assert comparison["because"] == "lr is 0.01, not 0.005"
