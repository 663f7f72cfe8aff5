"""The stage compare reads a run's results, and compares them with the published."""

from pathlib import Path
from typing import Any

import pytest

from birds import files, paths
from stage_files import project_params
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


def test_the_comparison_applies_to_the_projects_own_params() -> None:
    compare.main(project_params())

    comparison = files.read_json(paths.COMPARISON)

    assert comparison["applies"] is True


def test_the_comparison_does_not_apply_to_another_learning_rate() -> None:
    compare.main(project_params(lr=0.01))

    comparison = files.read_json(paths.COMPARISON)

    assert comparison["applies"] is False
    assert comparison["because"] == "lr is 0.01, not 0.005"


def test_a_run_with_the_published_results_reproduces_them() -> None:
    compare.main(project_params())

    comparison = files.read_json(paths.COMPARISON)

    assert comparison["reproduced"] is True


def test_a_published_cost_is_compared_with_the_12_decimals_that_a_run_writes() -> None:
    compare.main(project_params())

    costs = files.read_json(paths.COMPARISON)["cost"]

    assert costs["iteration 1900"] == {
        "published": 0.5707956826264765,
        "reproduced": 0.570795682626,
    }
