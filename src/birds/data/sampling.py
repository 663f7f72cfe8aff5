"""Choose the images to use, and split them into a training set and a test set."""

import numpy as np
import numpy.typing as npt

from birds.errors import UserError


def balance(
    classes: npt.NDArray[np.int64], target: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
    """Choose all images of a target class, and equally many others.

    Parameters
    ----------
    classes : ndarray of int64, shape (m,)
        The class of each image, in file order.
    target : int
        The target class.

    Returns
    -------
    chosen : ndarray of intp, shape (2k,)
        Indices into `classes`: the k images of the target class, then the first k
        others, or all others if there are fewer. Both parts are in file order.
    labels : ndarray of uint8, shape (2k,)
        1 for the target class, 0 for the others.
    """
    targets = np.flatnonzero(classes == target)
    others = np.flatnonzero(classes != target)
    chosen = np.append(targets, others[: len(targets)])
    labels = (classes[chosen] == target).astype(np.uint8)
    return chosen, labels


def shuffle_split(
    n: int, *, test_size: int, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Shuffle n images in the order of NumPy's legacy generator.

    Every version of NumPy gives the same order.

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
            f"params.yaml: test_size is {test_size}; "
            f"with {n} images, it must be from 1 to {n - 1}"
        )
    order = np.random.RandomState(seed).permutation(n)
    train = order[:-test_size]
    test = order[-test_size:]
    return train, test
