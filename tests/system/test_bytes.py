"""The same bytes everywhere: every output has the digest in dvc.lock on every machine."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds import files, params, paths
from birds.model import gram_descent, logistic, rounding
from projects import ROOT, Project, results

OLDEST_NUMPY, NEWEST_NUMPY = "numpy==2.0.0", "numpy"
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
VECTORS = " ".join(name for name in NUMPY.__cpu_dispatch__ if NUMPY.__cpu_features__[name])
ENVIRONMENTS = [
    {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads, "NPY_DISABLE_CPU_FEATURES": disabled}
    for (kernel, feature), threads, disabled in product(KERNELS.items(), ("1", "2"), ("", VECTORS))
    if NUMPY.__cpu_features__[feature]
]


def compare(project: Project, folder: Path, **environment: str) -> None:
    """Run the stages from preprocess to report in a copy, and compare dvc.lock and the outputs."""
    copy = project.copy(folder / "ein Ördner — 鳥")
    copy.environment |= ELSEWHERE | environment
    copy.run("sh", "-c", "umask 077; dvc repro --force --downstream preprocess")
    assert results(copy) == results(project)


def test_outputs_match_dvc_lock_where_most_differs(real_project: Project, tmp_path: Path) -> None:
    """The oldest kernel, one thread, no vector instructions in NumPy."""
    compare(real_project, tmp_path, **ENVIRONMENTS[1])


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: " ".join(environment.values()))
def test_outputs_match_dvc_lock_in_every_environment(
    real_project: Project, tmp_path: Path, environment: dict[str, str]
) -> None:
    compare(real_project, tmp_path, **environment)


@pytest.mark.slow
@pytest.mark.parametrize("numpy", [OLDEST_NUMPY, NEWEST_NUMPY, None])
@pytest.mark.parametrize("python", {sys.executable, *os.environ.get("PYTHONS", "").split()})
def test_outputs_match_dvc_lock_with_other_pythons_and_numpys(
    real_project: Project, tmp_path: Path, python: str, numpy: str | None
) -> None:
    subprocess.run([python, "-m", "venv", tmp_path], check=True)
    install = [f"{tmp_path}/bin/python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
    if (
        numpy
        and subprocess.run(
            [*install, "--upgrade", "--no-deps", "--only-binary", "numpy", numpy], check=False
        ).returncode
    ):
        pytest.skip(f"needs a wheel of {numpy}: run `make bytes` with Python 3.11 or 3.12")
    compare(real_project, tmp_path, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")


def train(results: str) -> None:
    """Train like the stages, and write the results before they are rounded to an .npz file."""
    chosen = params.read_params()
    x, y = map(files.read_npy, paths.columns("train"))
    gram, at = gram_descent.Gram(x), range(0, chosen.iterations, logistic.RECORD_EVERY)
    rates = (chosen.lr, *chosen.sweep_lr)
    fits = [gram_descent.fit(x, y, lr=lr, iterations=2000, snapshots_at=at, gram=gram) for lr in rates]
    models = [(fit.w, fit.b) for fit in fits] + [*fits[0].snapshots.values()]
    w, b = rounding.weights(fits[0].w), rounding.weights(fits[0].b)
    sets = [files.read_npy(paths.columns(name)[0]) for name in paths.SETS]
    files.write_npz(
        results,
        weights=np.concatenate([np.append(w, b) for w, b in models]),
        costs=np.concatenate([[*fit.costs.values()] for fit in fits]),
        probabilities=np.concatenate([logistic.predict_proba(w, b, columns)[0] for columns in sets]),
    )


@pytest.mark.slow
def test_no_result_is_near_a_rounding_boundary(
    real_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Differences many times as large as those between the environments would not change a byte either."""
    monkeypatch.chdir(real_project.folder)
    runs = []
    for environment in ENVIRONMENTS:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        process = get_context("spawn").Process(target=train, args=(f"{tmp_path}/results.npz",))
        process.start()
        process.join()
        assert process.exitcode == 0
        runs.append(files.read_npz(tmp_path / "results.npz"))
    rounded: dict[str, Callable[[Any], Any]] = {
        "weights": rounding.weights,
        "costs": lambda costs: [*rounding.costs(dict(enumerate(costs))).values()],
        "probabilities": rounding.probabilities,
    }
    for name, rounds in rounded.items():
        values = np.array([run[name] for run in runs])
        difference = MARGIN * np.ptp(values, axis=0)
        assert difference.max() > 0, "the environments must differ"
        np.testing.assert_array_equal(rounds(values[0] - difference), rounds(values[0] + difference), name)
