"""Put the batches, official or synthetic ones, into data/batches/."""

from pathlib import Path

from birds import paths
from birds.data import cifar10
from birds.params import Params
from birds.runner import run_stage, warn_if_synthetic
from birds.source import download


def main(params: Params) -> None:
    names = cifar10.train_batches(params.batches) + [cifar10.TEST_BATCH]
    source = download.provide(params.dataset, names, Path(paths.BATCHES))
    warn_if_synthetic(source, params.dataset)


if __name__ == "__main__":
    run_stage(main)
