"""Run a stage, and warn about synthetic data."""

import sys
from collections.abc import Callable

from birds.data.cifar10 import TITLES
from birds.errors import UserError, one_line
from birds.params import Params, read_params


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
        The parameter of this name. If given, say how to use CIFAR-10.
    """
    if source != "synthetic":
        return
    lines = [
        f"warning: THIS RUN USES {TITLES[source]}.",
        "Its results say nothing about CIFAR-10.",
    ]
    if dataset == "synthetic":
        lines.append("To use CIFAR-10, set dataset: auto in params.yaml,")
        lines.append("and run `make repro`.")
    elif dataset:
        lines.append("To use CIFAR-10, set CIFAR10_DIR to a folder with its batches")
        lines.append("or connect to the network, and run `make repro`.")
    print("\n         ".join(lines), file=sys.stderr)
