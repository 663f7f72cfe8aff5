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
    numbers = np.arange(len(CLASSES))
    bird = CLASSES.index("bird")
    classes = np.resize(numbers[numbers != bird], BATCH_SIZE)
    classes[:N_BIRDS] = bird
    random.shuffle(classes)

    # Cover the pixels at a distance (v, h) from the centre with (v/a)² + (h/b)² < 1.
    a = (3 + 2 * (classes % 5))[:, None, None]
    b = (5 + 6 * (classes // 5))[:, None, None]
    centres = random.randint(SIDE // 4, 3 * SIDE // 4, size=(2, BATCH_SIZE, 1))
    v, h = np.arange(SIDE) - centres
    is_covered = (b * v[:, :, None]) ** 2 + (a * h[:, None, :]) ** 2 < (a * b) ** 2

    backgrounds = 40 + 15 * (np.outer(numbers, (3, 7, 9)) % 10)
    # No sum of a colour and its noise is too large for uint8.
    colours = random.randint(PIXEL_MAX - NOISE, size=(BATCH_SIZE, CHANNELS))
    images = np.where(
        is_covered[:, None],
        colours[:, :, None, None].astype(np.uint8),
        backgrounds[classes, :, None, None].astype(np.uint8),
    )
    images += random.randint(NOISE, size=images.shape, dtype=np.uint8)
    data = images.reshape(BATCH_SIZE, -1)
    return pickle.dumps({"labels": classes.tolist(), "data": data}, protocol=4)
