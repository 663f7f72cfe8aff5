"""CIFAR-10 contains near-duplicates; docs/reproducibility.md says how near the holdout is to the training set."""

import re

import numpy as np
import numpy.typing as npt

from birds import files, paths
from projects import ROOT, Project


def standardize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return one row per image, with mean 0 and norm 1, so that products are correlations."""
    rows = images.reshape(len(images), -1).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def test_the_documented_correlations_of_the_nearest_training_images_are_correct(real_project: Project) -> None:
    train, holdout = (files.read_npz(real_project.folder / path)["images"] for path in (paths.TRAIN, paths.HOLDOUT))
    nearest = np.sort((standardize(holdout) @ standardize(train).T).max(axis=1))[::-1]
    text = " ".join((ROOT / "docs/reproducibility.md").read_text(encoding="utf-8").split())
    (documented,) = re.findall(r"highest correlations are ([0-9., and]+)\. ", text)
    assert documented == ", ".join(f"{value:.3f}" for value in nearest[:7]) + f" and {nearest[7]:.3f}"
    assert nearest[0] < 0.97, "an identical image would have 1"
