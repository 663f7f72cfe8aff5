"""Flatten the images of all three sets to columns, and normalize them to [0, 1]."""

from birds import files, paths
from birds.data.preprocessing import flatten_and_normalize
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    for name, path in paths.IMAGES_OF.items():
        images_and_labels = files.read_npz(path)
        files.write_npz(
            paths.COLUMNS_OF[name],
            x=flatten_and_normalize(images_and_labels["images"]),
            y=images_and_labels["labels"][None, :],
        )


if __name__ == "__main__":
    run_stage(main)
