"""The stage sweep trains once for each learning rate, and decides like evaluate.

The images are zeros, so only the bias is trained. The training labels are 0: one
iteration changes the bias by -lr / 2, which is then rounded.
"""

from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from stage_files import project_params, read_table, write_columns, write_source
from stages import sweep

STEP = 2.0**-24  # between rounded weights


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_source("synthetic")
    write_columns("train", np.zeros((5, 4)), [0, 0, 0, 0])
    write_columns("test", np.zeros((5, 3)), [1, 1, 0])


# For a small bias b, a is 1/2 + b/4. The float32 below 1/2 is 1/2 - 2**-25.
@pytest.mark.parametrize(
    ("steps", "train", "test"),
    [
        # 1/2 - 2**-26 is midway between the two, and is rounded to the even one, 1/2.
        pytest.param(1, 0, 200 / 3, id="all-are-called-1"),
        pytest.param(1.4, 0, 200 / 3, id="rounded-to-one-step"),
        # 1/2 - 2**-25
        pytest.param(2, 100, 100 / 3, id="all-are-called-0"),
    ],
)
def test_the_accuracies_are_those_of_the_rounded_model(
    steps: float, train: float, test: float
) -> None:
    """The bias is reduced by so many steps."""
    lr = 2 * steps * STEP

    sweep.main(project_params(sweep_lr=[lr], iterations=1))

    accuracies = files.read_json(paths.SWEEP)[str(lr)]
    assert accuracies == pytest.approx({"train": train, "test": test})


@pytest.mark.parametrize("source", ["cifar10", "synthetic"])
def test_the_results_name_the_source_of_the_images(source: str) -> None:
    write_source(source)

    sweep.main(project_params(sweep_lr=[0.1], iterations=1))

    assert files.read_json(paths.SWEEP)["source"] == source


def test_each_learning_rate_has_a_cost_every_100_iterations() -> None:
    sweep.main(project_params(sweep_lr=[0.1, 1e-05], iterations=101))

    rows = read_table(paths.SWEEP_COSTS)

    assert [row["lr"] for row in rows] == ["0.1", "0.1", "1e-05", "1e-05"]
    assert [row["iteration"] for row in rows] == ["0", "100", "0", "100"]


def test_the_costs_of_a_higher_learning_rate_fall_faster() -> None:
    sweep.main(project_params(sweep_lr=[0.1, 0.2], iterations=101))

    low_start, low_end, high_start, high_end = read_table(paths.SWEEP_COSTS)

    log_2 = "0.693147180560"
    assert low_start["cost"] == high_start["cost"] == log_2
    assert float(high_end["cost"]) < float(low_end["cost"]) < float(log_2)


def test_the_accuracies_of_each_learning_rate_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As above, the lower one leaves a at 1/2: all are called 1."""
    low = 2 * STEP

    sweep.main(project_params(sweep_lr=[low, 0.1], iterations=1))

    first, second = capsys.readouterr().out.splitlines()
    assert first == f"learning rate {low}: train 0.00 %, test 66.67 %"
    assert second == "learning rate 0.1: train 100.00 %, test 33.33 %"
