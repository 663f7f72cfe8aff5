"""Score a classifier on m images.

The functions take the labels y, uint8 of shape (m,), the probabilities a of label 1,
float32 of shape (m,), and their logits z. Rates are in percent. The log loss, the Brier
score and the mean probabilities of `reliability` are sums of floats; everything else is
computed from counts.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from birds.data.cifar10 import CLASSES
from birds.model import rounding
from birds.model.logistic import Array, cost, decide

Labels = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]

_Z_95 = 1.959963984540054  # the normal distribution's 97.5 % quantile


class Confusion(NamedTuple):
    """The number of images for each pair of label and prediction."""

    true_negative: int
    false_positive: int
    false_negative: int
    true_positive: int


class ReliabilityBin(NamedTuple):
    """The images with similar probabilities.

    The mean probability and the share with label 1, both in percent, and their number.
    """

    predicted: float
    observed: float
    images: int


def accuracy(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> float:
    """Compute the percentage of predictions that equal their labels.

    Computed as 100 - 100 * (share of wrong predictions), like the published results.
    Computing it directly can change the last digit.
    """
    wrong = np.asarray(y_true) != np.asarray(y_pred)
    return float(100 - wrong.mean() * 100)


def wilson_interval(n_correct: int, n: int) -> tuple[float, float]:
    """Compute the 95 % confidence interval of the proportion n_correct / n, in percent.

    With p = n_correct / n and z the normal quantile, it is
    (p + z² / 2n ± z √(p (1 - p) / n + z² / 4n²)) / (1 + z² / n).

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    JASA 22, 1927.
    """
    share = n_correct / n
    z2 = _Z_95**2
    under_root = share * (1 - share) / n + z2 / (4 * n**2)
    centre = share + z2 / (2 * n)
    half = _Z_95 * math.sqrt(under_root)
    low = 100 * (centre - half) / (1 + z2 / n)
    high = 100 * (centre + half) / (1 + z2 / n)
    # Rounding can lead outside if all predictions are right, or all wrong.
    return max(0.0, low), min(100.0, high)


def confusion(y_true: Labels, y_pred: Labels) -> Confusion:
    """Count the images for each pair of label and prediction."""
    # Number the pairs (0, 0), (0, 1), (1, 0) and (1, 1) from 0 to 3.
    pairs = 2 * y_true.astype(np.intp) + y_pred
    return Confusion(*np.bincount(pairs, minlength=4).tolist())


def roc_curve(
    y: Labels, a: Probabilities
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Compute the receiver operating characteristic: the rates at every threshold.

    Returns
    -------
    false_positive_rate, true_positive_rate : ndarray of float64
        In percent, from (0, 0) to (100, 100), with one point for each distinct value of
        `a`, the highest first. The rate of an absent class is 0.
    """
    false_positives, true_positives = _roc_counts(y, a)
    n_negative = max(1, int(false_positives[-1]))
    n_positive = max(1, int(true_positives[-1]))
    return 100 * false_positives / n_negative, 100 * true_positives / n_positive


def _roc_counts(
    y: Labels, a: Probabilities
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count the false and true positives at each threshold, from none to all."""
    # Rank the distinct probabilities from 1, the highest first. No image has rank 0:
    # there the curve starts, with no positives.
    _, ranks = np.unique(-a, return_inverse=True)
    ranks += 1
    size = ranks.max() + 1
    negatives = np.bincount(ranks[y == 0], minlength=size)
    positives = np.bincount(ranks[y == 1], minlength=size)
    return np.cumsum(negatives), np.cumsum(positives)


def roc_auc(y: Labels, a: Probabilities) -> float | None:
    """Compute the area under the ROC curve, or None if a label is absent."""
    if y.min() == y.max():
        return None
    false_positives, true_positives = _roc_counts(y, a)
    # In integers, by the trapezoidal rule, so that only the division rounds.
    widths = np.diff(false_positives)
    heights = true_positives[1:] + true_positives[:-1]
    twice_the_area = int(widths @ heights)
    n_pairs = int(false_positives[-1]) * int(true_positives[-1])
    return twice_the_area / (2 * n_pairs)


def brier(y: Labels, a: Probabilities) -> float:
    """Compute the Brier score, the mean of (a - y)²."""
    return float(np.square(a.astype(np.float64) - y).mean())


def reliability(y: Labels, a: Probabilities, n_bins: int = 10) -> list[ReliabilityBin]:
    """Compare probabilities with observed frequencies, in bins of equal width.

    Empty bins are left out. The lowest comes first.
    """
    precise = a.astype(np.float64)
    # The last bin includes its upper end, 1.
    bin_of = np.minimum((precise * n_bins).astype(np.intp), n_bins - 1)
    bins = []
    for number in np.unique(bin_of):
        is_inside = bin_of == number
        bins.append(
            ReliabilityBin(
                predicted=float(precise[is_inside].mean() * 100),
                observed=float(y[is_inside].mean() * 100),
                images=int(is_inside.sum()),
            )
        )
    return bins


def scores(y: Labels, a: Probabilities, z: Array) -> dict[str, Any]:
    """Compute all scores.

    Returns
    -------
    dict
        ``accuracy``, with its 95 % Wilson interval ``accuracy_low`` to
        ``accuracy_high``; ``baseline``, the accuracy of always predicting the majority
        class; ``precision``, ``recall`` and ``f1`` in percent, or None for 0/0;
        ``roc_auc``, the probability that a 1 is ranked above a 0; ``log_loss`` in nats,
        the cost of z; ``brier``; and ``confusion``, the counts of `Confusion`.
    """
    predicted = decide(a)
    counts = confusion(y, predicted)
    tn, fp, fn, tp = counts
    low, high = wilson_interval(tp + tn, len(y))
    n_majority = max(tp + fn, tn + fp)
    return {
        "accuracy": accuracy(y, predicted),
        "accuracy_low": low,
        "accuracy_high": high,
        "baseline": 100 * n_majority / len(y),
        "precision": _percent(tp, tp + fp),
        "recall": _percent(tp, tp + fn),
        "f1": _percent(2 * tp, 2 * tp + fp + fn),
        "roc_auc": roc_auc(y, a),
        "log_loss": rounding.score(cost(z, y)),
        "brier": rounding.score(brier(y, a)),
        "confusion": counts._asdict(),
    }


def accuracy_by_class(
    classes: npt.NDArray[np.int64], y: Labels, a: Probabilities
) -> dict[str, float | None]:
    """Compute the percentage of each class that is correctly classified.

    Parameters
    ----------
    classes : ndarray of int64, shape (m,)
        Indices into `birds.data.cifar10.CLASSES`.
    y, a : ndarray, shape (m,)

    Returns
    -------
    dict
        Maps the name of each class to a percentage, or to None if it has no image.
    """
    correct = decide(a) == y
    accuracies = {}
    for number, name in enumerate(CLASSES):
        of_class = correct[classes == number]
        accuracies[name] = _percent(int(of_class.sum()), len(of_class))
    return accuracies


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
