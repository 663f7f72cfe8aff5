"""The names of the batches and of the labels."""

from birds.data import cifar10


def test_the_test_batch_follows_the_training_batches() -> None:
    names = cifar10.batch_names([5, 1])

    assert names == ["data_batch_5", "data_batch_1", "test_batch"]


def test_a_label_is_the_target_class_or_its_absence() -> None:
    assert cifar10.label_names("ship") == ("no ship", "ship")
