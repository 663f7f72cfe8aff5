"""Run stages, and print as JSON which files of the project and which params each used.

Run by the tests in a project: ``python spy.py train evaluate``.
"""

import json
import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.getcwd())  # noqa: PTH109  as `python -m` does

import stages  # noqa: F401  puts the project's own src/ first
from birds.params import Params

IGNORED = re.compile(r"\.\.|params\.yaml$|.*\.py$|.*__pycache__")
NAMES_OF_PARAMS = set(Params.__dataclass_fields__)

read: set[str] = set()
written: set[str] = set()
params: set[str] = set()


def record_file(event: str, arguments: tuple[Any, ...]) -> None:
    """Record a file that Python opens. `sys.addaudithook` calls this."""
    if event != "open" or not isinstance(arguments[0], str | Path):
        return
    path = os.path.relpath(arguments[0])
    if IGNORED.match(path):
        return
    is_written = bool(set(arguments[1] or "") & set("wax+"))
    path = re.sub(r"\.part-\d+-", "", path)  # the temporary name of a new file
    (written if is_written else read).add(path)


def record_param(self: Params, name: str) -> Any:
    """Record a parameter that a stage uses."""
    if name in NAMES_OF_PARAMS:
        params.add(name)
    return object.__getattribute__(self, name)


Params.__getattribute__ = record_param  # type: ignore[assignment]
sys.addaudithook(record_file)
used = {}
for stage in sys.argv[1:]:
    for record in read, written, params:
        record.clear()
    runpy.run_module(f"stages.{stage}", run_name="__main__")
    used[stage] = {
        "read": sorted(read),
        "written": sorted(written),
        "params": sorted(params),
    }
print(json.dumps(used))
