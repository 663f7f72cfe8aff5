"""Synthetic data: ten classes of small drawings in the CIFAR-10 format, generated from a seed.

It lets the pipeline run without a network. It is not CIFAR-10, and the results say nothing about CIFAR-10.
It is computed with integers only, so its bytes are the same on every machine.
"""

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt

from birds.data.cifar10 import BATCH_SIZE, CHANNELS, CLASSES, SHA256, SIDE

N_BIRDS = 1_032  # the same number as in data_batch_1
_SCALE = 2
_NOISE = 32

# For each class: its name, its background (red, green, blue), and rows of '#' (body), 'o' (lighter part) and '.'.
_DRAWINGS = Path(__file__).with_name("drawings.txt")


def batch(name: str) -> bytes:
    """Encode the synthetic counterpart of an official batch file, as a pickle with the original's keys."""
    images, classes = draw(seed=list(SHA256["cifar10"]).index(name))
    data = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)
    content = {
        "batch_label": f"synthetic {name}",
        "labels": classes.tolist(),
        "data": data,
    }
    return pickle.dumps(content, protocol=4)


def draw(seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Draw 10,000 images, including 1,032 birds. The same seed gives the same bytes everywhere.

    Returns
    -------
    images : ndarray of uint8, shape (10000, 32, 32, 3)
    classes : ndarray of int64, shape (10000,)
        Indices into `birds.data.cifar10.CLASSES`.
    """
    random = np.random.RandomState(seed)
    bird = CLASSES.index("bird")
    others = np.resize(np.delete(np.arange(len(CLASSES)), bird), BATCH_SIZE - N_BIRDS)
    classes = random.permutation(
        np.concatenate([np.full(N_BIRDS, bird), others])
    ).astype(np.int64)

    backgrounds, sprites = _read_drawings()
    sprite_side = sprites.shape[1]
    shift = random.randint(0, SIDE - sprite_side + 1, size=(2, BATCH_SIZE, 1))
    down, right = np.arange(SIDE) - shift
    mirrored = random.randint(0, 2, size=(BATCH_SIZE, 1)) == 1
    right = np.where(mirrored, sprite_side - 1 - right, right)
    inside = ((down >= 0) & (down < sprite_side))[:, :, None] & (
        (right >= 0) & (right < sprite_side)
    )[:, None, :]
    level = (
        sprites[
            classes[:, None, None],
            down[:, :, None] % sprite_side,
            right[:, None, :] % sprite_side,
        ]
        * inside
    )

    background = backgrounds[classes] + random.randint(
        -50, 51, size=(BATCH_SIZE, CHANNELS), dtype=np.int16
    )
    body = random.randint(20, 236, size=(BATCH_SIZE, CHANNELS), dtype=np.int16)
    light = (body + 255) // 2
    palette = np.stack([background, body, light], axis=1)
    rows = level + palette.shape[1] * np.arange(BATCH_SIZE)[:, None, None]
    images = palette.reshape(-1, CHANNELS).take(rows, axis=0)
    images += random.randint(-_NOISE, _NOISE, size=images.shape, dtype=np.int8)
    return images.clip(0, 255).astype(np.uint8), classes


def _read_drawings() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    """Read the background and the enlarged drawing of each class: 0 background, 1 body, 2 lighter part."""
    drawings = [
        drawing.split()
        for drawing in _DRAWINGS.read_text(encoding="ascii").split("\n\n")
    ]
    backgrounds = np.array([drawing[1:4] for drawing in drawings], np.int16)
    levels = np.array(
        [
            [[".#o".index(mark) for mark in row] for row in drawing[4:]]
            for drawing in drawings
        ],
        np.uint8,
    )
    return backgrounds, levels.repeat(_SCALE, axis=1).repeat(_SCALE, axis=2)
