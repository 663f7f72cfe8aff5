"""Shuffle the images and set some aside for the test."""

from birds import files, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    data = files.read_arrays("data/extracted.npz")
    train, test = sampling.shuffle_split(len(data["labels"]), test_size=params.test_size, seed=params.seed)
    for name, part in ("train", train), ("test", test):
        files.write_arrays(f"data/split/{name}.npz", images=data["images"][part], labels=data["labels"][part])


if __name__ == "__main__":
    stage.run(main)
