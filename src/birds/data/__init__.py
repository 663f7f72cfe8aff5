"""Provide CIFAR-10, read it, and choose and preprocess the images to use."""
