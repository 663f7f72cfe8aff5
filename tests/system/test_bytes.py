"""The same bytes everywhere: every output has the digest in dvc.lock on every machine."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files, params, paths
from birds.model import gram_descent, logistic, rounding
from birds.model.logistic import Array
from projects import ROOT, Project, results

SLOW = pytest.mark.slow
MARGIN = 50  # docs/reproducibility.md names it

# All changed at once, because another machine differs in many ways.
ELSEWHERE = {
    **dict.fromkeys(("LC_ALL", "LANG"), "tr_TR.UTF-8"),
    **dict.fromkeys(("PYTHONHASHSEED", "SOURCE_DATE_EPOCH"), "1"),
    "TZ": "Pacific/Chatham",
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
VECTORS = " ".join(
    name for name in NUMPY.__cpu_dispatch__ if NUMPY.__cpu_features__[name]
)
ENVIRONMENTS = [
    {
        "OPENBLAS_CORETYPE": kernel,
        "OPENBLAS_NUM_THREADS": threads,
        "NPY_DISABLE_CPU_FEATURES": disabled,
    }
    for (kernel, feature), threads, disabled in product(
        KERNELS.items(), ("1", "2"), ("", VECTORS)
    )
    if NUMPY.__cpu_features__[feature]
]


def compare(project: Project, folder: Path, **environment: str) -> None:
    """Run the stages from preprocess to report in a copy, and compare dvc.lock and the outputs."""
    copy = project.copy(folder / "ein Ördner — 鳥")
    copy.environment |= ELSEWHERE | environment
    copy.run("sh", "-c", "umask 077; dvc repro --force --downstream preprocess")
    assert results(copy) == results(project)


# Most differs in the second one: the oldest kernel, one thread, no vector instructions in NumPy.
@pytest.mark.parametrize(
    "environment",
    [ENVIRONMENTS[1], *(pytest.param(each, marks=SLOW) for each in ENVIRONMENTS)],
    ids=lambda environment: " ".join(environment.values()),
)
def test_outputs_match_dvc_lock_in_every_environment(
    real_project: Project, tmp_path: Path, environment: dict[str, str]
) -> None:
    compare(real_project, tmp_path, **environment)


@SLOW
@pytest.mark.parametrize(
    "numpy", ["numpy==2.0.0", "numpy", ""], ids=["oldest", "newest", "as locked"]
)
@pytest.mark.parametrize(
    "python", {sys.executable, *os.environ.get("PYTHONS", "").split()}
)
def test_outputs_match_dvc_lock_with_other_pythons_and_numpys(
    real_project: Project, tmp_path: Path, python: str, numpy: str
) -> None:
    subprocess.run([python, "-m", "venv", tmp_path], check=True)
    install = [f"{tmp_path}/bin/python", "-m", "pip", "install", "--quiet"]
    subprocess.run(
        [*install, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True
    )
    if numpy and subprocess.call(
        [*install, "--upgrade", "--no-deps", "--only-binary=numpy", numpy]
    ):
        pytest.skip(
            f"needs a wheel of {numpy}: run `make bytes` with Python 3.11 or 3.12"
        )
    compare(real_project, tmp_path, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")


def train() -> list[Array]:
    """Train like the stages, and return the weights, costs and probabilities before they are rounded."""
    chosen = params.read_params()
    x, y = map(files.read_npy, paths.columns("train"))
    gram, at = gram_descent.Gram(x), range(0, chosen.iterations, logistic.RECORD_EVERY)
    rates = (chosen.lr, *chosen.sweep_lr)
    fits = [
        gram_descent.fit(x, y, lr=lr, iterations=2000, snapshots_at=at, gram=gram)
        for lr in rates
    ]
    weights = [
        np.append(*model)
        for model in [*(fit[:2] for fit in fits), *fits[0].snapshots.values()]
    ]
    costs = [[*fit.costs.values()] for fit in fits]
    w, b = rounding.weights(fits[0].w), rounding.weights(fits[0].b)
    sets = [files.read_npy(paths.columns(name)[0]) for name in paths.SETS]
    probabilities = [logistic.predict_proba(w, b, columns)[0] for columns in sets]
    return [np.concatenate(results) for results in (weights, costs, probabilities)]


@SLOW
def test_no_result_is_near_a_rounding_boundary(
    real_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Differences many times as large as those between the environments would not change a byte either."""
    monkeypatch.chdir(real_project.folder)
    runs = []
    for environment in ENVIRONMENTS:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            runs.append(process.submit(train).result())
    round_costs = np.vectorize(lambda cost: rounding.costs({0: cost})[0])
    rounds: list[Callable[[Array], Any]] = [
        rounding.weights,
        round_costs,
        rounding.probabilities,
    ]
    for rounded, values in zip(
        rounds, map(np.array, zip(*runs, strict=True)), strict=True
    ):
        difference = MARGIN * np.ptp(values, axis=0)
        assert difference.max() > 0, "the environments must differ"
        np.testing.assert_array_equal(
            rounded(values[0] - difference), rounded(values[0] + difference)
        )
