"""The files of the pipeline, relative to the project's folder.

dvc.yaml lists them by stage.
"""

# The batches, and what they are
BATCHES = "data/batches"
DATASET = f"{BATCHES}/dataset.json"

# The images that are used
POOL = "data/extracted/pool.npz"
HOLDOUT = "data/extracted/holdout.npz"
TRAIN = "data/split/train.npz"
TEST = "data/split/test.npz"
IMAGES_OF = {
    "train": TRAIN,
    "test": TEST,
    "holdout": HOLDOUT,
}
# The same images as columns x, with their labels y
COLUMNS_OF = {
    "train": "data/preprocessed/train.npz",
    "test": "data/preprocessed/test.npz",
    "holdout": "data/preprocessed/holdout.npz",
}

# The model, and what it says
MODEL = "data/model/model.npz"
PROBABILITIES = "data/probabilities.npz"
ACCURACY = "metrics/accuracy.json"
SCORES = "metrics/scores.json"
SWEEP = "metrics/sweep.json"

# The published results, and the comparison with them
PUBLISHED = "data/published.json"
COMPARISON = "metrics/comparison.json"

# Tables
COSTS = "plots/cost.csv"
SWEEP_COSTS = "plots/sweep.csv"
ROC = "plots/evaluation/roc.csv"
RELIABILITY = "plots/evaluation/reliability.csv"
CONFUSION = "plots/evaluation/confusion.csv"
LEARNING = "plots/evaluation/learning.csv"

# What people look at
PLOTS = "plots/images"
REPORT = "plots/report.html"
