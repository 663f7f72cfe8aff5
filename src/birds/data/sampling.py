"""Choose the images to use, and split them into a training set and a test set."""

import numpy as np
import numpy.typing as npt

from birds.errors import UserError


def balance(
    classes: npt.NDArray[np.int64], target: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
    """Choose all images of a target class, and equally many others, from the class of each image.

    Returns
    -------
    chosen : ndarray of intp, shape (2k,)
        Indices into `classes`: the k images of the class, then the first k others, or all others if there are fewer.
        Both parts are in file order.
    labels : ndarray of uint8, shape (2k,)
        1 for the target class, 0 for the others.
    """
    targets = np.flatnonzero(classes == target)
    others = np.flatnonzero(classes != target)[: len(targets)]
    return np.concatenate([targets, others]), np.repeat(
        np.array([1, 0], np.uint8), [len(targets), len(others)]
    )


def shuffle_split(
    n: int, *, test_size: int, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Shuffle n images in the order of NumPy's legacy generator, which every version gives.

    Returns
    -------
    train, test : ndarray of int64
        Indices from 0 to n - 1; the last `test_size` are the test set.

    Raises
    ------
    UserError
        If `test_size` is not from 1 to n - 1.
    """
    if not 1 <= test_size < n:
        raise UserError(
            f"params.yaml: test_size is {test_size}; with {n} images, it must be from 1 to {n - 1}"
        )
    order = np.random.RandomState(seed).permutation(n)
    return order[: n - test_size], order[n - test_size :]
