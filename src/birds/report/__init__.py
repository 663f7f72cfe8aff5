"""The plots and the HTML page that show a run."""
