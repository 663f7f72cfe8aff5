"""Put the raw batches, real or stand-in, under data/raw/ and note which they are."""

from pathlib import Path

from birds import cifar10, files, source, stage
from birds.params import Params


def main(params: Params) -> None:
    names = [*map(cifar10.train_batch_name, params.batches), cifar10.TEST_BATCH_NAME]
    dataset = source.obtain(params.dataset, names, Path("data/raw"))
    files.write_json(stage.DATASET_FILE, {"dataset": dataset})
    stage.warn_of_stand_in(dataset)


if __name__ == "__main__":
    stage.run(main)
