"""CIFAR-10's names and shapes, and how its images are chosen and preprocessed."""
