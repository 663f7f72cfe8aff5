"""Environments in which the same computation takes other paths through the processor, as on other machines."""

import platform
from collections.abc import Iterator
from importlib import import_module

# Each kernel of OpenBLAS with the processor feature that it needs, in NumPy's terms; those too new for this machine are
# left out.
_KERNELS = {
    "Prescott": "SSE3",
    "Nehalem": "SSE42",
    "Sandybridge": "AVX",
    "Haswell": "AVX2",
    "Zen": "AVX2",
    "SkylakeX": "AVX512_SKX",
}


def environments() -> Iterator[dict[str, str]]:
    """Yield the variables that select a BLAS kernel and thread count, with NumPy's vector instructions on and off."""
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
