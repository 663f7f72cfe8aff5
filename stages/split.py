"""Shuffle the pool and split it into the training set and the test set."""

from birds import files, paths, stage
from birds.data import sampling
from birds.params import Params


def main(params: Params) -> None:
    pool = files.read_npz(paths.POOL)
    train, test = sampling.shuffle_split(
        len(pool["labels"]), test_size=params.test_size, seed=params.seed
    )
    for path, part in (paths.TRAIN, train), (paths.TEST, test):
        files.write_npz(path, **{key: array[part] for key, array in pool.items()})


if __name__ == "__main__":
    stage.run(main)
