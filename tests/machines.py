"""Environments that select other code paths for the same computation, as other machines do."""

import platform
from collections.abc import Iterator
from importlib import import_module

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
