"""The study in one file prints the published results and draws the plots."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from projects import Project

SCRIPT = ("python", "examples/tutorial.py")


@pytest.fixture(scope="module")
def project(
    cifar10_project: Project,
    cifar10_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    copy = cifar10_project.copy(tmp_path_factory.mktemp("tutorial") / "project")
    copy.environment["CIFAR10_DIR"] = str(cifar10_folder)
    return copy


@pytest.fixture(scope="module")
def output(project: Project) -> str:
    """What the script prints on the tutorial's batch."""
    return project.run(*SCRIPT).stdout


def numbers_after(output: str, text: str) -> list[float]:
    return [float(number) for number in re.findall(rf"{text}: (\S+)", output)]


def test_it_prints_the_20_published_costs(output: str, published: Any) -> None:
    costs = numbers_after(output, r"cost at iteration \d+")

    assert len(costs) == 20
    assert costs == pytest.approx(published["training"]["costs"], rel=0, abs=1e-14)


@pytest.mark.parametrize("name", ["train", "test"])
def test_it_prints_the_published_accuracies(
    output: str, published: Any, name: str
) -> None:
    accuracies = numbers_after(output, f"accuracy, {name}")

    assert accuracies == [published["training"][f"{name}_accuracy"]]


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("lr", ["0.01", "0.001", "0.0001"])
def test_it_prints_the_published_accuracies_of_three_learning_rates(
    output: str, published: Any, lr: str, name: str
) -> None:
    accuracies = numbers_after(output, f"accuracy, learning rate {lr}, {name}")

    assert accuracies == [published["sweep"][lr][f"{name}_accuracy"]]


def test_it_prints_the_published_shapes(output: str, published: Any) -> None:
    printed = dict(re.findall(r"([xy]_\w+) (\(.+?\))", output))

    shapes = published["shapes"].items()
    assert printed == {name: str(tuple(shape)) for name, shape in shapes}


@pytest.mark.parametrize(
    "name", ["examples", "cost", "test_example", "learning_rates", "photo"]
)
def test_it_names_and_draws_each_plot(output: str, project: Project, name: str) -> None:
    path = f"plots/tutorial/{name}.png"

    assert f"plot: {path}\n" in output
    with Image.open(project.folder / path) as plot:
        darkest_and_brightest = plot.convert("L").getextrema()
    assert darkest_and_brightest == (0, 255)  # a blank plot has only one grey


def test_a_missing_batch_gives_one_line(synthetic_project: Project) -> None:
    project = Project(synthetic_project.folder, CIFAR10_DIR="/nowhere")

    error = project.run(*SCRIPT, code=1).stderr

    assert error == "error: /nowhere/data_batch_1: No such file or directory\n"


def test_synthetic_batches_give_one_line(synthetic_project: Project) -> None:
    error = synthetic_project.run(*SCRIPT, code=1).stderr

    assert error.startswith("error: data/batches/data_batch_1 is not the cifar10 batch")
    assert error.count("\n") == 1
