"""A run on CIFAR-10 against the published results, and one on synthetic data."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from birds import files, paths
from projects import ROOT, STAGES, Project, stages_run

Columns = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="module")
def columns(cifar10_project: Project) -> Columns:
    """x and y of each set of the run on CIFAR-10, named like x_train."""
    arrays = {}
    for name, path in paths.COLUMNS_OF.items():
        for key, array in files.read_npz(cifar10_project.folder / path).items():
            arrays[f"{key}_{name}"] = array
    return arrays


def test_a_run_executes_each_stage_once_in_order(cifar10_project: Project) -> None:
    assert stages_run(cifar10_project.first_run.stdout) == list(STAGES)


def test_a_run_leaves_every_committed_byte_as_it_is(cifar10_project: Project) -> None:
    assert cifar10_project.run("git", "status", "--porcelain").stdout == ""


def test_a_second_run_has_nothing_to_do(cifar10_project: Project) -> None:
    output = cifar10_project.run("dvc", "repro").stdout

    assert "Data and pipelines are up to date." in output


def test_a_run_reproduces_the_20_published_costs(
    cifar10_project: Project, published: Any
) -> None:
    rows = files.read_csv(cifar10_project.folder / paths.COSTS)

    costs = [float(cost) for _, cost in rows]

    assert len(costs) == 20
    # A run writes 12 decimals.
    assert costs == pytest.approx(published["training"]["costs"], rel=0, abs=1e-12)


def test_a_run_reproduces_the_published_accuracies(
    cifar10_project: Project, published: Any
) -> None:
    accuracy = cifar10_project.json(paths.ACCURACY)

    assert accuracy["train"] == published["training"]["train_accuracy"]
    assert accuracy["test"] == published["training"]["test_accuracy"]


@pytest.mark.parametrize("lr", ["0.01", "0.001", "0.0001"])
def test_a_run_reproduces_the_published_sweep(
    cifar10_project: Project, published: Any, lr: str
) -> None:
    accuracy = cifar10_project.json(paths.SWEEP)[lr]

    assert accuracy["train"] == published["sweep"][lr]["train_accuracy"]
    assert accuracy["test"] == published["sweep"][lr]["test_accuracy"]


def test_a_run_says_that_everything_is_reproduced(cifar10_project: Project) -> None:
    assert cifar10_project.json(paths.COMPARISON)["reproduced"] is True
    assert "All published results are reproduced." in cifar10_project.first_run.stdout


def test_the_columns_have_the_published_shapes(
    columns: Columns, published: Any
) -> None:
    names = ["x_train", "y_train", "x_test", "y_test"]

    shapes = {name: list(columns[name].shape) for name in names}

    assert shapes == published["shapes"]


def test_the_example_images_have_the_published_labels(
    columns: Columns, published: Any
) -> None:
    examples = ["0", "20", "300", "1000", "1500"]

    labels = {name: columns["y_train"][0, int(name)] for name in examples}

    assert labels == published["example_labels"]


def test_the_tutorials_test_example_has_its_published_label_and_prediction(
    cifar10_project: Project, columns: Columns, published: Any
) -> None:
    example = published["test_example"]
    probabilities = files.read_npz(cifar10_project.folder / paths.PROBABILITIES)["test"]

    assert columns["y_test"][0, example["index"]] == example["true"]
    assert (probabilities[example["index"]] >= 0.5) == example["predicted"]


def test_half_of_the_holdout_is_of_the_target_class(columns: Columns) -> None:
    assert np.bincount(columns["y_holdout"][0]).tolist() == [1000, 1000]


def test_holdout_and_training_images_correlate_as_documented(columns: Columns) -> None:
    """Each holdout image counts once, with the training image that is most like it.

    A copy would have the correlation 1. The holdout has 2,000 images.
    """
    text = (ROOT / "docs/reproducibility.md").read_text()
    documented = re.search(r"The highest correlations are ([\d., and\n]+)\. No", text)
    assert documented
    x = np.hstack([columns["x_holdout"], columns["x_train"]])

    of_pairs = np.corrcoef(x, rowvar=False)[:2000, 2000:]
    highest_first = np.sort(of_pairs.max(axis=1))[::-1]

    found = [f"{correlation:.3f}" for correlation in highest_first[:8]]
    assert re.findall(r"0\.\d+", documented[1]) == found


def test_a_run_on_synthetic_data_warns_twice_and_ends_with_a_warning(
    synthetic_project: Project,
) -> None:
    errors = synthetic_project.first_run.stderr

    assert errors.count("warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10.") == 2
    assert errors.endswith("and run `make repro`.\n")  # the warning's last line


@pytest.mark.parametrize("path", [paths.DATASET, paths.ACCURACY, paths.SWEEP])
def test_a_run_on_synthetic_data_says_so_in_its_files(
    synthetic_project: Project, path: str
) -> None:
    assert synthetic_project.json(path)["source"] == "synthetic"


def test_the_tutorials_photo_is_a_bird_after_resizing_with_anti_aliasing(
    cifar10_project: Project, cifar10_folder: Path
) -> None:
    eagle = cifar10_folder.parent / "eagle.jpeg"
    if not eagle.exists():
        pytest.skip("needs the tutorial's eagle.jpeg next to the folder in CIFAR10_DIR")

    done = cifar10_project.run("birds", "classify", eagle)

    # Measured outside this project. Without anti-aliasing, it would be 0.6076.
    assert done.stdout == f"bird     0.6008  {eagle}\n"


@pytest.mark.parametrize(
    ("command", "plot"),
    [
        (["python", "-m", "stages.plot"], "plots/images/cost.png"),
        (["birds", "classify", "--plot", "photo.png", "docs/page.png"], "photo.png"),
    ],
    ids=["stage", "classify"],
)
def test_a_notebooks_backend_does_not_prevent_a_plot(
    project_copy: Project, command: list[str], plot: str
) -> None:
    """A notebook's commands inherit its backend, and may lack the package of it."""
    project_copy.environment["MPLBACKEND"] = "not_installed"
    path = project_copy.folder / plot
    path.unlink(missing_ok=True)

    project_copy.run(*command)

    assert path.exists()


# A stage that fails has the exit code 1, as DVC's commands, and classify 2.
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["python", "-m", "stages.plot"], 1),
        (["birds", "classify", "--plot", "plot.png", "docs/page.png"], 2),
    ],
    ids=["stage", "classify"],
)
def test_a_matplotlibrc_that_is_not_utf8_is_named_without_a_traceback(
    synthetic_project: Project, tmp_path: Path, command: list[str], code: int
) -> None:
    settings = tmp_path / "matplotlibrc"
    settings.write_text("# größe", encoding="latin-1")
    project = Project(synthetic_project.folder, MATPLOTLIBRC=str(settings))

    errors = project.run(*command, code=code).stderr

    name, error = errors.splitlines()[-2:]
    assert str(settings) in name
    text = "matplotlib's settings, the file above, must be UTF-8: convert them"
    assert error == f"error: {text}"
    assert "Traceback" not in errors


def test_classify_without_a_plot_imports_no_package_that_only_stages_need(
    synthetic_project: Project,
) -> None:
    options = ["-X", "importtime"]  # prints each import to stderr
    command = ["python", *options, "-m", "birds", "classify", "docs/page.png"]

    imported = set()
    for line in synthetic_project.run(*command).stderr.splitlines():
        module = line.rpartition("|")[2].strip()
        imported.add(module.split(".")[0])

    of_stages = {"dvc", "jinja2", "matplotlib", "pooch", "requests", "tqdm", "yaml"}
    assert imported >= {"numpy", "skimage", "PIL"}  # the output was understood
    assert imported & of_stages == set()
