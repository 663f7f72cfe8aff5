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
TEST_BATCH = "test_batch"
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


def train_batches(numbers: Iterable[int]) -> list[str]:
    """Name the files of training batches. Their numbers are from 1 to 5."""
    return [f"data_batch_{number}" for number in numbers]


def label_names(target_class: str) -> tuple[str, str]:
    """Name labels 0 and 1, such as ``no bird`` and ``bird``."""
    return f"no {target_class}", target_class
