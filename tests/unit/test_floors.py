"""Imports point down: each module of the package imports only from lower floors, or from its own package."""

import ast
import re
from pathlib import Path

import pytest

import birds

FOLDER = Path(birds.__file__).parent
LEVELS = [names.split(", ") for names in re.findall(r"^    ([a-z_, ]+?)   +", birds.__doc__ or "", re.MULTILINE)]
FLOORS = {name: -n for n, names in enumerate(LEVELS) for name in names}
MODULES = {path.relative_to(FOLDER).with_suffix("").parts: path for path in FOLDER.rglob("*.py")}


def imported(path: Path) -> set[str]:
    """Return the rooms (packages or modules of `birds`) that a module imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(name.name.partition(".")[0] == "birds" for name in node.names), "use `from birds import`"
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports must be absolute"
            package, _, module = (node.module or "").partition(".")
            if package == "birds":
                rooms |= {module.partition(".")[0]} if module else {name.name for name in node.names}
    return rooms


def test_every_module_has_a_floor() -> None:
    assert {room for room, *_ in MODULES} - {"__init__"} == {*FLOORS}


@pytest.mark.parametrize("parts", MODULES, ids=".".join)
def test_imports_point_down(parts: tuple[str, ...]) -> None:
    own = FLOORS.get(parts[0], 1)
    assert {room for room in imported(MODULES[parts]) if room != parts[0] and FLOORS[room] >= own} == set()


def test_enough_imports_are_found() -> None:
    assert {"files", "data", "errors"} <= imported(FOLDER / "photos.py")
    assert {"model"} <= imported(FOLDER / "evaluation/metrics.py")
