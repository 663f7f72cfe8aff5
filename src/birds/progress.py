"""Show how far the training is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def shown(iterations: int) -> Iterator[Callable[[int, float], None]]:
    """Give a function for `birds.logistic.fit` to call: a progress bar on a terminal, plain lines otherwise."""
    if not sys.stderr.isatty():
        yield lambda iteration, cost: print(f"iteration {iteration}: cost {cost:.6f}", flush=True)
        return
    from tqdm import tqdm  # here, since only a terminal needs it

    with tqdm(total=iterations, desc="train", unit=" iterations") as bar:

        def show(iteration: int, cost: float) -> None:
            bar.set_postfix_str(f"cost {cost:.6f}", refresh=False)
            bar.update(iteration - bar.n)

        yield show
        bar.update(iterations - bar.n)
