"""CIFAR-10: where it comes from, what it holds, and which of its images are used."""
