"""The plots and the HTML page that show a run."""

import os

os.environ.pop(
    "MPLBACKEND", None
)  # a notebook's backend would break matplotlib, and files need no backend
