"""Imports point down: each module of the package imports only from lower floors, or from its own package."""

import ast
import re
from pathlib import Path

import pytest

import birds

FOLDER = Path(birds.__file__).parent
LEVELS = re.findall(r"^    ([a-z_, ]+?)   +", birds.__doc__ or "", re.MULTILINE)  # the highest first
FLOORS = {name: -n for n, names in enumerate(LEVELS) for name in names.split(", ")}
MODULES = {path.relative_to(FOLDER).with_suffix("").parts: path for path in FOLDER.rglob("*.py")}


@pytest.mark.parametrize("parts", MODULES, ids=".".join)
def test_imports_point_down(parts: tuple[str, ...]) -> None:
    allowed = {parts[0], *(room for room, floor in FLOORS.items() if floor < FLOORS.get(parts[0], 1))}
    for node in ast.walk(ast.parse(MODULES[parts].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert "birds" not in {name.name.partition(".")[0] for name in node.names}, "use from"
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports must be absolute"
            package, *rooms = (node.module or "").split(".")
            if package == "birds":
                assert {*(rooms[:1] or [name.name for name in node.names])} <= allowed
