"""Time the training and the pipeline beside others, in turn, and print medians and their ratios. Run by ``make bench``.

Needs the real data. PyTorch, JAX and scikit-learn are timed where they are installed.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from birds import batches, cifar10, logistic, params, preprocessing, sampling, source
from birds.logistic import Array

ROOT = Path(__file__).parent.parent
RUNS = 5
PIPELINE_RUNS = 11  # DVC's commands are short, and scatter more
SETTLE_SECONDS = 0.2  # until the threads of the one before stop spinning and leave the cores to the next
PUBLISHED = json.loads((ROOT / "data/published.json").read_bytes())["training"]
LR = PUBLISHED["lr"]
ITERATIONS = PUBLISHED["iterations"]
N_LR_STAGES = 4  # that run again with another lr: train, evaluate, compare and plot
PEAK_ITERATIONS = 400  # after which no method takes more memory

Costs = Sequence[float]
Training = Callable[[Array, Array, int], Costs]


def textbook(x: Array, y: Array, iterations: int, lr: float = LR) -> Costs:
    """Train by the loop as the study states it: two matrix products an iteration."""
    w, b, costs = np.zeros((len(x), 1)), 0.0, []
    for i in range(iterations):
        z = logistic.logits(w, b, x)
        if i % logistic.RECORD_EVERY == 0:
            costs.append(logistic.cost(z, y))
        dw, db = logistic.gradient(x, z, y)
        w -= lr * dw
        b -= lr * db
    return costs


def ours(x: Array, y: Array, iterations: int) -> Costs:
    """Train by `birds.logistic.fit`."""
    return list(logistic.fit(x, y, lr=LR, iterations=iterations).costs)


def textbook_sweep(x: Array, y: Array, iterations: int) -> Costs:
    """Train by the textbook loop at each rate of the sweep."""
    return [cost for lr in sweep_lrs() for cost in textbook(x, y, iterations, lr)]


def our_sweep(x: Array, y: Array, iterations: int) -> Costs:
    """Train by `birds.logistic.fit` at each rate of the sweep, as its stage does."""
    gram = logistic.gram_operator(x)
    fits = [logistic.fit(x, y, lr=lr, iterations=iterations, gram=gram) for lr in sweep_lrs()]
    return [cost for fit in fits for cost in fit.costs]


def sweep_lrs() -> list[float]:
    """Read the rates of the sweep."""
    return list(params.read_params(ROOT / "params.yaml").sweep_lr.values())


def pytorch(x: Array, y: Array, iterations: int) -> Costs:
    """Train by PyTorch: float64, its SGD on the full batch."""
    import torch

    images, labels = torch.from_numpy(np.ascontiguousarray(x.T)), torch.from_numpy(y.T.copy())
    w, b = torch.zeros(len(x), 1, dtype=torch.float64, requires_grad=True), torch.zeros(1, dtype=torch.float64)
    b.requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=LR)
    costs = []
    for i in range(iterations):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(images @ w + b, labels)
        if i % logistic.RECORD_EVERY == 0:
            costs.append(loss.item())
        loss.backward()
        optimizer.step()
    return costs


def jax(x: Array, y: Array, iterations: int) -> Costs:
    """Train by JAX: float64, compiled, one scan over the iterations."""
    import jax as library

    library.config.update("jax_enable_x64", True)
    jnp = library.numpy
    images, labels = jnp.asarray(x.T), jnp.asarray(y[0])

    def cost(model: Any) -> Any:
        z = images @ model[0] + model[1]
        return jnp.mean(jnp.logaddexp(0, z) - labels * z)

    def step(model: Any, _: None) -> Any:
        value, gradient = library.value_and_grad(cost)(model)
        return tuple(p - LR * g for p, g in zip(model, gradient, strict=True)), value

    start = (jnp.zeros(len(x)), jnp.zeros(()))
    run = library.jit(lambda model: library.lax.scan(step, model, None, length=iterations)[1])
    return list(np.asarray(run(start))[:: logistic.RECORD_EVERY])


def scikit_learn(x: Array, y: Array, iterations: int) -> Costs:  # noqa: ARG001  it stops by itself
    """Train by scikit-learn's L-BFGS, another method that ends elsewhere: no costs to compare."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings(action="ignore"):
        LogisticRegression(C=np.inf).fit(x.T, y[0])
    return []


def load(n_batches: int) -> tuple[Array, Array]:
    """Load the training set of the first batches, prepared as the stages do."""
    names = [cifar10.train_batch_name(number) for number in range(1, n_batches + 1)]
    with tempfile.TemporaryDirectory() as folder:
        source.obtain("cifar10", names, Path(folder))
        images, labels = zip(*(batches.read(Path(folder) / name) for name in names), strict=True)
    chosen, is_bird = sampling.balance(np.concatenate(labels), cifar10.CLASSES.index("bird"))
    defaults = params.read_params(ROOT / "params.yaml")
    train, _ = sampling.shuffle_split(len(chosen), test_size=defaults.test_size, seed=defaults.seed)
    x = preprocessing.normalize(preprocessing.flatten(np.concatenate(images)[chosen[train]]))
    return x, is_bird[train][None, :].astype(np.float64)


def in_turn(calls: Mapping[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Call each once to warm up, then all in turn, and give the median seconds of each."""
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            time.sleep(SETTLE_SECONDS)
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_memory(name: str, n_batches: int) -> int:
    """Measure the peak memory of one training in a process of its own, in bytes: the process, x and what it adds."""
    command = [sys.executable, __file__, "--peak", name, str(n_batches)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(name: str, n_batches: int) -> None:
    """Train, and print the peak memory since the data was loaded."""
    x, y = load(n_batches)
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far, which is that of loading, is forgotten
    {**TRAININGS, **SWEEPS}[name](x, y, PEAK_ITERATIONS)
    status = Path("/proc/self/status").read_text()
    print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024)


TRAININGS: dict[str, Training] = {
    "textbook loop": textbook,
    "ours": ours,
    **({"PyTorch": pytorch} if find_spec("torch") else {}),
    **({"JAX": jax} if find_spec("jax") else {}),
    **({"scikit-learn (L-BFGS)": scikit_learn} if find_spec("sklearn") else {}),
}
SWEEPS: dict[str, Training] = {"textbook loops": textbook_sweep, "our sweep": our_sweep}


def bench_trainings(
    title: str, trainings: dict[str, Training], n_batches: int, iterations: int
) -> list[dict[str, Any]]:
    """Time trainings on the same data."""
    x, y = load(n_batches)
    costs: dict[str, Costs] = {}

    def call(name: str) -> None:
        costs[name] = trainings[name](x, y, iterations)

    seconds = in_turn({name: partial(call, name) for name in trainings}, RUNS)
    textbook_name, our_name = list(trainings)[:2]
    rows = []
    for name in trainings:
        expected = PUBLISHED["costs"] if trainings is TRAININGS and n_batches == 1 else costs[textbook_name]
        deviation = np.abs(np.subtract(costs[name], expected)).max() if len(costs[name]) else None
        memory = peak_memory(name, n_batches) / x.nbytes
        over = seconds[name] / seconds[our_name]
        row = {"what": f"{title}: {name}", "seconds": seconds[name], "over": over}
        rows.append({**row, "peak memory": memory, "cost deviation": deviation})
    return rows


def bench_pipeline(folder: Path) -> list[dict[str, Any]]:
    """Time dvc on this project and on one with as many stages that start Python, import NumPy and write one number."""
    project, trivial = folder / "project", folder / "trivial"
    environment = {**os.environ, "PYTHONPATH": str(project / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as users run it

    def run(where: Path, *command: str) -> None:
        subprocess.run(command, cwd=where, env=environment, check=True, capture_output=True)

    def commit(where: Path) -> None:
        run(where, "git", "add", "--all")
        run(where, "git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "bench")

    run(folder, "git", "clone", "-q", str(ROOT), str(project))
    n_stages = (project / "dvc.yaml").read_text().count("    cmd: ")
    trivial.mkdir()
    run(trivial, "git", "init", "-q")
    run(trivial, "dvc", "init", "-q")
    shutil.copyfile(project / ".dvc/config", trivial / ".dvc/config")
    (trivial / "params.yaml").write_text("lr: 0.005\n")
    stages = {
        f"s{n}": {
            "cmd": f"python -c \"import numpy; open('out{n}', 'w').write('{n}')\"",
            **({"deps": [f"out{n - 1}"]} if n else {}),
            **({"params": ["lr"]} if n >= n_stages - N_LR_STAGES else {}),
            "outs": [f"out{n}"],
        }
        for n in range(n_stages)
    }
    (trivial / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))

    def from_nothing(where: Path) -> None:
        run(where, "git", "clean", "-fdXq", ".dvc", "data", "plots", "out*")
        run(where, "dvc", "repro", "--force")

    numbers = iter(range(10_000))
    rows = []
    actions: dict[str, Callable[[Path], None]] = {
        "dvc repro from nothing": from_nothing,
        "dvc repro with nothing to do": lambda where: run(where, "dvc", "repro"),
        "dvc exp run -S lr=…": lambda where: run(where, "dvc", "exp", "run", "-S", f"lr=0.01{next(numbers):04d}"),
    }
    for title, action in actions.items():
        if "exp" in title:
            commit(trivial)
        calls = {"trivial": partial(action, trivial), "ours": partial(action, project)}
        seconds = in_turn(calls, PIPELINE_RUNS)
        for name, label in ("trivial", f"{n_stages} trivial stages"), ("ours", "ours"):
            rows.append(
                {"what": f"{title}: {label}", "seconds": seconds[name], "over": seconds[name] / seconds["trivial"]}
            )
    return rows


def machine() -> str:
    """Name the processor, its cores and the versions that matter."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}"


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peak:
        print_peak(args.peak[0], int(args.peak[1]))
        return
    print(f"{machine()}; medians of {RUNS}, of the pipeline's of {PIPELINE_RUNS}\n", flush=True)
    rows = bench_trainings("2,000 iterations, one batch", TRAININGS, 1, ITERATIONS)
    rows += bench_trainings("three rates, one batch", SWEEPS, 1, ITERATIONS)
    rows += bench_trainings("2,000 iterations, five batches", TRAININGS, 5, ITERATIONS)
    with tempfile.TemporaryDirectory() as folder:
        rows += bench_pipeline(Path(folder))
    print("| what | seconds | times ours, or times trivial | peak memory / x | largest cost deviation |")
    print("|---|---|---|---|---|")
    for row in rows:
        memory = f"{row['peak memory']:.2f}" if "peak memory" in row else ""
        deviation = f"{row['cost deviation']:.1e}" if row.get("cost deviation") is not None else ""
        print(f"| {row['what']} | {row['seconds']:.3f} | {row['over']:.2f} | {memory} | {deviation} |")
    if args.json:
        runs = {"trainings": RUNS, "pipeline": PIPELINE_RUNS}
        args.json.write_text(json.dumps({"machine": machine(), "runs": runs, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
