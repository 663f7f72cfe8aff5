"""The page's sentences, checked on the published run and on runs with other params.

Each number is computed again here, from the images and the weights of the run.
"""

import contextlib
import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit

from birds import files, paths
from birds.data.cifar10 import CLASSES, TEST_BATCH, train_batches
from birds.model.logistic import Array
from birds.params import Params, read_params
from birds.report import page
from birds.source.batches import read_batch
from page_text import text_of
from projects import ROOT, Project
from stages import compare, evaluate, extract, preprocess, report, split, train

pytestmark = pytest.mark.slow

STAGES = (extract, split, preprocess, train, evaluate, compare, report)

# What differs from the published run
RUNS: dict[str, dict[str, Any]] = {
    "airplane": {"target_class": "airplane"},
    "automobile": {"target_class": "automobile"},
    "bird": {},
    "cat": {"target_class": "cat"},
    "deer": {"target_class": "deer"},
    "dog": {"target_class": "dog"},
    "frog": {"target_class": "frog"},
    "horse": {"target_class": "horse"},
    "ship": {"target_class": "ship"},
    "truck": {"target_class": "truck"},
    "five batches": {"batches": [1, 2, 3, 4, 5]},
    "diverged": {"lr": 1e30, "iterations": 200},
    "one iteration": {"iterations": 1},
    "one test image": {"test_size": 1},
    "synthetic": {"dataset": "synthetic"},
}


@dataclass
class Run:
    """A run, what its page says, and what that is checked against."""

    name: str
    folder: Path
    target: str
    text: str
    images: Array  # the holdout from 0 to 1: rows, columns, channels, images
    y: npt.NDArray[np.uint8]
    w: Array
    b: float

    def probabilities(self, images: Array) -> Array:
        found: Array = expit(np.tensordot(self.w, images, axes=3) + self.b)
        return found

    def predictions(self, images: Array) -> npt.NDArray[np.bool]:
        return self.probabilities(images).astype(np.float32) >= 0.5

    def accuracy(self, images: Array) -> float:
        """Return the percentage of correct predictions."""
        return 100 * float(np.mean(self.predictions(images) == self.y))

    def average_colours(self) -> Array:
        """Return the holdout with each image replaced by its average colour."""
        averages = self.images.mean(axis=(0, 1), keepdims=True)
        return np.broadcast_to(averages, self.images.shape)

    def stated(self, sentence: str) -> float:
        """Return the number that stands at the # of a sentence on the page."""
        pattern = re.escape(sentence).replace(r"\#", r"([\d.]+)")
        (found,) = re.findall(pattern, self.text)
        return float(found)


@pytest.fixture(scope="module", params=RUNS)
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A run on CIFAR-10, or on synthetic data, with its page but without its plots."""
    name = request.param
    changes = RUNS[name]
    target = changes.get("target_class", "bird")
    if not changes:
        project: Project = request.getfixturevalue("cifar10_project")
        return read_run(name, project.folder, target)
    folder = tmp_path_factory.mktemp("run")
    params = dataclasses.replace(read_params(ROOT / "params.yaml"), **changes)
    if name == "synthetic":
        project = request.getfixturevalue("synthetic_project")
        link_batches(folder, project.folder / paths.BATCHES, params)
    else:
        link_batches(folder, request.getfixturevalue("cifar10_folder"), params)
    run_stages(folder, params)
    return read_run(name, folder, target)


def link_batches(folder: Path, batches: Path, params: Params) -> None:
    """Do as the stage download, without a copy."""
    source = "synthetic" if params.dataset == "synthetic" else "cifar10"
    files.write_json(folder / paths.DATASET, {"source": source})
    for name in train_batches(params.batches) + [TEST_BATCH]:
        if not (batches / name).exists():
            pytest.skip(f"needs {name}: set CIFAR10_DIR to a folder with all batches")
        (folder / paths.BATCHES / name).symlink_to(batches / name)


def run_stages(folder: Path, params: Params) -> None:
    """Run the stages that the sentences need."""
    published = (ROOT / paths.PUBLISHED).read_bytes()
    files.write_bytes(folder / paths.PUBLISHED, published)
    files.write_json(folder / paths.SWEEP, {})
    for name in page.CAPTIONS:
        files.write_bytes(folder / paths.PLOTS / f"{name}.png", b"")
    with contextlib.chdir(folder):
        for stage in STAGES:
            stage.main(params)


def read_run(name: str, folder: Path, target: str) -> Run:
    holdout = files.read_npz(folder / paths.COLUMNS_OF["holdout"])
    model = files.read_npz(folder / paths.MODEL)
    return Run(
        name=name,
        folder=folder,
        target=target,
        text=text_of((folder / paths.REPORT).read_text(encoding="utf-8")),
        images=holdout["x"].reshape(32, 32, 3, -1),
        y=holdout["y"][0],
        w=model["w"].astype(float).reshape(32, 32, 3),
        b=float(model["b"]),
    )


TWO_DECIMALS = 0.005  # how far a percentage can be from one rounded to two decimals


def test_the_headline_is_the_accuracy(run: Run) -> None:
    stated = run.stated("The model is correct on # % of the holdout")

    assert stated == pytest.approx(run.accuracy(run.images), abs=TWO_DECIMALS)


def test_the_stated_baseline_of_the_balanced_holdout_is_50_percent(run: Run) -> None:
    assert run.y.mean() == 0.5

    stated = run.stated("the same answer would be correct on at most # %.")

    assert stated == 50


def test_average_colours_reach_the_stated_accuracy(run: Run) -> None:
    stated = run.stated("average colour, the model is correct on # %")

    expected = run.accuracy(run.average_colours())
    assert stated == pytest.approx(expected, abs=TWO_DECIMALS)


def words_about_colour(run: Run) -> str:
    """Return the words for colour's share of the gain over the baseline of 50 %.

    Mostly means more than half of it, and hardly up to a fifth.
    """
    gain = run.accuracy(run.images) - 50
    with_colour_alone = run.accuracy(run.average_colours()) - 50
    # Of 50 %, on 2,000 images ± 2.19 points
    interval = 1.96 * 100 * np.sqrt(0.25 / len(run.y))
    if gain < interval:
        return "Not clearly more than always giving the same answer."
    share = with_colour_alone / gain
    if share > 0.5:
        return "Mostly colour."
    return "Partly colour." if share > 0.2 else "Hardly colour."


def test_the_words_about_colour_fit_the_accuracies(run: Run) -> None:
    words = words_about_colour(run)

    assert f"What it has learned {words} If each image" in run.text


def tolerance(stated: float) -> float:
    """Return how far a percentage can be from the one stated with one decimal.

    The page states 0 % and 100 % only of what is so, in float32.
    """
    return 1e-5 if stated in (0, 100) else 0.0501  # a bit above half a decimal


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        (0, "A plain red image is “TARGET” with a probability of # %"),
        (1, "a green one with # %"),
        (2, "and a blue one with # %"),
    ],
)
def test_a_plain_image_has_the_stated_probability(
    run: Run, channel: int, sentence: str
) -> None:
    plain = np.zeros((32, 32, 3, 1))
    plain[:, :, channel] = 1

    stated = run.stated(sentence.replace("TARGET", run.target))

    (expected,) = 100 * run.probabilities(plain)
    assert stated == pytest.approx(expected, abs=tolerance(stated))


def mirrored(images: Array) -> Array:
    return images[:, ::-1]


def shifted(images: Array) -> Array:
    return np.roll(images, 2, axis=1)  # the last columns become the first


def turned(images: Array) -> Array:
    return images[::-1, ::-1]


def recoloured(images: Array) -> Array:
    return images[:, :, [1, 0, 2]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (mirrored, "mirroring changes # %"),
        (shifted, "shifting by 2 pixels # %"),
        (turned, "turning upside down # %"),
        (recoloured, "and swapping red and green # %"),
    ],
)
def test_rearranging_images_changes_the_stated_share_of_predictions(
    run: Run, change: Any, sentence: str
) -> None:
    changed = run.predictions(change(run.images)) != run.predictions(run.images)

    stated = run.stated(sentence)

    assert stated == pytest.approx(100 * changed.mean(), abs=tolerance(stated))


def test_only_the_cost_of_a_run_that_diverged_is_said_to_have_risen(run: Run) -> None:
    # The cost before the first iteration is ln 2 = 0.693.
    is_warned = "The training cost rose from 0.693 to" in run.text

    assert is_warned == (run.name == "diverged")


def test_the_numbers_of_holdout_images_are_as_stated(run: Run) -> None:
    source = files.read_json(run.folder / paths.DATASET)["source"]
    _, classes = read_batch(run.folder / paths.BATCHES / "test_batch", source)
    n_targets = int((classes == CLASSES.index(run.target)).sum())
    n_others = int((run.y == 0).sum())

    sentence = (
        f"The holdout consists of all {n_targets:,} images of “{run.target}” "
        f"in the test batch, and the first {n_others:,} others."
    )

    assert sentence in run.text
    assert n_targets == run.y.sum()


def test_only_the_published_run_is_said_to_reproduce_the_results(run: Run) -> None:
    is_reproduced = "All published results are reproduced." in run.text

    assert is_reproduced == (RUNS[run.name] == {})


def test_all_changed_params_are_why_the_published_results_do_not_apply(
    run: Run,
) -> None:
    _, _, rest = run.text.partition("do not apply to this run, because ")
    reasons, _, _ = rest.partition(". ")

    stated = re.findall(r"(\w+) is ([^;]*), not", reasons)

    changes = {name: str(value) for name, value in RUNS[run.name].items()}
    assert dict(stated) == changes


def test_only_synthetic_data_are_called_so(run: Run) -> None:
    is_warned = "This run uses synthetic data." in run.text

    assert is_warned == (run.name == "synthetic")


def test_no_number_has_more_than_six_digits_before_the_point(run: Run) -> None:
    without_commas = re.sub(r"(?<=\d),(?=\d{3})", "", run.text)

    assert re.findall(r"(?<![\d.])\d{7,}", without_commas) == []
