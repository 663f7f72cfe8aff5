"""A run on CIFAR-10 against the published results, and a quick run on synthetic data."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files, paths
from projects import CLASSIFY, ROOT, STAGES, Project, stages_run


def test_a_run_reproduces_the_committed_and_the_published_results(
    real_project: Project, published: Any
) -> None:
    assert stages_run(real_project.first_run.stdout) == [*STAGES]
    assert real_project.run("git", "status", "--porcelain").stdout == ""
    assert (
        "Data and pipelines are up to date." in real_project.run("dvc", "repro").stdout
    )
    costs = [
        float(cost) for _, cost in files.read_csv(real_project.folder / paths.COSTS)
    ]
    assert costs == pytest.approx(published["training"]["costs"], rel=0, abs=1e-12)
    found = {
        "0.005": real_project.json(paths.ACCURACY),
        **real_project.json(paths.SWEEP),
    }
    for lr, expected in {"0.005": published["training"], **published["sweep"]}.items():
        assert [found[lr]["train"], found[lr]["test"]] == [
            expected["train_accuracy"],
            expected["test_accuracy"],
        ]
    assert real_project.json(paths.COMPARISON)["reproduced"]


def test_the_data_match_the_published_shapes_and_labels(
    real_project: Project, published: Any
) -> None:
    arrays = {
        path.stem: np.load(path)
        for path in (real_project.folder / "data/preprocessed").glob("*.npy")
    }
    assert {name: [*arrays[name].shape] for name in published["shapes"]} == published[
        "shapes"
    ]
    examples, example = published["example_labels"], published["test_example"]
    assert {
        column: arrays["y_train"][0, int(column)] for column in examples
    } == examples
    assert arrays["y_test"][0, example["index"]] == example["true"]
    probability = files.read_npz(real_project.folder / paths.PROBABILITIES)["test"][
        example["index"]
    ]
    assert (probability >= 0.5) == example["predicted"]
    assert np.bincount(arrays["y_holdout"][0]).tolist() == [1000, 1000]


def test_the_documented_correlations_of_the_nearest_images_are_correct(
    real_project: Project,
) -> None:
    x = [
        files.read_npy(real_project.folder / paths.columns(name)[0])
        for name in ("holdout", "train")
    ]
    correlations = np.corrcoef(np.hstack(x), rowvar=False)[:2000, 2000:].max(axis=1)
    text = (ROOT / "docs/reproducibility.md").read_text(encoding="utf-8")
    documented = re.findall(
        r"\d\.\d+", text.split("highest correlations are ")[1].split("No holdout")[0]
    )
    assert documented == [f"{value:.3f}" for value in np.sort(correlations)[:-9:-1]]


def test_a_run_on_synthetic_data_says_so(quick_project: Project) -> None:
    errors = quick_project.first_run.stderr
    assert errors.count("USES SYNTHETIC DATA, NOT CIFAR-10") == 2, (
        "after the download and at the end"
    )
    assert errors.rstrip().endswith("and run `make repro`.")
    accuracy, sweep = (
        quick_project.json(paths.ACCURACY),
        quick_project.json(paths.SWEEP),
    )
    assert accuracy["source"] == sweep["source"] == "synthetic"
    assert 60 < accuracy["train"] <= 100


def test_the_tutorials_photo_is_a_bird(real_project: Project, real_data: Path) -> None:
    eagle = real_data.parent / "eagle.jpeg"
    if not eagle.exists():
        pytest.skip("needs the tutorial's eagle.jpeg next to the folder in CIFAR10_DIR")

    done = real_project.run("birds", "classify", eagle)

    assert done.stdout == f"bird     0.6008  {eagle}\n"


@pytest.mark.parametrize(
    "backend", ["module://matplotlib_inline.backend_inline", "no such backend"]
)
def test_a_notebooks_backend_does_not_matter(
    quick_project: Project, tmp_path: Path, backend: str
) -> None:
    project = Project(quick_project.folder, MPLBACKEND=backend)
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


def test_classify_imports_only_what_it_uses(quick_project: Project) -> None:
    command = ["python", "-X", "importtime", *CLASSIFY[1:], "docs/page.png"]

    imported = set()
    for line in quick_project.run(*command).stderr.splitlines():
        module = line.rpartition("|")[2].strip()
        imported.add(module.split(".")[0])

    assert imported > {"numpy", "skimage", "PIL"}
    assert imported.isdisjoint({"dvc", "jinja2", "matplotlib", "requests", "yaml"})
