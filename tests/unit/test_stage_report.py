"""The stage report writes the page, and prints the results in short."""

import base64
from pathlib import Path

import numpy as np
import pytest

from birds import files, paths
from birds.report import page
from stage_files import project_params, write_bird_model
from stages import evaluate, preprocess, report

REPRODUCED = {
    "applies": True,
    "reproduced": True,
    "largest_cost_deviation": 0.0,
    "accuracy": {"lr 0.005 train": {"published": 50.0, "reproduced": 50.0}},
    "cost": {"iteration 0": {"published": 0.7, "reproduced": 0.7}},
}


@pytest.fixture(autouse=True)
def finished_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on eight images a set, whose model calls all of them birds."""
    monkeypatch.chdir(tmp_path)
    for n, path in enumerate(paths.IMAGES_OF.values(), start=1):
        files.write_npz(
            path,
            images=np.full((8, 32, 32, 3), 51 * n, np.uint8),
            labels=np.array([0, 1, 1, 1] * 2, np.uint8),
            classes=[3, 2, 2, 2] * 2,
        )
    write_bird_model(b=1)
    preprocess.main(project_params())
    evaluate.main(project_params())
    files.write_json(paths.COMPARISON, REPRODUCED)
    for name in page.CAPTIONS:
        files.write_bytes(f"{paths.PLOTS}/{name}.png", f"plot {name}".encode())


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run the stage, and return the lines that it prints."""
    report.main(project_params())
    return capsys.readouterr().out.splitlines()


def test_the_accuracies_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys)

    assert lines[0] == "accuracy: train 75.00 %, test 75.00 %, holdout 75.00 %"


def test_it_is_printed_whether_the_published_results_are_reproduced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files.write_json(paths.COMPARISON, REPRODUCED | {"reproduced": False})

    lines = printed(capsys)

    assert lines[1] == "NOT ALL PUBLISHED RESULTS ARE REPRODUCED."


def test_the_last_line_names_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys)

    assert lines[-1].endswith(paths.REPORT)


def test_a_run_on_synthetic_data_ends_with_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_bird_model(source="synthetic")

    report.main(project_params())

    warning = "warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10."
    assert capsys.readouterr().err.startswith(warning)


def html() -> str:
    """Run the stage, and return the page."""
    report.main(project_params(lr=0.0123))
    return Path(paths.REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", page.CAPTIONS)
def test_the_page_contains_each_plot(name: str) -> None:
    png = base64.b64encode(f"plot {name}".encode())

    assert png.decode() in html()


def test_the_page_contains_the_probabilities_of_the_holdout() -> None:
    a = np.full(8, 0.73105858, "<f4")  # the sigmoid of 1

    assert base64.b64encode(a.tobytes()).decode() in html()


def test_the_page_contains_the_mean_training_image() -> None:
    """The training images are grey, one fifth of white. The others are brighter."""
    mean = np.full(3072, 0.2, "<f4")

    assert base64.b64encode(mean.tobytes()).decode() in html()


def test_the_page_contains_the_params() -> None:
    assert "0.0123" in html()
