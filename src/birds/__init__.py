"""Recognise birds in CIFAR-10 with logistic regression from scratch."""
