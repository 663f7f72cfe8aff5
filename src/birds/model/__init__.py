"""Logistic regression: the method as it is taught, and the same iterates computed faster."""
