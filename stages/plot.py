"""Draw the pictures."""

from birds import figures, files, logistic, stage
from birds.cifar10 import LABEL_NAMES
from birds.params import Params

EXAMPLES = (0, 20, 300, 1000, 1500)  # the columns of the training set that the study shows
TEST_EXAMPLE = 10  # the column of the test set that it shows


def main(params: Params) -> None:
    dataset = stage.dataset()
    train, test = (files.read_arrays(f"data/split/{name}.npz") for name in ("train", "test"))

    columns = [column for column in EXAMPLES if column < len(train["images"])]
    captions = [f"column {column}: {LABEL_NAMES[train['labels'][column]]}" for column in columns]
    figure = figures.labelled_images(train["images"][columns], captions, "Training examples", dataset)
    figures.save(figure, "plots/examples.png")

    column = min(TEST_EXAMPLE, len(test["images"]) - 1)
    probability = files.read_arrays("data/probabilities.npz")["test"][column]
    predicted = LABEL_NAMES[logistic.predict(probability)]
    caption = f"true: {LABEL_NAMES[test['labels'][column]]}\npredicted: {predicted} (a = {probability:.4f})"
    figure = figures.labelled_images(test["images"][[column]], [caption], f"Test image {column}", dataset)
    figures.save(figure, "plots/test_example.png")

    curves = {f"learning rate {params.lr:g}": files.read_csv("plots/cost.csv")}
    figures.save(figures.cost_curves(curves, "Training cost", dataset), "plots/cost.png")

    rows, scores = files.read_csv("plots/sweep.csv"), files.read_json("metrics/sweep.json")
    curves = {}
    for lr in params.sweep_lr:
        train_accuracy, test_accuracy = (scores[lr][name]["accuracy"] for name in ("train", "test"))
        label = f"learning rate {lr}: train {train_accuracy:.2f} %, test {test_accuracy:.2f} %"
        curves[label] = [row for row in rows if row["lr"] == lr]
    figure = figures.cost_curves(curves, "Training cost by learning rate", dataset)
    figures.save(figure, "plots/sweep.png")
    stage.warn_of_stand_in(dataset)


if __name__ == "__main__":
    stage.run(main)
