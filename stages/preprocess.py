"""Flatten the images to columns and scale them to [0, 1]."""

from birds import arrays, preprocessing, stage
from birds.params import Params


def main(params: Params) -> None:
    for name in "train", "test":
        data = arrays.read_npz(f"data/split/{name}.npz")
        x = preprocessing.normalize(preprocessing.flatten(data["images"]))
        arrays.write_npy(f"data/preprocessed/x_{name}.npy", x)
        arrays.write_npy(f"data/preprocessed/y_{name}.npy", data["labels"][None, :])


if __name__ == "__main__":
    stage.run(main)
