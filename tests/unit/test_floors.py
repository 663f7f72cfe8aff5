"""Imports point down: a module imports only from lower floors, or its own package."""

import ast
from pathlib import Path

import pytest

import birds

FOLDER = Path(birds.__file__).parent
FLOORS = (
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
    """Return the first names below `birds` that a file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: name the package, not a dot"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            if module.startswith("birds."):
                rooms.add(module.split(".")[1])
    return rooms


MODULES = list(FOLDER.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").parts[0]


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in MODULES} == set().union(*FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_down(path: Path) -> None:
    allowed = {room_of(path)}
    for floor in reversed(FLOORS):
        if room_of(path) in floor:
            break
        allowed |= floor

    assert imported_rooms(path) <= allowed
