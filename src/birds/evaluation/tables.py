"""The rows of the tables that DVC and the page draw. Floats are rounded."""

from birds.evaluation import metrics
from birds.evaluation.metrics import Labels, Probabilities
from birds.files import Arrays
from birds.model.logistic import Array, cost, decide, logits, sigmoid
from birds.model.rounding import as_text

Rows = list[list[str]]

ROC = ["set", "false_positive_rate", "true_positive_rate"]
RELIABILITY = ["set", "predicted", "observed", "images"]
LEARNING = ["set", "iteration", "cost", "accuracy"]
CONFUSION = ["actual", "predicted"]


def roc(name: str, y: Labels, a: Probabilities) -> Rows:
    """List the points of a set's ROC curve, under the header `ROC`."""
    false_positive_rates, true_positive_rates = metrics.roc_curve(y, a)
    rows = []
    for false, true in zip(false_positive_rates, true_positive_rates, strict=True):
        rows.append(as_text([name, false, true]))
    return rows


def reliability(name: str, y: Labels, a: Probabilities) -> Rows:
    """List a set's bins of probabilities, under the header `RELIABILITY`."""
    rows = []
    for each in metrics.reliability(y, a):
        rows.append(as_text([name, each.predicted, each.observed, each.images]))
    return rows


def learning(name: str, x: Array, y: Labels, model: Arrays) -> Rows:
    """List the cost and the accuracy of each snapshot, under the header `LEARNING`."""
    # Of n snapshots: w is (d, n) and b (n, 1), so z is (n, m).
    w = model["snapshot_w"].T
    b = model["snapshot_b"][:, None]
    z_by_snapshot = logits(w, b, x)
    rows = []
    for iteration, z in zip(model["snapshot_iterations"], z_by_snapshot, strict=True):
        accuracy = metrics.accuracy(y, decide(sigmoid(z)))
        rows.append(as_text([name, iteration, cost(z, y), accuracy]))
    return rows


def confusion(y: Labels, a: Probabilities, names: tuple[str, str]) -> Rows:
    """List each image's label and prediction by name, under the header `CONFUSION`."""
    pairs = zip(y, decide(a), strict=True)
    return [[names[label], names[prediction]] for label, prediction in pairs]
