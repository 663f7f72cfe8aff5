"""The stages of the pipeline. They use the ``src/`` next to them, even if another copy is installed."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

if not find_spec("numpy"):
    sys.exit(
        f"error: {sys.executable} lacks this project's packages: run `. .venv/bin/activate` first, or `make repro`"
    )
