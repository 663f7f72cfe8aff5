"""What every stage script shares: its params, its errors and the word about the stand-in."""

import gc
import sys
from collections.abc import Callable

from birds import files
from birds.errors import UserError
from birds.params import Params, read_params

DATASET_FILE = "data/raw/dataset.json"


def run(main: Callable[[Params], None]) -> None:
    """Run a stage with the checked params; a user's mistake ends it with one line and exit code 1."""
    gc.freeze()  # what is imported stays; walking through it again takes a tenth of the plot stage
    try:
        main(read_params())
    except UserError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'} cannot be read or written: {error.strerror or error}")


def dataset() -> str:
    """Read which data this run is on: 'cifar10' or 'synthetic'."""
    name: str = files.read_json(DATASET_FILE)["dataset"]
    return name


def warn_of_stand_in(dataset: str) -> None:
    """Say that a run is on the stand-in, if it is."""
    if dataset == "synthetic":
        print(
            "warning: THIS RUN IS ON THE SYNTHETIC STAND-IN, NOT ON CIFAR-10; its figures say nothing about CIFAR-10.\n"
            "         For the real data, set CIFAR10_DIR to a folder that holds data_batch_1 or connect to the\n"
            "         network, and run `dvc repro --force download`, then `dvc repro`.",
            file=sys.stderr,
        )
