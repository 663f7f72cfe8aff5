"""Time the training and the pipeline against alternatives, in turn, and print medians and their ratios.

Run by ``make bench``. Needs CIFAR-10. PyTorch and JAX are timed if they are installed.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import skimage
import yaml

from birds import files, params, paths
from birds.data import cifar10, download, preprocessing, sampling
from birds.model import gram_descent, logistic
from birds.model.logistic import Array, Fit

ROOT = Path(__file__).parent.parent
RUNS = 5
PIPELINE_RUNS = 11  # DVC's commands are short and vary more
SET_UP_RUNS = 3
SETTLE_SECONDS = 0.2  # until the threads of the previous call stop spinning
DEFAULTS = params.read_params(ROOT / "params.yaml")
LR, ITERATIONS, SWEEP_LR = DEFAULTS.lr, DEFAULTS.iterations, DEFAULTS.sweep_lr
N_LR_STAGES = 5  # the stages that a new lr reruns: train, evaluate, compare, plot and report

Costs = Sequence[float]
Training = Callable[[Array, Array], Costs]


def costs(*fits: Fit) -> Costs:
    """Collect the costs of one or more fits."""
    return [cost for fit in fits for cost in fit.costs.values()]


def sweep(x: Array, y: Array) -> list[Fit]:
    """Train with each learning rate, like the stage `sweep`."""
    gram = gram_descent.Gram(x)
    return [gram_descent.fit(x, y, lr=lr, iterations=ITERATIONS, gram=gram) for lr in SWEEP_LR]


def pytorch(x: Array, y: Array) -> Costs:
    """Train with PyTorch: float64, SGD on the full batch."""
    import torch

    images, labels = torch.from_numpy(np.ascontiguousarray(x.T)), torch.from_numpy(y.T.copy())
    w, b = torch.zeros(len(x), 1, dtype=torch.float64, requires_grad=True), torch.zeros(1, dtype=torch.float64)
    b.requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=LR)
    recorded = []
    for i in range(ITERATIONS):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(images @ w + b, labels)
        if i % logistic.RECORD_EVERY == 0:
            recorded.append(loss.item())
        loss.backward()
        optimizer.step()
    return recorded


def jax(x: Array, y: Array) -> Costs:
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
        return tuple(p - LR * g for p, g in zip(model, gradient, strict=True)), value

    start = (jnp.zeros(len(x)), jnp.zeros(()))
    run = library.jit(lambda model: library.lax.scan(step, model, None, length=ITERATIONS)[1])
    return list(np.asarray(run(start))[:: logistic.RECORD_EVERY])


TRAININGS: dict[str, Training] = {
    "textbook loop": lambda x, y: costs(logistic.fit(x, y, lr=LR, iterations=ITERATIONS)),
    "ours": lambda x, y: costs(gram_descent.fit(x, y, lr=LR, iterations=ITERATIONS)),
    **({"PyTorch": pytorch} if find_spec("torch") else {}),
    **({"JAX": jax} if find_spec("jax") else {}),
}
SWEEPS: dict[str, Training] = {
    "textbook loops": lambda x, y: costs(*(logistic.fit(x, y, lr=lr, iterations=ITERATIONS) for lr in SWEEP_LR)),
    "ours": lambda x, y: costs(*sweep(x, y)),
}


def load(n_batches: int) -> tuple[Array, Array]:
    """Load the training set of the first batches, and prepare it like the stages."""
    names = [cifar10.train_batch(number) for number in range(1, n_batches + 1)]
    with tempfile.TemporaryDirectory() as folder:
        download.provide("cifar10", names, Path(folder))
        images, classes = zip(*(cifar10.read_batch(Path(folder, name)) for name in names), strict=True)
    chosen, labels = sampling.balance(np.concatenate(classes), cifar10.CLASSES.index(DEFAULTS.target_class))
    train, _ = sampling.shuffle_split(len(chosen), test_size=DEFAULTS.test_size, seed=DEFAULTS.seed)
    x = preprocessing.flatten_and_normalize(np.concatenate(images)[chosen[train]])
    return x, labels[train][None, :].astype(np.float64)


def in_turn(calls: Mapping[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Call each once to warm up, then all in turn, and return the median seconds of each."""
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


def bench_trainings(title: str, trainings: Mapping[str, Training], n_batches: int, expected: Costs | None) -> None:
    """Time trainings on the same data, and compare their costs with the expected costs or the first training's."""
    x, y = load(n_batches)
    results: dict[str, Costs] = {}

    def call(name: str) -> None:
        results[name] = trainings[name](x, y)

    seconds = in_turn({name: partial(call, name) for name in trainings}, RUNS)
    for name in trainings:
        deviation = np.abs(np.subtract(results[name], expected or results[next(iter(trainings))])).max()
        print_row(f"{title}: {name}", seconds[name], seconds["ours"], f"{deviation:.1e}")


def bench_pipeline(folder: Path) -> None:
    """Time dvc on this project and on a trivial one. Trivial stages start Python, import NumPy and write one number."""
    project, trivial = folder / "project", folder / "trivial"

    def run(where: Path, *command: str) -> None:
        subprocess.run(command, cwd=where, check=True, capture_output=True)

    run(folder, "git", "clone", "-q", str(ROOT), str(project))
    n_stages = len(yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"])
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
    actions: dict[str, Callable[[Path], None]] = {
        "dvc repro from scratch": from_nothing,
        "dvc repro with nothing to do": lambda where: run(where, "dvc", "repro"),
        "dvc exp run -S lr=…": lambda where: run(where, "dvc", "exp", "run", "-S", f"lr=0.01{next(numbers):04d}"),
    }
    for title, action in actions.items():
        if "exp" in title:
            run(trivial, "git", "add", "--all")
            run(trivial, "git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "bench")
        seconds = in_turn({"trivial": partial(action, trivial), "ours": partial(action, project)}, PIPELINE_RUNS)
        for name, label in ("trivial", f"{n_stages} trivial stages"), ("ours", "ours"):
            print_row(f"{title}: {label}", seconds[name], seconds["trivial"])

    photo = Path(skimage.__file__).with_name("data") / "chelsea.png"
    classify = partial(run, project, "python", "-m", "birds", "classify", str(photo))
    print_row("birds classify, one photo", in_turn({"ours": classify}, PIPELINE_RUNS)["ours"])


def bench_set_up(folder: Path) -> None:
    """Time the set-up of a fresh clone, and pip with the same lock file, without their caches of downloads."""
    subprocess.run(["git", "clone", "-q", ROOT, folder / "clone"], check=True)
    environment = {**os.environ, "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", "PATH": os.defpath}  # without uv
    pip = f"{sys.executable} -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.lock"
    commands = {"pip": pip, "ours": f"{sys.executable} tools/set_up.py requirements.lock"}

    def run(command: str) -> None:
        shell = ["sh", "-c", f"rm -rf .venv && {command}"]
        subprocess.run(shell, cwd=folder / "clone", env=environment, check=True, capture_output=True)

    seconds = in_turn({name: partial(run, command) for name, command in commands.items()}, SET_UP_RUNS)
    for name in commands:
        print_row(f"set-up of a fresh clone: {name}", seconds[name], seconds["pip"])


def print_row(what: str, seconds: float, unit: float | None = None, deviation: str = "") -> None:
    """Print a row of the table."""
    ratio = f"{seconds / unit:.2f}" if unit else ""
    print(f"| {what} | {seconds:.3f} | {ratio} | {deviation} |", flush=True)


def machine() -> str:
    """Describe the processor, its cores and the relevant versions."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}"


def main() -> None:
    """Run everything and print the table."""
    print(f"{machine()}; medians of {RUNS} runs, for DVC of {PIPELINE_RUNS}, for the set-up of {SET_UP_RUNS}\n")
    print("| what | seconds | ratio | largest cost deviation |\n|---|---|---|---|", flush=True)
    published = files.read_json(ROOT / paths.PUBLISHED)["training"]["costs"]
    bench_trainings(f"{ITERATIONS} iterations, one batch", TRAININGS, 1, published)
    bench_trainings(f"{len(SWEEP_LR)} learning rates, one batch", SWEEPS, 1, None)
    bench_trainings(f"{ITERATIONS} iterations, five batches", TRAININGS, 5, None)
    with tempfile.TemporaryDirectory() as folder:
        bench_pipeline(Path(folder))
        bench_set_up(Path(folder))
    print(f"\n{paths.REPORT}: {(ROOT / paths.REPORT).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
