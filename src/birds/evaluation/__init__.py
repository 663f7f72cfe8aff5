"""How good a model is, and whether a run reproduces the published results."""
