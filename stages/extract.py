"""Keep all images of target_class and equally many others, both for the pool and for the holdout."""

from pathlib import Path

import numpy as np

from birds import files, paths, stage
from birds.data import cifar10, sampling
from birds.params import Params


def main(params: Params) -> None:
    *train_batches, test_batch = cifar10.batch_names(params.batches)
    for path, names in (paths.POOL, train_batches), (paths.HOLDOUT, [test_batch]):
        batches = [cifar10.read_batch(Path(paths.RAW, name)) for name in names]
        images, classes = (
            np.concatenate(parts) for parts in zip(*batches, strict=True)
        )
        chosen, labels = sampling.balance(
            classes, cifar10.CLASSES.index(params.target_class)
        )
        files.write_npz(
            path, images=images[chosen], classes=classes[chosen], labels=labels
        )


if __name__ == "__main__":
    stage.run(main)
