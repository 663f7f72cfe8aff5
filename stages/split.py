"""Shuffle the pool, and split it into the training set and the test set."""

from birds import files, paths
from birds.data import sampling
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    pool = files.read_npz(paths.POOL)
    train, test = sampling.shuffle_split(
        len(pool["labels"]), test_size=params.test_size, seed=params.seed
    )
    for path, chosen in (paths.TRAIN, train), (paths.TEST, test):
        part = {name: array[chosen] for name, array in pool.items()}
        files.write_npz(path, **part)


if __name__ == "__main__":
    run_stage(main)
