"""Score a model, and compare a run with the published results."""
