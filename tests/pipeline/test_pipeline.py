"""A run on CIFAR-10 against the published results, and one on synthetic data."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from birds import files, paths
from projects import CLASSIFY, STAGES, Project, stages_run

Columns = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="module")
def columns(real_project: Project) -> Columns:
    """x and y of each set of the run on CIFAR-10, named like x_train."""
    arrays = {}
    for name, path in paths.COLUMNS_OF.items():
        for key, array in files.read_npz(real_project.folder / path).items():
            arrays[f"{key}_{name}"] = array
    return arrays


def test_a_run_executes_each_stage_once_in_order(real_project: Project) -> None:
    assert stages_run(real_project.first_run.stdout) == list(STAGES)


def test_a_run_leaves_every_committed_byte_as_it_is(real_project: Project) -> None:
    assert real_project.run("git", "status", "--porcelain").stdout == ""


def test_a_second_run_has_nothing_to_do(real_project: Project) -> None:
    output = real_project.run("dvc", "repro").stdout

    assert "Data and pipelines are up to date." in output


def test_a_run_reproduces_the_20_published_costs(
    real_project: Project, published: Any
) -> None:
    rows = files.read_csv(real_project.folder / paths.COSTS)

    costs = [float(cost) for _, cost in rows]

    assert costs == pytest.approx(published["training"]["costs"], rel=0, abs=1e-12)


def test_a_run_reproduces_the_published_accuracies(
    real_project: Project, published: Any
) -> None:
    accuracy = real_project.json(paths.ACCURACY)

    assert accuracy["train"] == published["training"]["train_accuracy"]
    assert accuracy["test"] == published["training"]["test_accuracy"]


@pytest.mark.parametrize("lr", ["0.01", "0.001", "0.0001"])
def test_a_run_reproduces_the_published_sweep(
    real_project: Project, published: Any, lr: str
) -> None:
    accuracy = real_project.json(paths.SWEEP)[lr]

    assert accuracy["train"] == published["sweep"][lr]["train_accuracy"]
    assert accuracy["test"] == published["sweep"][lr]["test_accuracy"]


def test_a_run_says_that_everything_is_reproduced(real_project: Project) -> None:
    assert real_project.json(paths.COMPARISON)["reproduced"] is True
    assert "All published results are reproduced." in real_project.first_run.stdout


def test_the_columns_have_the_published_shapes(
    columns: Columns, published: Any
) -> None:
    shapes = {name: list(columns[name].shape) for name in published["shapes"]}

    assert shapes == published["shapes"]


def test_the_example_images_have_the_published_labels(
    columns: Columns, published: Any
) -> None:
    for column, label in published["example_labels"].items():
        assert columns["y_train"][0, int(column)] == label


def test_the_test_image_has_the_published_label_and_prediction(
    real_project: Project, columns: Columns, published: Any
) -> None:
    example = published["test_example"]
    probabilities = files.read_npz(real_project.folder / paths.PROBABILITIES)["test"]

    assert columns["y_test"][0, example["index"]] == example["true"]
    assert (probabilities[example["index"]] >= 0.5) == example["predicted"]


def test_half_of_the_holdout_is_of_the_target_class(columns: Columns) -> None:
    assert np.bincount(columns["y_holdout"][0]).tolist() == [1000, 1000]


def test_no_holdout_image_is_a_copy_of_a_training_image(columns: Columns) -> None:
    x = np.hstack([columns["x_holdout"], columns["x_train"]])

    correlations = np.corrcoef(x, rowvar=False)[:2000, 2000:]
    highest = np.sort(correlations.max(axis=1))[:-9:-1]

    documented = [0.968, 0.966, 0.927, 0.922, 0.914, 0.911, 0.891, 0.890]
    assert highest == pytest.approx(documented, abs=5e-4)


def test_a_run_on_synthetic_data_warns_after_the_download_and_at_the_end(
    quick_project: Project,
) -> None:
    errors = quick_project.first_run.stderr

    assert errors.count("USES SYNTHETIC DATA, NOT CIFAR-10") == 2
    assert errors.rstrip().endswith("and run `make repro`.")


@pytest.mark.parametrize("path", [paths.DATASET, paths.ACCURACY, paths.SWEEP])
def test_a_run_on_synthetic_data_says_so_in_its_files(
    quick_project: Project, path: str
) -> None:
    assert quick_project.json(path)["source"] == "synthetic"


def test_the_tutorials_photo_is_a_bird(real_project: Project, real_data: Path) -> None:
    eagle = real_data.parent / "eagle.jpeg"
    if not eagle.exists():
        pytest.skip("needs the tutorial's eagle.jpeg next to the folder in CIFAR10_DIR")

    done = real_project.run("birds", "classify", eagle)

    assert done.stdout == f"bird     0.6008  {eagle}\n"


def test_a_notebooks_backend_does_not_matter(
    quick_project: Project, tmp_path: Path
) -> None:
    not_installed = "module://matplotlib_inline.backend_inline"
    project = Project(quick_project.folder, MPLBACKEND=not_installed)
    plot = tmp_path / "plot.png"

    project.run("python", "-m", "stages.plot")
    project.run("birds", "classify", "--plot", plot, "docs/page.png")

    assert plot.exists()


def test_a_matplotlibrc_that_is_not_utf8_is_named_without_a_traceback(
    quick_project: Project, tmp_path: Path
) -> None:
    settings = tmp_path / "matplotlibrc"
    settings.write_text("# größe", encoding="latin-1")
    project = Project(quick_project.folder, MATPLOTLIBRC=str(settings))
    photo = ["docs/page.png", "--plot", "plot.png"]

    stage = project.run("python", "-m", "stages.plot", code=1)
    command = project.run("birds", "classify", *photo, code=2)

    for done in stage, command:
        name, error = done.stderr.splitlines()[-2:]
        assert str(settings) in name
        assert error.startswith("error: matplotlib's settings, the file above, must be")
        assert "Traceback" not in done.stderr


def test_classify_imports_no_package_that_only_the_pipeline_uses(
    quick_project: Project,
) -> None:
    command = ["python", "-X", "importtime", *CLASSIFY[1:], "docs/page.png"]

    imported = set()
    for line in quick_project.run(*command).stderr.splitlines():
        module = line.rpartition("|")[2].strip()
        imported.add(module.split(".")[0])

    unused = {"dvc", "jinja2", "matplotlib", "pooch", "requests", "tqdm", "yaml"}
    assert imported >= {"numpy", "skimage", "PIL"}  # the output was understood
    assert imported & unused == set()
