"""The stage report writes the page, and prints the results in short."""

import base64
from pathlib import Path
from typing import Any

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


def write_images(name: str, greys: list[int], labels: list[int]) -> None:
    """Write a set of plain grey images: birds, class 2, and cats, class 3."""
    pixels = np.repeat(np.array(greys, np.uint8), 32 * 32 * 3)
    y = np.array(labels, np.uint8)
    files.write_npz(
        paths.IMAGES_OF[name],
        images=pixels.reshape(-1, 32, 32, 3),
        labels=y,
        classes=3 - y.astype(int),
    )


@pytest.fixture(autouse=True)
def finished_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose model calls all images birds."""
    monkeypatch.chdir(tmp_path)
    write_images("train", [41, 61], labels=[0, 1])
    write_images("test", [100] * 5, labels=[0, 0, 0, 0, 1])
    write_images("holdout", [200] * 4, labels=[0, 1, 1, 1])
    write_bird_model(b=1)
    preprocess.main(project_params())
    evaluate.main(project_params())
    files.write_json(paths.COMPARISON, REPRODUCED)
    for name in page.CAPTIONS:
        files.write_bytes(f"{paths.PLOTS}/{name}.png", f"plot {name}".encode())


def run_and_read_output(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run the stage, and return the lines that it prints."""
    report.main(project_params())
    return capsys.readouterr().out.splitlines()


def test_the_accuracies_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The accuracy is the share of birds."""
    lines = run_and_read_output(capsys)

    assert lines[0] == "accuracy: train 50.00 %, test 20.00 %, holdout 75.00 %"


@pytest.mark.parametrize(
    ("reproduced", "sentence"),
    [
        (True, "All published results are reproduced."),
        (False, "NOT ALL PUBLISHED RESULTS ARE REPRODUCED."),
    ],
)
def test_it_is_printed_whether_the_published_results_are_reproduced(
    reproduced: bool, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write_json(paths.COMPARISON, REPRODUCED | {"reproduced": reproduced})

    lines = run_and_read_output(capsys)

    assert lines[1] == sentence


def test_the_last_line_names_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_and_read_output(capsys)

    assert lines[-1].endswith(": plots/report.html")


def test_the_stage_warns_of_synthetic_data(capsys: pytest.CaptureFixture[str]) -> None:
    write_bird_model(source="synthetic")

    report.main(project_params())

    warning = "warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10."
    assert capsys.readouterr().err.startswith(warning)


def test_the_stage_does_not_warn_of_cifar10(capsys: pytest.CaptureFixture[str]) -> None:
    write_bird_model(source="cifar10")

    report.main(project_params())

    assert capsys.readouterr().err == ""


def run_and_read_page(**params: Any) -> str:
    """Run the stage, and return the HTML that it writes."""
    report.main(project_params(**params))
    return Path(paths.REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", page.CAPTIONS)
def test_the_page_contains_each_plot(name: str) -> None:
    png = base64.b64encode(f"plot {name}".encode())

    assert png.decode() in run_and_read_page()


def test_the_page_contains_the_probabilities_of_the_holdout() -> None:
    """The model's weights are 0 and its bias is 1. Only the holdout has four images."""
    a = np.full(4, 0.73105858, "<f4")  # the sigmoid of 1

    assert base64.b64encode(a.tobytes()).decode() in run_and_read_page()


def test_the_page_contains_the_mean_training_image() -> None:
    """The two training images have the greys 41 and 61. Their mean is 51."""
    mean = np.full(3072, 51 / 255, "<f4")

    assert base64.b64encode(mean.tobytes()).decode() in run_and_read_page()


def test_the_page_shows_the_params_of_the_run() -> None:
    html = run_and_read_page(lr=0.0123, seed=456)

    assert '<th scope="row">lr</th><td>0.0123</td>' in html
    assert '<th scope="row">seed</th><td>456</td>' in html
