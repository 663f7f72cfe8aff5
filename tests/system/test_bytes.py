"""The same bytes everywhere: every output from preprocess on is that in dvc.lock."""

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
from projects import ROOT, STAGES, Project, results, stages_run
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
# OpenBLAS kernels, each with the processor feature that it needs, under NumPy's name.
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
VECTORS = " ".join(name for name in NUMPY.__cpu_dispatch__ if FEATURES[name])
ENVIRONMENTS = [
    {
        "OPENBLAS_CORETYPE": kernel,
        "OPENBLAS_NUM_THREADS": threads,
        "NPY_DISABLE_CPU_FEATURES": disabled,
    }
    for kernel, threads, disabled in product(KERNELS, ("1", "2"), ("", VECTORS))
    if FEATURES[KERNELS[kernel]]
]
# The oldest kernel, one thread, and no vector instructions in NumPy
MOST_DIFFERENT = ENVIRONMENTS[1]


def run_elsewhere(project: Project, folder: Path, **environment: str) -> Project:
    """Run the stages from preprocess to report in a copy of a project."""
    copy = project.copy(folder / "ein Ördner — 鳥")
    copy.environment |= ELSEWHERE | environment
    again = "umask 077; dvc repro --force --downstream preprocess"
    output = copy.run("sh", "-c", again).stdout
    assert stages_run(output) == list(STAGES)[3:]
    return copy


def test_the_bytes_are_the_same_where_most_differs(
    real_project: Project, tmp_path: Path
) -> None:
    elsewhere = run_elsewhere(real_project, tmp_path, **MOST_DIFFERENT)

    assert results(elsewhere) == results(real_project)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda each: " ".join(each.values())
)
def test_the_bytes_are_the_same_in_every_environment(
    real_project: Project, tmp_path: Path, environment: dict[str, str]
) -> None:
    elsewhere = run_elsewhere(real_project, tmp_path, **environment)

    assert results(elsewhere) == results(real_project)


@pytest.mark.slow
@pytest.mark.parametrize(
    "numpy", ["numpy==2.0.0", "numpy", ""], ids=["oldest", "newest", "as locked"]
)
@pytest.mark.parametrize(
    "python", {sys.executable, *os.environ.get("PYTHONS", "").split()}
)
def test_the_bytes_are_the_same_with_other_pythons_and_numpys(
    real_project: Project, tmp_path: Path, python: str, numpy: str
) -> None:
    subprocess.run([python, "-m", "venv", tmp_path], check=True)
    pip = [f"{tmp_path}/bin/python", "-m", "pip", "install", "--quiet"]
    locked = ["--require-hashes", "-r", f"{ROOT}/requirements.lock"]
    subprocess.run(pip + locked, check=True)
    other = ["--upgrade", "--no-deps", "--only-binary=numpy", numpy]
    if numpy and subprocess.call(pip + other):
        pytest.skip(f"needs a wheel of {numpy}: use Python 3.11 or 3.12")
    path = f"{tmp_path}/bin:{os.environ['PATH']}"

    elsewhere = run_elsewhere(real_project, tmp_path, PATH=path)

    assert results(elsewhere) == results(real_project)


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
def runs(real_project: Project) -> list[dict[str, Array]]:
    """The results in each environment before they are rounded."""
    runs = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(real_project.folder)
        for environment in ENVIRONMENTS:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                runs.append(process.submit(unrounded_results).result())
    return runs


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROUND)
def test_no_result_is_near_a_rounding_boundary(
    runs: list[dict[str, Array]], kind: str
) -> None:
    """Differences many times as large would not change a byte either."""
    values = np.array([run[kind] for run in runs])
    difference = MARGIN * np.ptp(values, axis=0)

    low = ROUND[kind](values[0] - difference)
    high = ROUND[kind](values[0] + difference)

    assert difference.max() > 0, "the environments must differ"
    np.testing.assert_array_equal(low, high)
