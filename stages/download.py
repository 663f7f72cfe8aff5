"""Put the raw batches, official or synthetic, into data/raw/."""

from pathlib import Path

from birds import paths, stage
from birds.data import cifar10, download
from birds.params import Params


def main(params: Params) -> None:
    names = cifar10.batch_names(params.batches)
    stage.warn_if_synthetic(download.provide(params.dataset, names, Path(paths.RAW)))


if __name__ == "__main__":
    stage.run(main)
