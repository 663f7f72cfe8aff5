"""Show the progress of training."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def shown(iterations: int) -> Iterator[Callable[[int, float], None]]:
    """Yield a function for `fit` to call: it draws a progress bar on a terminal and prints plain lines elsewhere."""
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
