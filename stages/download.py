"""Put the raw batch, real or stand-in, under data/raw/ and note which it is."""

from pathlib import Path

from birds import files, source, stage
from birds.params import Params


def main(params: Params) -> None:
    dataset = source.obtain(params.dataset, ["data_batch_1"], Path("data/raw"))
    files.write_json(stage.DATASET_FILE, {"dataset": dataset})
    stage.warn_of_stand_in(dataset)


if __name__ == "__main__":
    stage.run(main)
