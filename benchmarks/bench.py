"""Time the training and the pipeline against alternatives, in turn, and print medians and their ratios.

Run by ``make bench``. Needs CIFAR-10. PyTorch and JAX are timed if they are installed.
"""

import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from birds import files, params, paths
from birds.data import cifar10, download, preprocessing, sampling
from birds.model import gram_descent, logistic
from birds.model.logistic import Array

ROOT = Path(__file__).parent.parent
RUNS = 3
SETTLE_SECONDS = 0.2  # until the threads of the previous call stop spinning
DEFAULTS = params.read_params(ROOT / "params.yaml")
ITERATIONS = DEFAULTS.iterations

Costs = Sequence[float]
Training = Callable[..., Costs]  # from x, y and the learning rates


def textbook(x: Array, y: Array, *lrs: float) -> Costs:
    """Train once for each learning rate with the textbook loop."""
    fits = [logistic.fit(x, y, lr=lr, iterations=ITERATIONS) for lr in lrs]
    return [cost for fit in fits for cost in fit.costs.values()]


def ours(x: Array, y: Array, *lrs: float) -> Costs:
    """Train once for each learning rate, like the stages `train` and `sweep`."""
    gram = gram_descent.Gram(x)
    fits = [
        gram_descent.fit(x, y, lr=lr, iterations=ITERATIONS, gram=gram) for lr in lrs
    ]
    return [cost for fit in fits for cost in fit.costs.values()]


def pytorch(x: Array, y: Array, lr: float) -> Costs:
    """Train with PyTorch: float64, SGD on the full batch."""
    import torch

    images, labels = (
        torch.from_numpy(np.ascontiguousarray(x.T)),
        torch.from_numpy(y.T.copy()),
    )
    w, b = (
        torch.zeros(size, 1, dtype=torch.float64, requires_grad=True)
        for size in (len(x), 1)
    )
    optimizer = torch.optim.SGD([w, b], lr=lr)
    recorded = []
    for i in range(ITERATIONS):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            images @ w + b, labels
        )
        if i % logistic.RECORD_EVERY == 0:
            recorded.append(loss.item())
        loss.backward()
        optimizer.step()
    return recorded


def jax(x: Array, y: Array, lr: float) -> Costs:
    """Train with JAX: float64, compiled, one scan over the iterations."""
    import jax as library

    library.config.update("jax_enable_x64", True)
    jnp = library.numpy
    images, labels = jnp.asarray(x.T), jnp.asarray(y[0])

    def cost(model: Any) -> Any:
        z = images @ model[0] + model[1]
        return jnp.mean(jnp.logaddexp(0, z) - labels * z)

    def step(model: Any, _: None) -> Any:
        value, gradient = library.value_and_grad(cost)(model)
        return tuple(p - lr * g for p, g in zip(model, gradient, strict=True)), value

    start = (jnp.zeros(len(x)), jnp.zeros(()))
    run = library.jit(
        lambda model: library.lax.scan(step, model, None, length=ITERATIONS)[1]
    )
    return list(np.asarray(run(start))[:: logistic.RECORD_EVERY])


TRAININGS: dict[str, Training] = {
    "textbook loop": textbook,
    "ours": ours,
    **({"PyTorch": pytorch} if find_spec("torch") else {}),
    **({"JAX": jax} if find_spec("jax") else {}),
}
SWEEPS: dict[str, Training] = {"textbook loops": textbook, "ours": ours}


def load(n_batches: int) -> tuple[Array, Array]:
    """Load the training set of the first batches, and prepare it like the stages."""
    *names, _ = cifar10.batch_names(range(1, n_batches + 1))
    with tempfile.TemporaryDirectory() as folder:
        download.provide("cifar10", names, Path(folder))
        images, classes = zip(
            *(cifar10.read_batch(Path(folder, name)) for name in names), strict=True
        )
    chosen, labels = sampling.balance(
        np.concatenate(classes), cifar10.CLASSES.index(DEFAULTS.target_class)
    )
    train, _ = sampling.shuffle_split(
        len(chosen), test_size=DEFAULTS.test_size, seed=DEFAULTS.seed
    )
    x = preprocessing.flatten_and_normalize(np.concatenate(images)[chosen[train]])
    return x, labels[train][None, :].astype(np.float64)


def in_turn(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """Call each once to warm up, then all in turn, and return the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(1 + RUNS):
        for name, call in calls.items():
            time.sleep(SETTLE_SECONDS)
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


def bench_trainings(
    title: str,
    trainings: Mapping[str, Training],
    n_batches: int,
    lrs: Sequence[float],
    expected: Costs | None = None,
) -> None:
    """Time trainings on the same data. Compare their costs with the expected ones, otherwise with the first's."""
    x, y = load(n_batches)
    results: dict[str, Costs] = {}

    def call(name: str) -> None:
        results[name] = trainings[name](x, y, *lrs)

    seconds = in_turn({name: partial(call, name) for name in trainings})
    first = next(iter(trainings))
    for name in trainings:
        deviation = np.abs(np.subtract(results[name], expected or results[first])).max()
        is_reference = not expected and name == first
        print_row(
            f"{title}: {name}",
            seconds[name],
            seconds["ours"],
            "" if is_reference else f"{deviation:.1e}",
        )


def bench_commands(folder: Path) -> None:
    """Time the set-up, the whole pipeline and an experiment in a fresh clone, and measure its size."""

    def run(*command: str) -> None:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def from_scratch() -> None:
        run("git", "clean", "-fdXq", ".dvc", "data", "plots")
        run("dvc", "repro", "--force")

    def experiment(*targets: str) -> None:
        run("dvc", "exp", "run", "-S", f"lr=0.01{next(numbers):04d}", *targets)

    run("git", "clone", "-q", str(ROOT), ".")
    numbers = count()
    commands: dict[str, Callable[[], None]] = {
        "make set-up in a fresh clone": lambda: run(
            "sh", "-c", "rm -rf .venv && make set-up"
        ),
        "dvc repro from scratch": from_scratch,
        "dvc exp run -S lr=…": experiment,
        "dvc exp run -S lr=… evaluate": lambda: experiment("evaluate"),
    }
    for title, command in commands.items():
        print_row(title, in_turn({title: command})[title])
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print_row("GB of disk space for the clone", size / 1e9)


def print_row(
    what: str, seconds: float, unit: float | None = None, deviation: str = ""
) -> None:
    """Print a row of the table."""
    ratio = f"{seconds / unit:.2f}" if unit else ""
    print(f"| {what} | {seconds:.3f} | {ratio} | {deviation} |", flush=True)


def main() -> None:
    """Run everything and print the table."""
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}; medians of {RUNS} runs\n"
    )
    print(
        "| what | seconds | ratio | largest cost deviation |\n|---|---|---|---|",
        flush=True,
    )
    published = files.read_json(ROOT / paths.PUBLISHED)["training"]["costs"]
    lr, sweep_lr = [DEFAULTS.lr], DEFAULTS.sweep_lr
    bench_trainings(f"{ITERATIONS} iterations, one batch", TRAININGS, 1, lr, published)
    bench_trainings(f"{len(sweep_lr)} learning rates, one batch", SWEEPS, 1, sweep_lr)
    bench_trainings(f"{ITERATIONS} iterations, five batches", TRAININGS, 5, lr)
    with tempfile.TemporaryDirectory() as folder:
        bench_commands(Path(folder))


if __name__ == "__main__":
    main()
