"""The same bytes everywhere: the outputs from preprocess on, in other environments."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from birds.model import logistic, rounding
from birds.model.logistic import Array
from projects import ROOT, Project, output_digests, stages_run
from unrounded import unrounded_results

MARGIN = 50  # docs/reproducibility.md names it

# All changed at once, because another machine differs in many ways.
ELSEWHERE = {
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Pacific/Chatham",
    "PYTHONHASHSEED": "1",
    "SOURCE_DATE_EPOCH": "1",
    "MPLBACKEND": "svg",
}
# OpenBLAS kernels from the oldest on, each with the processor feature that it needs,
# under NumPy's name.
KERNELS = {
    "Prescott": "SSE3",
    "Nehalem": "SSE42",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "Zen": "AVX2",
    "SkylakeX": "AVX512_SKX",
    "ARMV8": "ASIMD",
    "NEOVERSEN1": "ASIMDDP",
    "NEOVERSEV1": "SVE",
}
NUMPY = import_module("numpy._core._multiarray_umath")
FEATURES = NUMPY.__cpu_features__
SUPPORTED = [kernel for kernel, feature in KERNELS.items() if FEATURES[feature]]
VECTORS = " ".join(name for name in NUMPY.__cpu_dispatch__ if FEATURES[name])
MOST_DIFFERENT = {
    "OPENBLAS_CORETYPE": SUPPORTED[0],  # the oldest kernel
    "OPENBLAS_NUM_THREADS": "1",  # the other run has two
    "NPY_DISABLE_CPU_FEATURES": VECTORS,  # no vector instructions in NumPy
}
ENVIRONMENTS = [
    {
        "OPENBLAS_CORETYPE": kernel,
        "OPENBLAS_NUM_THREADS": threads,
        "NPY_DISABLE_CPU_FEATURES": disabled,
    }
    for kernel, threads, disabled in product(SUPPORTED, ("1", "2"), ("", VECTORS))
]

PYTHONS = sorted({sys.executable} | set(os.environ.get("PYTHONS", "").split()))
OLDEST = "numpy==2.0.0"  # that pyproject.toml allows


def run_elsewhere(project: Project, folder: Path, **environment: str) -> Project:
    """Run the stages from preprocess to report in a copy of a project."""
    copy = project.copy(folder / "ein Ördner — 鳥")
    copy.environment |= ELSEWHERE | environment
    again = "umask 077; dvc repro --force --downstream preprocess"
    output = copy.run("sh", "-c", again).stdout
    stages = "preprocess train evaluate sweep compare plot report"
    assert stages_run(output) == stages.split()
    return copy


def test_the_bytes_are_the_same_in_the_environment_that_differs_most(
    cifar10_project: Project, tmp_path: Path
) -> None:
    elsewhere = run_elsewhere(cifar10_project, tmp_path, **MOST_DIFFERENT)

    assert output_digests(elsewhere) == output_digests(cifar10_project)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda each: " ".join(each.values())
)
def test_the_bytes_are_the_same_with_other_kernels_threads_and_vectors(
    cifar10_project: Project, tmp_path: Path, environment: dict[str, str]
) -> None:
    elsewhere = run_elsewhere(cifar10_project, tmp_path, **environment)

    assert output_digests(elsewhere) == output_digests(cifar10_project)


def has_wheel_of_oldest_numpy(python: str) -> bool:
    is_new = "import sys; sys.exit(sys.version_info >= (3, 13))"
    return subprocess.call([python, "-c", is_new]) == 0


def install(python: str, numpy: str, folder: Path) -> None:
    """Create an environment with the locked packages, but another NumPy, if given."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet"]
    locked = ["--require-hashes", "-r", f"{ROOT}/requirements.lock"]
    subprocess.run(pip + locked, check=True)
    other = ["--upgrade", "--no-deps", "--only-binary=numpy", numpy]
    if numpy:
        subprocess.run(pip + other, check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "numpy", [OLDEST, "numpy", ""], ids=["oldest", "newest", "as locked"]
)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_bytes_are_the_same_with_other_pythons_and_numpys(
    cifar10_project: Project, tmp_path: Path, python: str, numpy: str
) -> None:
    if numpy == OLDEST and not has_wheel_of_oldest_numpy(python):
        pytest.skip(f"{python} has no wheel of {OLDEST}: use Python 3.11 or 3.12")
    venv = tmp_path / "venv"
    install(python, numpy, venv)
    path = f"{venv}/bin:{os.environ['PATH']}"

    elsewhere = run_elsewhere(cifar10_project, tmp_path, PATH=path)

    where = elsewhere.run("python", "-c", "import numpy; print(numpy.__file__)").stdout
    assert where.startswith(f"{venv}/")
    assert output_digests(elsewhere) == output_digests(cifar10_project)


def format_costs(costs: Array) -> list[str]:
    return list(rounding.costs(dict(enumerate(costs))).values())


def format_scores(scores: Array) -> list[str]:
    return rounding.as_text(scores.tolist())


ROUND = {
    "weights": rounding.weights,
    "costs": format_costs,
    "probabilities": rounding.probabilities,
    "scores": format_scores,
    "decisions": logistic.decide,
}


@pytest.fixture(scope="module")
def unrounded(cifar10_project: Project) -> list[dict[str, Array]]:
    """The results in each environment before they are rounded."""
    found = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(cifar10_project.folder)
        for environment in ENVIRONMENTS:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                found.append(process.submit(unrounded_results).result())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROUND)
def test_differences_50_times_as_large_would_change_no_rounded_result(
    unrounded: list[dict[str, Array]], kind: str
) -> None:
    values = np.array([results[kind] for results in unrounded])
    difference = MARGIN * np.ptp(values, axis=0)

    low = ROUND[kind](values[0] - difference)
    high = ROUND[kind](values[0] + difference)

    assert difference.max() > 0, "the environments must differ"
    np.testing.assert_array_equal(low, high)
