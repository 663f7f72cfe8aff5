"""Shuffle the images and set some aside for the test; the holdout stays as it is."""

from birds import arrays, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    pool, holdout = (arrays.read_npz(f"data/extracted/{name}.npz") for name in ("pool", "holdout"))
    train, test = sampling.shuffle_split(len(pool["labels"]), test_size=params.test_size, seed=params.seed)
    for name, part in ("train", train), ("test", test):
        arrays.write_npz(f"data/split/{name}.npz", **{key: array[part] for key, array in pool.items()})
    arrays.write_npz("data/split/holdout.npz", **holdout)


if __name__ == "__main__":
    stage.run(main)
