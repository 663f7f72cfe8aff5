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
    """Say in one line that the Python that runs is not the project's."""
    is_module = isinstance(error, ModuleNotFoundError)
    is_ours = is_module and (error.name or "").split(".")[0] in ("birds", "stages")
    is_activated = Path(sys.prefix).resolve() == (PROJECT / ".venv").resolve()
    if is_module and not is_ours and not is_activated:
        print(
            f"error: {sys.executable} has no {error.name}: "
            "run `. .venv/bin/activate` first, or `make repro`",
            file=sys.stderr,
        )
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _explain
