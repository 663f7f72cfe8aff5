"""The stages of the pipeline. They use the ``src/`` next to them, even if another copy is installed."""

import sys
from pathlib import Path
from types import TracebackType

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))


def _explain(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Report a missing package in one line: another `python` than that of .venv may come first on the PATH."""
    if isinstance(error, ModuleNotFoundError):
        print(
            f"error: {sys.executable} has no {error.name}: run `. .venv/bin/activate` first, or `make repro`",
            file=sys.stderr,
        )
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _explain
