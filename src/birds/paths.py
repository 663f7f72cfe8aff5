"""The files that the stages read and write, relative to the project's folder. dvc.yaml lists them by stage."""

RAW = "data/raw"
DATASET = f"{RAW}/dataset.json"  # which data the run uses
POOL, HOLDOUT = "data/extracted/pool.npz", "data/extracted/holdout.npz"
TRAIN, TEST = "data/split/train.npz", "data/split/test.npz"
SETS = {"train": TRAIN, "test": TEST, "holdout": HOLDOUT}
MODEL = "data/model/model.npz"
PROBABILITIES = "data/probabilities.npz"
PUBLISHED = "data/published.json"

ACCURACY, SCORES = "metrics/accuracy.json", "metrics/scores.json"
SWEEP, COMPARISON = "metrics/sweep.json", "metrics/comparison.json"

COSTS, SWEEP_COSTS = "plots/cost.csv", "plots/sweep.csv"
ROC, RELIABILITY = "plots/evaluation/roc.csv", "plots/evaluation/reliability.csv"
CONFUSION, LEARNING = "plots/evaluation/confusion.csv", "plots/evaluation/learning.csv"
IMAGES = "plots/images"
REPORT = "plots/report.html"


def columns(name: str) -> tuple[str, str]:
    """Return the paths of x and y for a set: train, test or holdout."""
    return f"data/preprocessed/x_{name}.npy", f"data/preprocessed/y_{name}.npy"
