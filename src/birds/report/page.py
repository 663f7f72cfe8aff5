"""The HTML page: all results of a run in one file that opens without a network.

Each function prepares one part of the page, and the template prints it.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from birds.data.cifar10 import (
    CHANNELS,
    N_FEATURES,
    PIXEL_MAX,
    SIDE,
    TITLES,
    label_names,
)
from birds.files import Arrays
from birds.model.logistic import THRESHOLD
from birds.model.rounding import COST_DECIMALS
from birds.photos import BROWSER_FORMATS, FILE_BYTES_MAX, PIXELS_MAX, SIDE_MAX
from birds.report import gallery, sentences
from birds.report.sentences import NO_BREAK, number, percent

# The scale from purple to orange: ColorBrewer's PuOr, as matplotlib's PuOr_r
PURPLE_TO_ORANGE = (
    "#2d004b",
    "#542788",
    "#8073ac",
    "#b2abd2",
    "#d8daeb",
    "#f7f7f7",
    "#fee0b6",
    "#fdb863",
    "#e08214",
    "#b35806",
    "#7f3b08",
)

# The plots in the order of the page, with their captions
CAPTIONS = {
    "cost": "Training cost over the iterations.",
    "sweep": (
        "Training cost for each learning rate of the sweep, with the final accuracies."
    ),
    "weights": "What the model has learned: one weight for each colour of each pixel.",
    "hits_and_mistakes": (
        "The holdout images whose probability is nearest to the true label, "
        "and those farthest from it."
    ),
    "accuracy_by_class": "How often each class is correctly classified.",
    "confusion": "Confusion matrix on the holdout.",
    "roc": "True and false positive rates at every threshold.",
    "reliability": "How well the probabilities match the observed frequencies.",
    "examples": "Training images.",
    "test_example": "One test image.",
}

# The rows of the table of scores, with their digits after the point
SCORE_ROWS = {
    "accuracy": ("accuracy (%)", 2),
    "accuracy_low": ("95 % interval, low", 1),
    "accuracy_high": ("95 % interval, high", 1),
    "baseline": ("majority-class baseline (%)", 2),
    "precision": ("precision (%)", 2),
    "recall": ("recall (%)", 2),
    "f1": ("F1 (%)", 2),
    "roc_auc": ("ROC AUC", 4),
    "log_loss": ("log loss (nats)", 4),
    "brier": ("Brier score", 4),
}

Scores = Mapping[str, Mapping[str, Any]]
Snapshots = Sequence[Mapping[str, Any]]


def render(
    *,
    model: Arrays,
    scores: Scores,
    comparison: Mapping[str, Any],
    params: Mapping[str, Any],
    plots: Mapping[str, bytes],
    holdout: Arrays,
    mean: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float32],
    learning: Sequence[Sequence[str]],
) -> str:
    """Render the page as HTML that uses no other file and opens no connection.

    Parameters
    ----------
    model, scores, comparison : mapping
        The content of data/model/model.npz, metrics/scores.json and
        metrics/comparison.json.
    params : mapping
        The parameters of the run, by name.
    plots : mapping
        Maps each name in `CAPTIONS` to the content of its PNG.
    holdout : mapping
        The ``images`` (m, 32, 32, 3) and ``labels`` (m,) of the holdout, uint8, and
        its ``classes`` (m,), int64.
    mean : ndarray of float64, shape (32, 32, 3)
        The mean of the training images, from 0 to 255.
    probabilities : ndarray of float32, shape (m,)
        The probabilities of the holdout images.
    learning : sequence of rows
        The rows of plots/evaluation/learning.csv: the cost and the accuracy of each
        snapshot on each set.
    """
    target = params["target_class"]
    on_holdout = scores["holdout"]
    snapshots = _snapshots(model, learning)
    template = _environment().get_template("page.html.j2")
    return template.render(
        words=_words(target),
        run=_run(str(model["source"]), params, snapshots),
        headline=_headline(on_holdout),
        choice=_choice(holdout, probabilities),
        changes=_changes(on_holdout["insights"]),
        learned=_learned(target, on_holdout, snapshots),
        trained=_trained(holdout["labels"]),
        published=_published(comparison),
        scores=_scores(target, scores, holdout["labels"]),
        plots=_plots(plots),
        params=[[name, str(value)] for name, value in params.items()],
        data=_data(params, scores, model, holdout, mean, probabilities, snapshots),
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _words(target: str) -> dict[str, Any]:
    """Prepare the names and numbers that stand in several parts."""
    return {
        "target": target,
        "no_target": label_names(target)[0],
        "colours": ", ".join(PURPLE_TO_ORANGE),
        "channels": ["red", "green", "blue"],
        "side": SIDE,
        "n_pixels": f"{SIDE * SIDE:,}",
        "n_features": f"{N_FEATURES:,}",
    }


def _run(
    source: str, params: Mapping[str, Any], snapshots: Snapshots
) -> dict[str, Any]:
    """Prepare the title, and what to know before reading on."""
    warnings = []
    if source == "synthetic":
        warnings.append(sentences.SYNTHETIC)
    costs = [snapshot["cost"]["train"] for snapshot in snapshots]
    if costs[-1] > costs[0]:
        warnings.append(sentences.risen_cost(costs[0], costs[-1], params["lr"]))
    subject = f"{params['target_class'].capitalize()} or not"
    return {
        "title": f"{subject}: logistic regression from scratch on {TITLES[source]}",
        "warnings": warnings,
    }


def _headline(scores: Mapping[str, Any]) -> dict[str, str]:
    return {
        "accuracy": percent(scores["accuracy"], 2),
        "context": sentences.accuracy_in_context(scores),
    }


def _choice(holdout: Arrays, a: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Prepare the choice of an image."""
    types = [f"image/{name.lower()}" for name in BROWSER_FORMATS]
    return {
        "types": ",".join(types),
        "kinds": gallery.kinds(holdout, a),
    }


def _changes(insights: Mapping[str, Any]) -> dict[str, str]:
    """Prepare the buttons that rearrange the image."""
    return {
        "shift": str(insights["shift"]),
        "sentence": sentences.changes(insights),
    }


def _learned(
    target: str, scores: Mapping[str, Any], snapshots: Snapshots
) -> dict[str, Any]:
    """Prepare what the model has learned, and its chart of costs."""
    costs = []
    for snapshot in snapshots:
        costs.append(snapshot["cost"]["train"])
        costs.append(snapshot["cost"]["holdout"])
    lowest, highest = sentences.apart(min(costs), max(costs))
    return {
        "sentence": sentences.learned(target, scores),
        "last_snapshot": len(snapshots) - 1,
        "last_iteration": snapshots[-1]["iteration"],
        "lowest_cost": lowest,
        "highest_cost": highest,
    }


def _trained(labels: npt.NDArray[np.uint8]) -> dict[str, str]:
    """Prepare the threshold of the trained model."""
    return {
        "threshold": str(THRESHOLD),
        "n_images": f"{len(labels):,}",
    }


def _published(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Prepare the comparison with the published results: a short and a full table."""
    sentence = sentences.comparison(comparison)
    if not comparison["applies"]:
        return {"applies": False, "sentence": sentence}
    short = []
    full = []
    for name, pair in comparison["accuracy"].items():
        published = pair["published"]
        reproduced = pair["reproduced"]
        mark = "✓" if published == reproduced else "✗"
        marked = f"{number(reproduced, 2)}{NO_BREAK}{mark}"
        short.append([name, number(published, 2), marked])
        full.append([f"accuracy, {name}", str(published), str(reproduced)])
    for name, pair in comparison["cost"].items():
        reproduced = number(pair["reproduced"], COST_DECIMALS)
        full.append([f"cost, {name}", str(pair["published"]), reproduced])
    deviation = f"{comparison['largest_cost_deviation']:.1e}"
    full.append(["largest cost deviation", "", deviation])
    n_costs = len(comparison["cost"])
    return {
        "applies": True,
        "sentence": sentence,
        "short": short,
        "full": full,
        "full_title": f"All digits, and the {n_costs} costs",
    }


def _scores(
    target: str, scores: Scores, labels: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    """Prepare the table of scores: a row for each score, a column for each set."""
    rows = []
    for key, (title, digits) in SCORE_ROWS.items():
        row = [title]
        for of_set in scores.values():
            row.append(number(of_set[key], digits))
        rows.append(row)
    n_targets = int(labels.sum())
    return {
        "sets": list(scores),
        "rows": rows,
        "sentence": sentences.holdout(target, n_targets, len(labels) - n_targets),
    }


def _plots(plots: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [
        {"caption": caption, "png": _base64(plots[name])}
        for name, caption in CAPTIONS.items()
    ]


def _data(
    params: Mapping[str, Any],
    scores: Scores,
    model: Arrays,
    holdout: Arrays,
    mean: npt.NDArray[np.float64],
    a: npt.NDArray[np.float32],
    snapshots: Snapshots,
) -> dict[str, Any]:
    """Prepare what the scripts compute with."""
    return {
        "side": SIDE,
        "channels": CHANNELS,
        "pixel_max": PIXEL_MAX,
        "side_max": SIDE_MAX,
        "pixels_max": PIXELS_MAX,
        "file_bytes_max": FILE_BYTES_MAX,
        "formats": BROWSER_FORMATS,
        "colours": PURPLE_TO_ORANGE,
        "label_names": label_names(params["target_class"]),
        "threshold": THRESHOLD,
        "shift": scores["holdout"]["insights"]["shift"],
        "labels": _base64(holdout["labels"].tobytes()),
        "probabilities": _floats(a),
        "mean": _floats(mean / PIXEL_MAX),
        "weights": _floats(model["snapshot_w"]),
        "snapshots": snapshots,
    }


def _snapshots(
    model: Arrays, learning: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """List each snapshot's iteration and bias, and its cost and accuracy by set."""
    snapshots: dict[int, dict[str, Any]] = {}
    for iteration, b in zip(
        model["snapshot_iterations"].tolist(),
        model["snapshot_b"].tolist(),
        strict=True,
    ):
        snapshots[iteration] = {
            "iteration": iteration,
            "b": b,
            "cost": {},
            "accuracy": {},
        }
    for name, iteration, cost, accuracy in learning:
        snapshot = snapshots[int(iteration)]
        snapshot["cost"][name] = float(cost)
        snapshot["accuracy"][name] = float(accuracy)
    return list(snapshots.values())


def _floats(values: npt.NDArray[Any]) -> str:
    """Encode an array for the scripts, as little-endian float32."""
    return _base64(values.astype("<f4").tobytes())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
