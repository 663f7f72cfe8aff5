"""The stages of the pipeline, each a short script.

They use the ``src/`` beside them, even if another copy of the project is installed.
"""

import sys
from pathlib import Path
from types import TracebackType

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT / "src"))


def _explain(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in one line which package is missing, if this Python is not that of .venv."""
    is_activated = Path(sys.prefix).resolve() == (PROJECT / ".venv").resolve()
    if isinstance(error, ModuleNotFoundError) and not is_activated:
        package = str(error.name).split(".")[0]
        if package not in ("birds", "stages"):
            print(
                f"error: {sys.executable} has no {error.name}: "
                "run `. .venv/bin/activate` first, or `make repro`",
                file=sys.stderr,
            )
            return
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _explain
