"""The same bytes everywhere: every output has the digest in dvc.lock on every machine."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from birds import files, rounding
from projects import ROOT, Project, git

STAGES = ["preprocess", "train", "evaluate", "sweep", "compare", "plot", "report"]
OLDEST_NUMPY = "numpy==2.0.0"
NEWEST_NUMPY = "numpy"
PYTHONS = os.environ.get("PYTHONS", "").split()

# All changed at once, because another machine differs in many ways.
ELSEWHERE = {
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Pacific/Chatham",
    "PYTHONHASHSEED": "123",
    "SOURCE_DATE_EPOCH": "1",
    "MPLBACKEND": "svg",
}
# OpenBLAS kernels by architecture, each with the processor feature that it needs, under NumPy's name.
_X86 = {
    "Prescott": "SSE3",
    "Nehalem": "SSE42",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "Zen": "AVX2",
    "SkylakeX": "AVX512_SKX",
}
_ARM = {"ARMV8": "ASIMD", "NEOVERSEN1": "ASIMDDP", "NEOVERSEV1": "SVE"}
_KERNELS = {"x86_64": _X86, "AMD64": _X86, "aarch64": _ARM, "arm64": _ARM}


def environments() -> Iterator[dict[str, str]]:
    """Yield the variables that select a BLAS kernel and thread count, with NumPy's vector instructions on and off.

    On an unknown architecture, the default kernel is used.
    """
    numpy_core = import_module("numpy._core._multiarray_umath")
    features = numpy_core.__cpu_features__
    dispatched = [name for name in numpy_core.__cpu_dispatch__ if features.get(name)]
    known = _KERNELS.get(platform.machine(), {})
    kernels = [{"OPENBLAS_CORETYPE": kernel} for kernel, feature in known.items() if features.get(feature, True)]
    for kernel in kernels or [{}]:
        for threads in "1", "2":
            for disabled in "", " ".join(dispatched):
                yield {**kernel, "OPENBLAS_NUM_THREADS": threads, "NPY_DISABLE_CPU_FEATURES": disabled}


ENVIRONMENTS = list(environments())
MARGIN = 50  # docs/reproducibility.md names it

Check = Callable[..., None]


def md5(path: Path) -> str:
    """Return an output's digest in dvc.lock. A folder's is the digest of its listing."""
    if path.is_file():
        return hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324  DVC's digest
    files = sorted(file for file in path.rglob("*") if file.is_file())
    listing = json.dumps([{"md5": md5(file), "relpath": file.relative_to(path).as_posix()} for file in files])
    return f"{hashlib.md5(listing.encode()).hexdigest()}.dir"  # noqa: S324


@pytest.fixture
def check(real_project: Project, tmp_path: Path) -> Check:
    """A function that runs the stages in an environment and compares their outputs with dvc.lock."""

    def run(environment: dict[str, str], python: str = sys.executable) -> None:
        folder = tmp_path / "ein Ördner — 鳥"
        shutil.rmtree(folder, ignore_errors=True)
        data = ("data/published.json", "data/raw/dataset.json", "data/extracted", "data/split")
        for name in ("src", "stages", "params.yaml", *data):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (real_project.folder / name).is_dir() else shutil.copyfile
            copy(real_project.folder / name, target)
        for stage in STAGES:
            subprocess.run(
                [python, "-m", f"stages.{stage}"], cwd=folder, env={**os.environ, **ELSEWHERE, **environment},
                umask=0o077, capture_output=True, check=True,
            )  # fmt: skip
        lock = yaml.safe_load(git("show", "HEAD:dvc.lock"))["stages"]
        outs = {out["path"]: out["md5"] for stage in STAGES for out in lock[stage]["outs"]}
        assert {path: md5(folder / path) for path in outs} == outs

    return run


def test_outputs_match_dvc_lock_where_most_differs(check: Check) -> None:
    check(ENVIRONMENTS[1])  # the oldest kernel, one thread, no vector instructions in NumPy


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: " ".join(environment.values()))
def test_outputs_match_dvc_lock_in_every_environment(check: Check, environment: dict[str, str]) -> None:
    check(environment)


@pytest.mark.slow
def test_no_result_is_near_a_rounding_boundary(real_project: Project, tmp_path: Path) -> None:
    """Differences many times as large as those between the environments would not change a byte either."""
    runs = []
    for environment in ENVIRONMENTS:
        subprocess.run(
            [sys.executable, Path(__file__).with_name("float_results.py"), tmp_path / "results.npz"],
            cwd=real_project.folder, env={**os.environ, **environment}, check=True,
        )  # fmt: skip
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


@pytest.mark.slow
@pytest.mark.parametrize("version", [OLDEST_NUMPY, NEWEST_NUMPY])
def test_outputs_match_dvc_lock_with_the_oldest_and_newest_numpy(check: Check, tmp_path: Path, version: str) -> None:
    if version == OLDEST_NUMPY and sys.version_info >= (3, 13):
        pytest.skip("needs a wheel of the oldest NumPy: run `make bytes` with Python 3.11 or 3.12")
    target = str(tmp_path / "numpy")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, version], check=True)
    check({"PYTHONPATH": target})


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_outputs_match_dvc_lock_with_other_pythons(check: Check, tmp_path: Path, python: str) -> None:
    subprocess.run([python, "-m", "venv", str(tmp_path / "venv")], check=True)
    own = str(tmp_path / "venv/bin/python")
    subprocess.run(
        [own, "-m", "pip", "install", "-q", "--require-hashes", "-r", ROOT / "requirements.lock"], check=True
    )
    check({}, own)
    subprocess.run([own, "-m", "pip", "install", "-q", "--upgrade", NEWEST_NUMPY], check=True)
    check({}, own)
