"""The names of CIFAR-10's batches and labels."""

from birds.data import cifar10


def test_the_training_batches_are_named_by_their_numbers() -> None:
    assert cifar10.train_batches([5, 1]) == ["data_batch_5", "data_batch_1"]


def test_the_labels_0_and_1_are_named_after_the_target_class() -> None:
    assert cifar10.label_names("ship") == ("no ship", "ship")
