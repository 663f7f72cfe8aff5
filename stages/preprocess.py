"""Flatten the images of all three sets to columns and normalize them to [0, 1]."""

from birds import files, paths, stage
from birds.data import preprocessing
from birds.params import Params


def main(params: Params) -> None:
    for name, path in paths.SETS.items():
        data = files.read_npz(path)
        x_path, y_path = paths.columns(name)
        files.write_npy(x_path, preprocessing.flatten_and_normalize(data["images"]))
        files.write_npy(y_path, data["labels"][None, :])


if __name__ == "__main__":
    stage.run(main)
