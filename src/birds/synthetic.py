"""A stand-in for CIFAR-10: ten classes of small drawn pictures, generated from a seed.

It lets everything run without a network. It is not CIFAR-10, and no figure made from it says anything about CIFAR-10.
Only integers are used, so that its bytes are the same on every machine.
"""

import struct

import numpy as np
import numpy.typing as npt

from birds.cifar10 import CHANNELS, CLASSES, N_FEATURES, SIDE

N_IMAGES = 10_000
N_BIRDS = 1_032  # as many as data_batch_1 has
_SCALE = 2
_NOISE = 24

# '#' is the body, 'o' a lighter part, '.' the background.
_DRAWINGS = {
    "airplane": """
        .....##.....
        .....##.....
        .....##.....
        ...######...
        ############
        ###.####.###
        .....##.....
        .....##.....
        .....##.....
        ....####....
        ...##..##...
        ............""",
    "automobile": """
        ............
        ............
        ...#####....
        ..#oo#oo#...
        .#ooo#ooo#..
        ############
        ############
        ############
        .ooo....ooo.
        .o#o....o#o.
        .ooo....ooo.
        ............""",
    "bird": """
        ##........##
        .###....###.
        ..###..###..
        ...######...
        ....####.oo.
        ...######o#o
        ..########oo
        .##########.
        ###.#####...
        ##...###....
        .....o.o....
        ....oo.oo...""",
    "cat": """
        ##......##..
        ###....###..
        ##########..
        ##o####o##..
        ##########..
        ####oo####..
        .########..#
        ..######...#
        .########..#
        .#########.#
        .##########.
        .##.##.##...""",
    "deer": """
        #.#.....#.#.
        .##.....##..
        ..##...##...
        ...#####....
        ...#o#o#....
        ....###.....
        ....########
        ....########
        ....########
        ....#.#..#.#
        ....#.#..#.#
        ....o.o..o.o""",
    "dog": """
        ............
        .####.......
        ##o###......
        ######.....#
        ##.###....##
        #..#########
        ...########.
        ...########.
        ...##...##..
        ...##...##..
        ...##...##..
        ...oo...oo..""",
    "frog": """
        ............
        ............
        .ooo....ooo.
        .o#o....o#o.
        .##########.
        ############
        ##oooooooo##
        ############
        .##########.
        ##.######.##
        ##..####..##
        ###......###""",
    "horse": """
        .##.........
        ####........
        #####.......
        ..####......
        ..####.....#
        ..##########
        ..########.#
        ..########.#
        ..########.#
        ..##....##..
        ..##....##..
        ..oo....oo..""",
    "ship": """
        .....#......
        .....##.....
        .....#o#....
        .....#oo#...
        .....#ooo#..
        .....#......
        .....#......
        ############
        .##########.
        ..########..
        oooooooooooo
        oooooooooooo""",
    "truck": """
        ............
        ########....
        ########....
        ########....
        ########.##.
        ########.#o#
        ########.###
        ############
        ############
        .ooo....ooo.
        .o#o....o#o.
        .ooo....ooo.""",
}

# Red, green and blue of the background: sky, road, sky, room, wood, lawn, pond, meadow, sea, road.
_BACKGROUNDS = np.array(
    [
        (150, 185, 225),
        (150, 150, 150),
        (160, 195, 215),
        (185, 165, 145),
        (110, 140, 95),
        (135, 170, 110),
        (95, 130, 95),
        (150, 175, 115),
        (115, 160, 205),
        (165, 160, 150),
    ],
    dtype=np.int16,
)


def make_batch(seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Draw 10,000 labelled images, 1,032 of them birds.

    Parameters
    ----------
    seed : int
        Seed of NumPy's legacy generator, whose stream is frozen; the same seed gives the same bytes everywhere.

    Returns
    -------
    images : ndarray of uint8, shape (10000, 32, 32, 3)
    labels : ndarray of int64, shape (10000,)
        Class numbers, the indices of `birds.cifar10.CLASSES`.
    """
    random = np.random.RandomState(seed)
    bird = CLASSES.index("bird")
    others = np.resize(np.delete(np.arange(len(CLASSES)), bird), N_IMAGES - N_BIRDS)
    labels = random.permutation(np.concatenate([np.full(N_BIRDS, bird), others])).astype(np.int64)

    sprites = np.array([_sprite(_DRAWINGS[name]) for name in CLASSES])
    sprite_side = sprites.shape[1]
    shift = random.randint(0, SIDE - sprite_side + 1, size=(2, N_IMAGES, 1))
    down, right = np.arange(SIDE) - shift
    mirrored = random.randint(0, 2, size=(N_IMAGES, 1)) == 1
    right = np.where(mirrored, sprite_side - 1 - right, right)
    inside = ((down >= 0) & (down < sprite_side))[:, :, None] & ((right >= 0) & (right < sprite_side))[:, None, :]
    level = sprites[labels[:, None, None], down[:, :, None] % sprite_side, right[:, None, :] % sprite_side] * inside

    background = _BACKGROUNDS[labels] + random.randint(-50, 51, size=(N_IMAGES, CHANNELS), dtype=np.int16)
    body = random.randint(20, 236, size=(N_IMAGES, CHANNELS), dtype=np.int16)
    light = (body + 255) // 2
    palette = np.stack([background, body, light], axis=1)
    images = palette[np.arange(N_IMAGES)[:, None, None], level]
    images += random.randint(-_NOISE, _NOISE + 1, size=images.shape, dtype=np.int16)
    return images.clip(0, 255).astype(np.uint8), labels


def _sprite(drawing: str) -> npt.NDArray[np.intp]:
    """A drawing as numbers, enlarged: 0 background, 1 body, 2 lighter part."""
    rows = drawing.split()
    levels = np.array([[".#o".index(mark) for mark in row] for row in rows], dtype=np.intp)
    return levels.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)


def encode_batch(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], name: str) -> bytes:
    """Encode a batch as Python 2 and NumPy 1 pickled the original files, in protocol 2.

    The opcodes are written out, so that the bytes depend on no version of Python or NumPy.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 32, 32, 3)
    labels : ndarray of int64, shape (n,)
        Class numbers from 0 to 9.
    name : str
        What ``batch_label`` says, such as ``training batch 1 of 5``.

    Returns
    -------
    bytes
        What `birds.batches.read` reads from a file.
    """

    def text(value: str) -> bytes:
        return b"U" + struct.pack("<B", len(value)) + value.encode("ascii")

    n = len(images)
    rows = images.transpose(0, 3, 1, 2).tobytes()
    ints = b"".join(b"K" + struct.pack("<B", label) for label in labels.tolist())
    dtype = (
        b"cnumpy\ndtype\n("
        + text("u1")
        + b"K\x00K\x01tR(K\x03"
        + text("|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    shape = b"J" + struct.pack("<i", n) + b"M" + struct.pack("<H", N_FEATURES) + b"\x86"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + b"tR"
        b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(rows)) + rows + b"tb"
    )  # fmt: skip
    return (
        b"\x80\x02}("
        + text("batch_label") + text(name)
        + text("labels") + b"](" + ints + b"e"
        + text("data") + array
        + b"u."
    )  # fmt: skip
