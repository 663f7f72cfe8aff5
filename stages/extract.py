"""Keep all images of the target class and equally many others.

The training batches give the pool, the test batch gives the holdout.
"""

from collections.abc import Sequence
from pathlib import Path

from birds import files, paths
from birds.data import cifar10, sampling
from birds.params import Params
from birds.runner import run_stage
from birds.source.batches import read_batches


def main(params: Params) -> None:
    train_batches = cifar10.train_batches(params.batches)
    extract(train_batches, params.target_class, paths.POOL)
    extract([cifar10.TEST_BATCH], params.target_class, paths.HOLDOUT)


def extract(batches: Sequence[str], target_class: str, path: str) -> None:
    source = files.read_json(paths.DATASET)["source"]
    folder = Path(paths.BATCHES)
    images, classes = read_batches([folder / name for name in batches], source)

    target = cifar10.CLASSES.index(target_class)
    chosen, labels = sampling.balance(classes, target)
    files.write_npz(
        path,
        images=images[chosen],
        classes=classes[chosen],
        labels=labels,
    )


if __name__ == "__main__":
    run_stage(main)
