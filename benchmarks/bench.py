"""Time the training against alternatives, in turn. Print medians and their ratios.

Run by ``make bench``. Needs CIFAR-10. PyTorch and JAX are timed if they are installed.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from birds import files, params, paths
from birds.data import cifar10, preprocessing, sampling
from birds.model import gram_descent, logistic
from birds.model.logistic import Array
from birds.source import download
from birds.source.batches import read_batches

ROOT = Path(__file__).parent.parent
RUNS = 3
SETTLE_SECONDS = 0.2  # until the threads of the previous call stop spinning
PARAMS = params.read_params(ROOT / "params.yaml")
ITERATIONS = PARAMS.iterations

Costs = list[float]
Training = Callable[[Array, Array, list[float]], Costs]


def textbook(x: Array, y: Array, lrs: list[float]) -> Costs:
    """Train once for each learning rate with the textbook loop."""
    costs: Costs = []
    for lr in lrs:
        fit = logistic.fit(x, y, lr=lr, iterations=ITERATIONS)
        costs += fit.costs.values()
    return costs


def ours(x: Array, y: Array, lrs: list[float]) -> Costs:
    """Train once for each learning rate, like the stages `train` and `sweep`."""
    gram = gram_descent.Gram(x)
    costs: Costs = []
    for lr in lrs:
        fit = gram_descent.fit(x, y, lr=lr, iterations=ITERATIONS, gram=gram)
        costs += fit.costs.values()
    return costs


def with_pytorch(x: Array, y: Array, lrs: list[float]) -> Costs:
    """Train with PyTorch: float64, SGD on the full batch."""
    import torch

    (lr,) = lrs  # it runs no sweep
    images = torch.from_numpy(np.ascontiguousarray(x.T))
    labels = torch.from_numpy(y.T.copy())
    w = torch.zeros(len(x), 1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    cost = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD([w, b], lr=lr)
    recorded = []
    for i in range(ITERATIONS):
        optimizer.zero_grad()
        loss = cost(images @ w + b, labels)
        if i % logistic.RECORD_EVERY == 0:
            recorded.append(loss.item())
        loss.backward()
        optimizer.step()
    return recorded


def with_jax(x: Array, y: Array, lrs: list[float]) -> Costs:
    """Train with JAX: float64, compiled, one scan over the iterations."""
    import jax

    jax.config.update("jax_enable_x64", True)
    (lr,) = lrs  # it runs no sweep
    jnp = jax.numpy
    images = jnp.asarray(x.T)
    labels = jnp.asarray(y[0])

    def cost(model: Any) -> Any:
        w, b = model
        z = images @ w + b
        return jnp.mean(jnp.logaddexp(0, z) - labels * z)

    def step(model: Any, _: None) -> Any:
        value, gradient = jax.value_and_grad(cost)(model)
        w, b = model
        dw, db = gradient
        return (w - lr * dw, b - lr * db), value

    run = jax.jit(partial(jax.lax.scan, step, length=ITERATIONS))
    _, costs = run((jnp.zeros(len(x)), jnp.zeros(())))
    return list(np.asarray(costs)[:: logistic.RECORD_EVERY])


def load(n_batches: int) -> tuple[Array, Array]:
    """Load the training set of the first batches, and prepare it like the stages."""
    names = cifar10.train_batches(range(1, n_batches + 1))
    with tempfile.TemporaryDirectory() as folder:
        source = download.provide("cifar10", names, Path(folder))
        images, classes = read_batches([Path(folder, name) for name in names], source)
    target = cifar10.CLASSES.index(PARAMS.target_class)
    chosen, labels = sampling.balance(classes, target)
    train, _ = sampling.shuffle_split(
        len(chosen), test_size=PARAMS.test_size, seed=PARAMS.seed
    )
    x = preprocessing.flatten_and_normalize(images[chosen[train]])
    y = labels[train][None, :].astype(np.float64)
    return x, y


def bench(
    title: str,
    trainings: Mapping[str, Training],
    x: Array,
    y: Array,
    lrs: list[float],
    expected: Costs | None = None,
) -> None:
    """Time trainings on the same data in turn, and print a row for each.

    Their costs are compared with the expected ones, otherwise with the first's.
    """
    seconds: dict[str, list[float]] = {name: [] for name in trainings}
    costs = {}
    for _ in range(1 + RUNS):  # the first warms up
        for name, train in trainings.items():
            time.sleep(SETTLE_SECONDS)
            start = time.perf_counter()
            costs[name] = train(x, y, lrs)
            seconds[name].append(time.perf_counter() - start)

    medians = {name: statistics.median(each[1:]) for name, each in seconds.items()}
    first = next(iter(trainings))
    reference = costs[first] if expected is None else expected
    for name, median in medians.items():
        deviation = ""
        if expected is not None or name != first:
            largest = np.abs(np.subtract(costs[name], reference)).max()
            deviation = f"{largest:.1e}"
        ratio = median / medians["ours"]
        row = f"| {title}: {name} | {median:.3f} | {ratio:.2f} | {deviation} |"
        print(row, flush=True)


def main() -> None:
    """Time everything, and print the table."""
    trainings = {"textbook loop": textbook, "ours": ours}
    if find_spec("torch"):
        trainings["PyTorch"] = with_pytorch
    if find_spec("jax"):
        trainings["JAX"] = with_jax
    sweeps = {"textbook loops": textbook, "ours": ours}
    lrs = [PARAMS.lr]
    sweep_lrs = PARAMS.sweep_lr
    published = files.read_json(ROOT / paths.PUBLISHED)["training"]["costs"]

    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; medians of {RUNS} runs\n")
    print("| what | seconds | ratio | largest cost deviation |")
    print("|---|---|---|---|")
    x, y = load(n_batches=1)
    title = f"{ITERATIONS} iterations, one batch"
    bench(title, trainings, x, y, lrs, published)
    bench(f"{len(sweep_lrs)} learning rates, one batch", sweeps, x, y, sweep_lrs)
    x, y = load(n_batches=5)
    bench(f"{ITERATIONS} iterations, five batches", trainings, x, y, lrs)


if __name__ == "__main__":
    main()
