"""The HTML page: all results of a run in one file that opens anywhere, without a network."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from birds.data.cifar10 import SHA256

# The plots in the order of the page, with their captions.
CAPTIONS = {
    "cost": "Training cost over the iterations.",
    "sweep": "Training cost for each learning rate of the sweep, with the accuracies reached.",
    "weights": "What the model has learned: one weight for each colour of each pixel.",
    "hits_and_mistakes": "The holdout images that the model is most certain about: correctly, and wrongly.",
    "recall_by_class": "How often each class is correctly classified.",
    "confusion": "Confusion matrix on the holdout.",
    "roc": "True and false positive rate at every threshold.",
    "reliability": "How well the probabilities match the observed frequencies.",
    "examples": "Some training images.",
    "test_example": "One test image.",
}


def render(
    *,
    dataset: Mapping[str, Any],
    costs: Sequence[float],
    scores: Mapping[str, Any],
    comparison: Mapping[str, Any],
    params: Mapping[str, Any],
    images: Mapping[str, bytes],
) -> str:
    """Render the page.

    Parameters
    ----------
    dataset, scores, comparison : mapping
        As in data/raw/dataset.json, metrics/scores.json and metrics/comparison.json.
    costs : sequence of float
        The recorded costs of the training.
    params : mapping
        The parameters of the run, by name.
    images : mapping
        From each name in `CAPTIONS` to the content of its PNG.

    Returns
    -------
    str
        HTML that refers to no other file.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2").render(
        is_real=dataset["dataset"] == "cifar10",
        digests={name: SHA256[dataset["dataset"]][name] for name in dataset["batches"]},
        sets=[*scores],
        costs=costs,
        scores=scores,
        comparison=comparison,
        params=params,
        plots=[(caption, base64.b64encode(images[name]).decode()) for name, caption in CAPTIONS.items()],
    )
