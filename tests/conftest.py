"""What all tests share: a temporary folder, CIFAR-10 if available, the published results, and projects after a run."""

import fcntl
import functools
import json
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from birds.data import cifar10, preprocessing, sampling, synthetic
from birds.model.logistic import Array
from browser import CHROMIUM
from projects import ROOT, NewProject, Project, results

settings.register_profile("birds", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("birds")

for variable in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[variable]  # a git hook sets these; git would use the user's repository in every test
os.environ.pop("MPLBACKEND", None)
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit the variables
    SESSION = tempfile.TemporaryDirectory(prefix="birds-", ignore_cleanup_errors=True)  # removed even after Ctrl-C
    tempfile.tempdir = SESSION.name
    os.environ |= dict.fromkeys(("TMPDIR", "MPLCONFIGDIR"), SESSION.name)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # there is one worker per core

Once = Callable[[str, Callable[[], Project]], Project]


@pytest.fixture(scope="session", autouse=True)
def each_synthetic_batch_is_drawn_once() -> Iterator[None]:
    """Drawing a batch takes a fifth of a second, and many tests use the same two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "batch", functools.cache(synthetic.batch))
        yield


@pytest.fixture(scope="session")
def published() -> Any:
    return json.loads((ROOT / "data/published.json").read_text())


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with CIFAR-10's batches: CIFAR10_DIR, otherwise data/raw/ after `make repro`."""
    for name in os.environ.get("CIFAR10_DIR", ""), "data/raw":
        batches = [ROOT / name / batch for batch in ("data_batch_1", "test_batch")]
        if all(path.is_file() and cifar10.is_batch(path.read_bytes(), path.name, "cifar10") for path in batches):
            return ROOT / name
    pytest.skip("needs CIFAR-10: set CIFAR10_DIR to a folder with its batches, or run `make repro`")


@pytest.fixture(scope="session")
def cifar10_train(real_data: Path) -> tuple[Array, Array]:
    """The tutorial's training set: x (3072, 1900) and y (1, 1900)."""
    images, classes = cifar10.read_batch(real_data / "data_batch_1")
    chosen, labels = sampling.balance(classes, cifar10.CLASSES.index("bird"))
    train, _ = sampling.shuffle_split(len(chosen), test_size=164, seed=0)
    return preprocessing.flatten_and_normalize(images[chosen[train]]), labels[train][None, :].astype(float)


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    """A function that creates a project with the given environment variables."""

    def create(**environment: str) -> Project:
        return Project.create(tmp_path_factory.mktemp("project"), **environment)

    return create


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """A function that runs a project once for all workers, which are separate processes, and returns a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def run(name: str, create: Callable[[], Project]) -> Project:
        created = shared / f"{name}.pickle"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not created.exists():
                created.write_bytes(pickle.dumps(create()))
            project: Project = pickle.loads(created.read_bytes())  # noqa: S301  written above
        return project.copy(tmp_path_factory.mktemp(name) / "project")

    return run


@pytest.fixture(scope="session")
def real_project(once: Once, new_project: NewProject, real_data: Path) -> Project:
    """A project after a run on CIFAR-10. Tests that change it must restore it."""

    def create() -> Project:
        project = new_project(CIFAR10_DIR=str(real_data), OPENBLAS_NUM_THREADS="2")
        project.first_run = project.run("dvc", "repro", "--force")
        return project

    return once("real", create)


@pytest.fixture(scope="session")
def quick_project(once: Once, new_project: NewProject) -> Project:
    """A committed project after a run on synthetic data, with few training images. Tests leave it as it is."""

    def create() -> Project:
        project = new_project()
        project.replace("params.yaml", "dataset: auto", "dataset: synthetic")
        project.replace("params.yaml", "test_size: 164", "test_size: 1664")
        project.commit("quick params")
        started = time.monotonic()
        project.first_run = project.run("dvc", "repro")
        project.seconds = time.monotonic() - started
        project.commit("run")
        return project

    return once("quick", create)


@pytest.fixture(scope="session")
def synthetic_project(quick_project: Project) -> Project:
    """The project after a run on synthetic data."""
    return quick_project


@pytest.fixture(scope="session")
def quick_results(quick_project: Project) -> dict[str, str]:
    """What every run with quick params must produce."""
    return results(quick_project)


@pytest.fixture
def project_copy(quick_project: Project, tmp_path: Path) -> Project:
    """A finished run in its own folder."""
    return quick_project.copy(tmp_path / "project")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: run `apt install chromium-headless-shell`, or install Chrome")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM)
