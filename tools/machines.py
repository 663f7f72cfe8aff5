"""Environments in which the same computation takes other paths through the processor: what other machines would do."""

import platform
from collections.abc import Iterator
from importlib import import_module

# Each kernel of OpenBLAS with the features of NumPy's list that it needs, so that one too new for this machine is left
# out.
_KERNELS = {
    "Prescott": "SSE3",
    "Nehalem": "SSE42",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "Zen": "AVX2",
    "SkylakeX": "AVX512_SKX",
}


def environments() -> Iterator[dict[str, str]]:
    """Yield the variables that choose each BLAS kernel, thread count and NumPy's vector instructions on and off."""
    if platform.machine() not in ("x86_64", "AMD64"):
        raise RuntimeError(f"the kernels are those of x86-64, and this machine is {platform.machine()}")
    numpy_core = import_module("numpy._core._multiarray_umath")
    features = numpy_core.__cpu_features__
    dispatched = [name for name in numpy_core.__cpu_dispatch__ if features.get(name)]
    for kernel, feature in _KERNELS.items():
        for threads in "1", "2":
            for disabled in "", " ".join(dispatched):
                if features.get(feature, True):
                    yield {
                        "OPENBLAS_CORETYPE": kernel,
                        "OPENBLAS_NUM_THREADS": threads,
                        "NPY_DISABLE_CPU_FEATURES": disabled,
                    }
