"""The facts of CIFAR-10's python version.

A batch is a pickled dict. ``data`` is a uint8 array (n, 3072), an image a row: 1,024 red, 1,024 green and 1,024
blue values, each row-major 32×32. ``labels`` is a list of n class numbers.

References
----------
A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html
"""

BATCH_BYTES_MAX = 64 * 2**20  # twice the size of an official batch
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
N_TRAIN_BATCHES = 5
TEST_BATCH_NAME = "test_batch"
SIDE = 32
CHANNELS = 3
IMAGE_SHAPE = (SIDE, SIDE, CHANNELS)
PIXEL_MAX = 255
N_FEATURES = SIDE * SIDE * CHANNELS

SHA256 = {
    "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
    "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
    "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
    "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
    "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
    "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
}


def train_batch_name(number: int) -> str:
    """Name the file of a training batch, numbered from 1 to `N_TRAIN_BATCHES`."""
    return f"data_batch_{number}"


def label_names(target_class: str) -> tuple[str, str]:
    """Name the labels 0 and 1, such as ``no bird`` and ``bird``."""
    return f"no {target_class}", target_class
