"""What all tests share: CIFAR-10, projects after a run, and the page."""

import fcntl
import hashlib
import json
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from birds import paths
from birds.data import cifar10, preprocessing, sampling
from birds.model.logistic import Array
from birds.source.batches import SHA256, read_batch
from browser import CHROMIUM, opened_offline
from projects import ROOT, Project

# A git hook sets these variables. With them, the tests would use the user's repository.
for name in list(os.environ):
    if name.startswith("GIT_"):
        del os.environ[name]
os.environ.pop("MPLBACKEND", None)

if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit the variables
    # All temporary files lie in one folder, which is removed even after Ctrl-C.
    SESSION = tempfile.TemporaryDirectory(prefix="birds-", ignore_cleanup_errors=True)
    tempfile.tempdir = SESSION.name
    os.environ["TMPDIR"] = SESSION.name
    os.environ["MPLCONFIGDIR"] = SESSION.name
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # there is one worker per core


@pytest.fixture(scope="session")
def published() -> Any:
    return json.loads((ROOT / "data/published.json").read_text())


@pytest.fixture(scope="session")
def cifar10_folder() -> Path:
    """The folder with CIFAR-10's batches: CIFAR10_DIR, or data/batches/ after a run."""
    for folder in ROOT / os.environ.get("CIFAR10_DIR", ""), ROOT / paths.BATCHES:
        if is_official(folder / "data_batch_1") and is_official(folder / "test_batch"):
            return folder
    pytest.skip("needs CIFAR-10: set CIFAR10_DIR to a folder with its batches")


def is_official(path: Path) -> bool:
    if not path.is_file():
        return False
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest == SHA256["cifar10"][path.name]


@pytest.fixture(scope="session")
def cifar10_train(cifar10_folder: Path) -> tuple[Array, Array]:
    """The tutorial's training set: x (3072, 1900) and y (1, 1900)."""
    images, classes = read_batch(cifar10_folder / "data_batch_1", "cifar10")
    chosen, labels = sampling.balance(classes, cifar10.CLASSES.index("bird"))
    train, _ = sampling.shuffle_split(len(chosen), test_size=164, seed=0)
    x = preprocessing.flatten_and_normalize(images[chosen[train]])
    y = labels[train][None, :].astype(float)
    return x, y


def once(name: str, run: Callable[[Project], None], **environment: str) -> Project:
    """Create and run a project once for all workers, and return a copy of it.

    The workers are separate processes. The first one runs the project, and the others
    wait until it has.
    """
    folder = Path(tempfile.gettempdir(), name)  # the same for all workers
    finished = folder.with_suffix(".pickle")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            created = Project.create(folder, **environment)
            run(created)
            finished.write_bytes(pickle.dumps(created))
    project: Project = pickle.loads(finished.read_bytes())  # noqa: S301  written above
    return project.copy(Path(tempfile.mkdtemp(prefix=name), "project"))


@pytest.fixture(scope="session")
def cifar10_project(cifar10_folder: Path) -> Project:
    """A project after a run on CIFAR-10. Tests leave it as it is."""

    def run(project: Project) -> None:
        project.first_run = project.run("dvc", "repro", "--force")

    return once(
        "cifar10", run, CIFAR10_DIR=str(cifar10_folder), OPENBLAS_NUM_THREADS="2"
    )


@pytest.fixture(scope="session")
def synthetic_project() -> Project:
    """A project after a run on synthetic data, committed. Tests leave it as it is."""

    def run(project: Project) -> None:
        project.replace("params.yaml", "dataset: auto", "dataset: synthetic")
        project.replace("params.yaml", "test_size: 164", "test_size: 1664")
        project.commit("params")
        started = time.monotonic()
        project.first_run = project.run("dvc", "repro")
        project.seconds = time.monotonic() - started
        project.commit("run")

    return once("synthetic", run)


@pytest.fixture
def project_copy(synthetic_project: Project, tmp_path: Path) -> Project:
    """A finished run on synthetic data, which a test may change."""
    return synthetic_project.copy(tmp_path / "project")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip(
            "needs Chromium: run `apt install chromium-headless-shell`, "
            "or install Chrome"
        )
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM)


@pytest.fixture(scope="session")
def report(synthetic_project: Project) -> Path:
    """The page of the run on synthetic data."""
    return synthetic_project.folder / paths.REPORT


@pytest.fixture(scope="module")
def tab(browser: Browser, report: Path) -> Iterator[Page]:
    """A tab with the report. At the end, the console must contain no error."""
    with opened_offline(browser, report) as page:
        yield page


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The report, loaded anew."""
    tab.goto(tab.url)
    size = tab.viewport_size
    yield tab
    tab.emulate_media(media="null", reduced_motion="null", forced_colors="null")
    if size:
        tab.set_viewport_size(size)
