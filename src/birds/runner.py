"""Run a stage, and warn about synthetic data."""

import sys
from collections.abc import Callable

from birds.data.cifar10 import TITLES
from birds.errors import UserError, one_line
from birds.params import Params, read_params

# How to use CIFAR-10, for each value of the parameter dataset that allows anything else.
ADVICE = {
    "auto": "set CIFAR10_DIR to a folder with its batches or connect to the network",
    "synthetic": "set dataset: auto in params.yaml",
}


def run_stage(main: Callable[[Params], None]) -> None:
    """Run the main function of a stage with the checked params.

    A user's mistake, or a file that cannot be read or written, ends the process with a
    one-line error and exit code 1.
    """
    try:
        main(read_params())
    except (UserError, OSError) as error:
        sys.exit(f"error: {one_line(error)}")


def warn_if_synthetic(source: str, dataset: str | None = None) -> None:
    """Print a warning if the images are synthetic.

    Parameters
    ----------
    source : {'cifar10', 'synthetic'}
        What the images are.
    dataset : str, optional
        The parameter of this name, for advice that fits it.
    """
    if source != "synthetic":
        return
    lines = [
        f"warning: THIS RUN USES {TITLES[source]}.",
        "Its results say nothing about CIFAR-10.",
    ]
    if dataset:
        lines.append(f"To use CIFAR-10, {ADVICE[dataset]},")
        lines.append("then run `make repro`.")
    print("\n         ".join(lines), file=sys.stderr)
