"""The study in one file, from top to bottom: no DVC, no parameters.

    python examples/tutorial.py [PHOTO]

It follows the steps of V. N. Sichkar, Logistic Regression with Neural Network mindset,
2018, prints what the tutorial prints, and draws its pictures into plots/tutorial/. It
reads data_batch_1 from the folder in CIFAR10_DIR, or from data/batches/ after a run.
"""

import os
import sys
from pathlib import Path

import skimage.data

from birds.data import cifar10, preprocessing, sampling
from birds.errors import UserError, one_line
from birds.evaluation.metrics import accuracy
from birds.model import gram_descent, logistic
from birds.photos import read_photo, to_model_size, to_thumbnail
from birds.report import drawing
from birds.source.batches import read_batch

FOLDER = Path(os.environ.get("CIFAR10_DIR") or "data/batches")
PICTURES = Path("plots/tutorial")
CAT = Path(skimage.data.__file__).with_name("chelsea.png")
NAMES = ("no bird", "bird")


def main(photo_path: Path) -> None:
    # 1. Read the first batch: 10,000 images, each of one of ten classes.
    images, classes = read_batch(FOLDER / "data_batch_1", "cifar10")
    print(f"images: {images.shape}, classes: {classes.shape}")

    # 2. Keep all birds, label 1, and equally many other images, label 0.
    bird = cifar10.CLASSES.index("bird")
    chosen, labels = sampling.balance(classes, bird)
    images = images[chosen]
    print(f"birds: {(labels == 1).sum()}, others: {(labels == 0).sum()}")

    # 3. Shuffle them, and split them into a training set and a test set.
    train, test = sampling.shuffle_split(len(labels), test_size=164, seed=0)
    training_set = {"images": images[train], "labels": labels[train]}
    test_set = {"images": images[test], "labels": labels[test]}
    drawing.save(
        drawing.training_examples(training_set, NAMES, "cifar10"),
        PICTURES / "examples.png",
    )

    # 4. Flatten each image to a column of 32 · 32 · 3 = 3,072 values, and divide by 255.
    x_train = preprocessing.flatten_and_normalize(training_set["images"])
    x_test = preprocessing.flatten_and_normalize(test_set["images"])
    y_train = training_set["labels"][None, :]
    y_test = test_set["labels"][None, :]
    print(f"x_train: {x_train.shape}, y_train: {y_train.shape}")
    print(f"x_test: {x_test.shape}, y_test: {y_test.shape}")

    # 5. Train. In each of the 2,000 iterations, logistic.fit computes the probabilities
    #    a = sigmoid(wᵀx + b), the gradient of the cost, and a step against it.
    fit = logistic.fit(x_train, y_train, lr=0.005, iterations=2000, on_record=show)
    curve = list(fit.costs.items())
    drawing.save(
        drawing.cost_curves({"learning rate 0.005": curve}, "cifar10"),
        PICTURES / "cost.png",
    )

    # 6. Predict "bird" where the probability is at least one half.
    train_accuracy = accuracy(y_train, logistic.predict(fit.w, fit.b, x_train))
    test_accuracy = accuracy(y_test, logistic.predict(fit.w, fit.b, x_test))
    print(f"accuracy: train {train_accuracy} %, test {test_accuracy} %")
    a = logistic.predict_proba(fit.w, fit.b, x_test)[0]
    drawing.save(
        drawing.test_example(test_set, a, NAMES, "cifar10"),
        PICTURES / "test_example.png",
    )

    # 7. Compare three learning rates. gram_descent.fit computes what logistic.fit computes,
    #    many times faster.
    curves = {}
    for lr in 0.01, 0.001, 0.0001:
        trained = gram_descent.fit(x_train, y_train, lr=lr, iterations=2000)
        train_accuracy = accuracy(
            y_train, logistic.predict(trained.w, trained.b, x_train)
        )
        test_accuracy = accuracy(y_test, logistic.predict(trained.w, trained.b, x_test))
        print(f"learning rate {lr}: train {train_accuracy} %, test {test_accuracy} %")
        curves[f"learning rate {lr}"] = list(trained.costs.items())
    drawing.save(
        drawing.cost_curves(curves, "cifar10"), PICTURES / "learning_rates.png"
    )

    # 8. Classify your own photo: resize it to 32×32 pixels first.
    photo = read_photo(photo_path)
    resized = to_model_size(photo)
    x = preprocessing.flatten_and_normalize(resized[None])
    probability = logistic.predict_proba(fit.w, fit.b, x)[0, 0]
    verdict = f"{NAMES[logistic.decide(probability)]}, a = {probability:.4f}"
    print(f"{photo_path.name}: {verdict}")
    before_and_after = [(photo_path.name, to_thumbnail(photo), resized, verdict)]
    drawing.save(
        drawing.before_and_after(before_and_after, "cifar10"),
        PICTURES / "photo.png",
    )
    print(f"pictures: {PICTURES}/")


def show(iteration: int, cost: float) -> None:
    print(f"cost at iteration {iteration}: {cost}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]) if sys.argv[1:] else CAT)
    except (UserError, OSError) as error:
        sys.exit(f"error: {one_line(error)}")
