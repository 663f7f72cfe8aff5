"""Imports point down: each module of the package imports only from lower floors, or from its own package."""

import re
from pathlib import Path

import pytest

import birds

FOLDER = Path(birds.__file__).parent
LEVELS = re.findall(
    r"^    ([a-z_, ]+?)   +", birds.__doc__ or "", re.MULTILINE
)  # the highest first
FLOORS = {name: -n for n, names in enumerate(LEVELS) for name in names.split(", ")}


@pytest.mark.parametrize("path", [*FOLDER.rglob("*.py")], ids=str)
def test_imports_point_down(path: Path) -> None:
    package = path.relative_to(FOLDER).with_suffix("").parts[0]
    allowed = {
        package,
        *(name for name, floor in FLOORS.items() if floor < FLOORS.get(package, 1)),
    }
    for line in re.findall(
        r"^ *((?:from|import) (?:birds|\.).*)",
        path.read_text(encoding="utf-8"),
        re.MULTILINE,
    ):
        found = re.fullmatch(r"from birds(?:\.(\w+)\S*)? import (.+)", line)
        assert found, (
            f"{line}: import as in 'from birds import files' or 'from birds.data import cifar10'"
        )
        assert {*(found[1] or found[2]).split(", ")} <= allowed
