"""Flatten the images to columns and scale them to [0, 1]."""

from birds import files, preprocessing, stage
from birds.params import Params


def main(params: Params) -> None:
    for name in "train", "test":
        data = files.read_arrays(f"data/split/{name}.npz")
        files.write_arrays(
            f"data/preprocessed/{name}.npz",
            x=preprocessing.normalize(preprocessing.flatten(data["images"])),
            y=data["labels"][None, :],
            dataset=data["dataset"],
        )


if __name__ == "__main__":
    stage.run(main)
