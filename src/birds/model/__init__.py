"""Logistic regression: the textbook method, and a faster way to compute the same iterates."""
