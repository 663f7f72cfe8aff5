"""The plots and the HTML page that show a run."""

import os

os.environ.pop("MPLBACKEND", None)  # matplotlib fails on a notebook's, and no backend is needed to write files
