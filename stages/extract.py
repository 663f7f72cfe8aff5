"""Keep every bird and the first equally many images that are not birds."""

from birds import cifar10, files, sampling, stage
from birds.params import Params


def main(params: Params) -> None:
    images, labels = cifar10.read_batch("data/raw/data_batch_1")
    chosen, is_bird = sampling.balance(labels, cifar10.CLASSES.index("bird"))
    files.write_arrays("data/extracted.npz", images=images[chosen], labels=is_bird)


if __name__ == "__main__":
    stage.run(main)
