"""How good a classifier is."""

import numpy as np
import numpy.typing as npt


def accuracy(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Compute the percentage of predictions that are right.

    Parameters
    ----------
    y_true, y_pred : array_like
        Labels and predictions, 0 or 1, of the same shape.

    Returns
    -------
    float
        From 0 to 100.

    Notes
    -----
    Computed as 100 - 100 * (the share that is wrong), as the published figures were, since the other way round can
    differ in the last digit.
    """
    wrong = np.asarray(y_true) != np.asarray(y_pred)
    return float(100 - wrong.mean() * 100)
