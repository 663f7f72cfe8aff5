"""The study in one file, from top to bottom: no DVC, no parameters.

    python examples/tutorial.py [PHOTO]

It follows the steps of V. N. Sichkar, Logistic Regression with Neural Network mindset,
2018, prints what the tutorial prints, and draws its plots into plots/tutorial/. It
reads data_batch_1 from the folder in CIFAR10_DIR, or from data/batches/ after a run.
"""

import os
import sys
from pathlib import Path

import skimage.data
from matplotlib.figure import Figure

from birds.data.cifar10 import CLASSES, label_names
from birds.data.preprocessing import flatten_and_normalize
from birds.data.sampling import balance, shuffle_split
from birds.errors import UserError, one_line
from birds.evaluation.metrics import Labels, accuracy
from birds.model import gram_descent, logistic
from birds.model.logistic import Array, Fit, decide, predict, predict_proba
from birds.photos import read_photo, to_model_size, to_thumbnail
from birds.report import drawing
from birds.source.batches import read_batch

FOLDER = Path(os.environ.get("CIFAR10_DIR") or "data/batches")
CAT = Path(skimage.data.__file__).with_name("chelsea.png")
NAMES = label_names("bird")


def main(photo_path: Path) -> None:
    # 1. Read the first batch: 10,000 images, each of one of ten classes.
    images, classes = read_batch(FOLDER / "data_batch_1", "cifar10")
    print(f"images {images.shape}, classes {classes.shape}")

    # 2. Keep all birds, label 1, and equally many other images, label 0.
    chosen, labels = balance(classes, CLASSES.index("bird"))
    images = images[chosen]
    print(f"birds {(labels == 1).sum()}, others {(labels == 0).sum()}")

    # 3. Shuffle them, and split them into a training set and a test set.
    train, test = shuffle_split(len(labels), test_size=164, seed=0)
    train_set = {"images": images[train], "labels": labels[train]}
    test_set = {"images": images[test], "labels": labels[test]}
    save("examples", drawing.training_examples(train_set, NAMES, "cifar10"))

    # 4. Flatten each image to a column of 32 · 32 · 3 values, and divide by 255.
    x_train = flatten_and_normalize(train_set["images"])
    x_test = flatten_and_normalize(test_set["images"])
    y_train = train_set["labels"][None, :]
    y_test = test_set["labels"][None, :]
    print(f"x_train {x_train.shape}, y_train {y_train.shape}")
    print(f"x_test {x_test.shape}, y_test {y_test.shape}")

    # 5. Train. Each of the 2,000 iterations computes the probabilities of a bird,
    #    a = sigmoid(wᵀx + b), and moves w and b a step against the cost's gradient.
    fit = logistic.fit(x_train, y_train, lr=0.005, iterations=2000, on_record=show_cost)
    curve = list(fit.costs.items())
    save("cost", drawing.cost_curves({"learning rate 0.005": curve}, "cifar10"))

    # 6. Predict "bird" where the probability is at least one half.
    show_accuracy("train", fit, x_train, y_train)
    show_accuracy("test", fit, x_test, y_test)
    a = predict_proba(fit.w, fit.b, x_test)[0]
    save("test_example", drawing.test_example(test_set, a, NAMES, "cifar10"))

    # 7. Compare three learning rates. gram_descent.fit computes the same iterates as
    #    logistic.fit, many times faster.
    curves = {}
    for lr in 0.01, 0.001, 0.0001:
        other = gram_descent.fit(x_train, y_train, lr=lr, iterations=2000)
        show_accuracy(f"learning rate {lr}, train", other, x_train, y_train)
        show_accuracy(f"learning rate {lr}, test", other, x_test, y_test)
        curves[f"learning rate {lr}"] = list(other.costs.items())
    save("learning_rates", drawing.cost_curves(curves, "cifar10"))

    # 8. Classify your own photo: resize it to 32×32 pixels first.
    photo = read_photo(photo_path)
    resized = to_model_size(photo)
    x = flatten_and_normalize(resized[None])
    probability = predict_proba(fit.w, fit.b, x)[0, 0]
    verdict = f"{NAMES[decide(probability)]}, a = {probability:.4f}"
    print(f"{photo_path.name}: {verdict}")
    row = (photo_path.name, to_thumbnail(photo), resized, verdict)
    save("photo", drawing.before_and_after([row], "cifar10"))


def show_cost(iteration: int, cost: float) -> None:
    print(f"cost at iteration {iteration}: {cost}")


def show_accuracy(name: str, fit: Fit, x: Array, y: Labels) -> None:
    print(f"accuracy, {name}: {accuracy(y, predict(fit.w, fit.b, x))} %")


def save(name: str, plot: Figure) -> None:
    path = f"plots/tutorial/{name}.png"
    drawing.save(plot, path)
    print(f"plot: {path}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]) if sys.argv[1:] else CAT)
    except (UserError, OSError) as error:
        sys.exit(f"error: {one_line(error)}")
