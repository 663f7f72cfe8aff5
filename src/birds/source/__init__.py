"""Where the batches come from: downloaded, generated, and read safely."""
