"""What all stages share: reading params, reporting errors and warning about synthetic data."""

import gc
import sys
from collections.abc import Callable

from birds import files, paths
from birds.data.cifar10 import TITLES
from birds.errors import UserError
from birds.params import Params, read_params


def run(main: Callable[[Params], None]) -> None:
    """Run a stage with the checked params. A user's mistake ends it with a one-line error and exit code 1."""
    gc.freeze()  # what the imports created stays: without this, the garbage collector takes 0.2 s of drawing the plots
    try:
        main(read_params())
    except UserError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(
            f"error: {error.filename or 'standard output'} cannot be read or written: {error.strerror or error}"
        )


def dataset() -> str:
    """Read which data this run uses: 'cifar10' or 'synthetic'."""
    name: str = files.read_json(paths.DATASET)["dataset"]
    return name


def warn_if_synthetic(dataset: str) -> None:
    """Print a warning if a run uses synthetic data."""
    if dataset == "synthetic":
        print(
            f"warning: THIS RUN USES {TITLES[dataset]}. Its results say nothing about CIFAR-10.\n"
            "         To use CIFAR-10, set CIFAR10_DIR to a folder with its batches or connect to the network,\n"
            "         and run `make repro`.",
            file=sys.stderr,
        )
