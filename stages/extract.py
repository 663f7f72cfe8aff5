"""Keep every bird (or image of target_class) and the first equally many images that are none."""

import numpy as np

from birds import cifar10, files, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    batches = [cifar10.read_batch(f"data/raw/{cifar10.train_batch_name(number)}") for number in params.batches]
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    chosen, is_target = sampling.balance(labels, cifar10.CLASSES.index(params.target_class))
    files.write_arrays("data/extracted.npz", images=images[chosen], labels=is_target)


if __name__ == "__main__":
    stage.run(main)
