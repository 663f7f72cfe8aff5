"""The names and shapes of CIFAR-10.

References
----------
A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html
"""

from collections.abc import Iterable

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
N_TRAIN_BATCHES = 5
BATCH_SIZE = 10_000

SIDE = 32
CHANNELS = 3
IMAGE_SHAPE = (SIDE, SIDE, CHANNELS)
N_FEATURES = SIDE * SIDE * CHANNELS
PIXEL_MAX = 255

# The sources of images, and how warnings, plots and the page name them.
TITLES = {
    "cifar10": "CIFAR-10",
    "synthetic": "SYNTHETIC DATA, NOT CIFAR-10",
}


def batch_names(numbers: Iterable[int]) -> list[str]:
    """Name the files of some training batches, from 1 to 5, and of the test batch."""
    return [f"data_batch_{number}" for number in numbers] + ["test_batch"]


def label_names(target_class: str) -> tuple[str, str]:
    """Name labels 0 and 1, such as ``no bird`` and ``bird``."""
    return f"no {target_class}", target_class
