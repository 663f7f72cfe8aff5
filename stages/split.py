"""Shuffle the images and set some aside for the test; the holdout stays as it is."""

from birds import files, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    pool, holdout = (files.read_arrays(f"data/extracted/{name}.npz") for name in ("pool", "holdout"))
    train, test = sampling.shuffle_split(len(pool["labels"]), test_size=params.test_size, seed=params.seed)
    for name, part in ("train", train), ("test", test):
        files.write_arrays(f"data/split/{name}.npz", **{key: array[part] for key, array in pool.items()})
    files.write_arrays("data/split/holdout.npz", **holdout)


if __name__ == "__main__":
    stage.run(main)
