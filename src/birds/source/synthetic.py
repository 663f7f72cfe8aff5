"""Synthetic data: coloured ellipses in the format of CIFAR-10.

With them, the pipeline runs without a network. The results say nothing about CIFAR-10.
Each class has its own background colour, and ellipses of its own height and width.
Only integers are computed, so the bytes are the same on every machine.
"""

import pickle

import numpy as np

from birds.data.cifar10 import BATCH_SIZE, CHANNELS, CLASSES, PIXEL_MAX, SIDE

N_BIRDS = 1_032  # as many as in data_batch_1
NOISE = 64  # each value is raised by a random number below it


def encode_batch(seed: int) -> bytes:
    """Draw 10,000 images, 1,032 of them birds, and encode them like an official batch.

    The same seed gives the same bytes on every machine.
    """
    random = np.random.RandomState(seed)
    # The other nine classes in turn, with birds in place of the first ones
    all_classes = np.arange(len(CLASSES))
    bird = CLASSES.index("bird")
    classes = np.resize(all_classes[all_classes != bird], BATCH_SIZE)
    classes[:N_BIRDS] = bird
    random.shuffle(classes)

    # Cover the pixels at a distance (v, h) from the centre with (v/a)² + (h/b)² < 1,
    # multiplied by (ab)² to stay with integers.
    per_image = (BATCH_SIZE, 1, 1)
    a = (3 + 2 * (classes % 5)).reshape(per_image)
    b = (5 + 6 * (classes // 5)).reshape(per_image)
    pixels = np.arange(SIDE)
    v = pixels[:, None] - random.randint(8, 24, size=per_image)
    h = pixels - random.randint(8, 24, size=per_image)
    is_covered = (b * v) ** 2 + (a * h) ** 2 < (a * b) ** 2

    # Images are (m, channel, row, column), as in an official batch. Colours are at most
    # 190, and leave room for the noise.
    background_of = 40 + 15 * (np.outer(all_classes, (3, 7, 9)) % 10)
    colours = random.randint(PIXEL_MAX - NOISE, size=(BATCH_SIZE, CHANNELS))
    images = np.where(
        is_covered[:, None],
        colours[:, :, None, None].astype(np.uint8),
        background_of[classes, :, None, None].astype(np.uint8),
    )
    images += random.randint(NOISE, size=images.shape, dtype=np.uint8)

    batch = {"labels": classes.tolist(), "data": images.reshape(BATCH_SIZE, -1)}
    return pickle.dumps(batch, protocol=4)
