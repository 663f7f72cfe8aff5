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

STEP = 2.0**-24  # of rounded weights


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_source("cifar10")
    write_columns("train", np.zeros((5, 4)), [0, 0, 0, 0])
    write_columns("test", np.zeros((5, 3)), [1, 1, 0])


@pytest.mark.parametrize(
    ("steps", "train", "test"),
    [
        (1, 0, 200 / 3),  # a is one half in float32, so all are called 1
        (1.4, 0, 200 / 3),  # rounded to one step
        (2, 100, 100 / 3),
    ],
)
def test_the_accuracies_are_those_of_the_rounded_model(
    steps: float, train: float, test: float
) -> None:
    lr = 2 * steps * STEP

    sweep.main(project_params(sweep_lr=[lr], iterations=1))

    accuracies = files.read_json(paths.SWEEP)[str(lr)]
    assert accuracies == pytest.approx({"train": train, "test": test})


def test_the_results_say_what_the_images_are() -> None:
    sweep.main(project_params(sweep_lr=[0.1], iterations=1))

    assert files.read_json(paths.SWEEP)["source"] == "cifar10"


def test_each_learning_rate_has_its_costs() -> None:
    sweep.main(project_params(sweep_lr=[0.1, 1e-05], iterations=101))

    rows = read_table(paths.SWEEP_COSTS)

    assert [row["lr"] for row in rows] == ["0.1", "0.1", "1e-05", "1e-05"]
    assert [row["iteration"] for row in rows] == ["0", "100", "0", "100"]


def test_the_costs_of_a_higher_learning_rate_fall_faster() -> None:
    sweep.main(project_params(sweep_lr=[0.1, 0.2], iterations=101))

    low_start, low_end, high_start, high_end = read_table(paths.SWEEP_COSTS)

    assert low_start["cost"] == high_start["cost"] == "0.693147180560"
    assert float(high_end["cost"]) < float(low_end["cost"]) < 0.69


def test_the_accuracies_of_each_learning_rate_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweep.main(project_params(sweep_lr=[0.1, 0.2], iterations=1))

    first, second = capsys.readouterr().out.splitlines()

    assert first == "learning rate 0.1: train 100.00 %, test 33.33 %"
    assert second == "learning rate 0.2: train 100.00 %, test 33.33 %"
