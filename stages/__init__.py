"""The stages of the pipeline. They run the ``src/`` beside them, even where another copy of it is installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
