"""Imports point down: a module imports only from lower floors, or its own room.

A room is a module or a package directly in `birds`.
"""

import ast
from pathlib import Path

import pytest

import birds

FOLDER = Path(birds.__file__).parent
FLOORS = (  # from the top to the bottom
    {"__main__"},
    {"runner"},
    {"params"},
    {"report"},
    {"photos"},
    {"evaluation"},
    {"source"},
    {"data", "model"},
    {"files"},
    {"errors", "paths"},
    {"__init__"},
)


def imported_rooms(path: Path) -> set[str]:
    """Return the rooms from which a file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            if module.startswith("birds."):
                rooms.add(module.split(".")[1])
    return rooms


MODULES = list(FOLDER.rglob("*.py"))


def room_of(path: Path) -> str:
    """Return the room in which a file of `birds` is."""
    return path.relative_to(FOLDER).with_suffix("").parts[0]


def test_each_room_is_on_one_floor() -> None:
    placed = [room for floor in FLOORS for room in floor]

    assert sorted(placed) == sorted({room_of(path) for path in MODULES})


def test_an_imported_room_is_found_however_it_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import numpy\n"
        "import birds.files\n"
        "from birds import paths\n"
        "from birds.model import logistic\n"
    )

    assert imported_rooms(path) == {"files", "paths", "model"}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_name_the_package_and_not_a_dot(path: Path) -> None:
    assert "from ." not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    (level,) = [level for level, floor in enumerate(FLOORS) if room in floor]
    below = FLOORS[level + 1 :]

    assert imported_rooms(path) <= {room}.union(*below)
