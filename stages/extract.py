"""Keep all of target_class and the first equally many other images, for the pool and for the holdout."""

import numpy as np

from birds import arrays, batches, cifar10, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    pools = {"pool": map(cifar10.train_batch_name, params.batches), "holdout": [cifar10.TEST_BATCH_NAME]}
    for name, batch_names in pools.items():
        read = [batches.read(f"data/raw/{batch_name}") for batch_name in batch_names]
        images, classes = (np.concatenate(parts) for parts in zip(*read, strict=True))
        chosen, labels = sampling.balance(classes, cifar10.CLASSES.index(params.target_class))
        arrays.write_npz(f"data/extracted/{name}.npz", images=images[chosen], classes=classes[chosen], labels=labels)


if __name__ == "__main__":
    stage.run(main)
