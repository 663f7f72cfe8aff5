"""Logistic regression: the textbook method, and a faster way to the same iterates."""
