"""Pictures drawn on all cores are those drawn one after the other."""

import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from birds import figures

CURVES = {f"run {n}": [{"iteration": str(i), "cost": str(1 / (i + n))} for i in range(3)] for n in (1, 2)}
PICTURES = {
    "cost.png": partial(figures.cost_curves, CURVES, "cifar10"),
    "recall.png": partial(figures.recall_bars, {"cat": 61.5, "bird": 70.0, "ship": None}, "bird", "synthetic"),
}

# pytest's workers have a thread of their own, which Python 3.12 and later warn of; a stage has none
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def drawn(folder: Path) -> dict[str, bytes]:
    figures.draw_all({str(folder / name): picture for name, picture in PICTURES.items()})
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are drawn one after the other anyway")
def test_processes_draw_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = drawn(tmp_path / "together")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert drawn(tmp_path / "alone") == together
    assert together.keys() == PICTURES.keys()
    for name in PICTURES:
        with Image.open(tmp_path / "together" / name) as picture:
            assert len(picture.getcolors(2**20) or []) > 10


def test_a_picture_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    with pytest.raises(FileExistsError) as caught:
        drawn(tmp_path / "folder")
    assert caught.value.filename == str(tmp_path / "folder")
