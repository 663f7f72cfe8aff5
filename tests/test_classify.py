"""``python -m birds classify``, on pictures of one's own."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Project


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a picture file of some size and mode."""

    def write(name: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return write


def test_a_line_for_each_picture(stand_in_project: Project, picture: Callable[..., Path]) -> None:
    paths = [picture("one.png"), picture("two words.jpg", (300, 20)), picture("grey.png", mode="L")]
    lines = stand_in_project.run("python", "-m", "birds", "classify", *paths).stdout.splitlines()
    assert len(lines) == 3
    for line, path in zip(lines, paths, strict=True):
        verdict, probability, shown = line.rsplit("  ", 2)
        assert shown == str(path)
        assert verdict.strip() == ("bird" if float(probability) >= 0.5 else "no bird")


def test_json_for_programs(stand_in_project: Project, picture: Callable[..., Path]) -> None:
    path = picture("one.png")
    done = stand_in_project.run("python", "-m", "birds", "classify", "--json", path)
    (result,) = json.loads(done.stdout)
    assert result["path"] == str(path)
    assert result["verdict"] in ("bird", "no bird")
    assert 0 < result["probability"] < 1
    assert "SYNTHETIC STAND-IN" in done.stderr


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    stand_in_project: Project, picture: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    paths = [tmp_path / "none.png", picture("one.png"), tmp_path / "text.png", tmp_path]
    done = stand_in_project.run("python", "-m", "birds", "classify", *paths, code=2)
    assert len(done.stdout.splitlines()) == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == [
        f"error: {tmp_path / 'none.png'}: No such file or directory",
        f"error: {tmp_path / 'text.png'}: not a picture that can be read; allowed are JPEG, PNG, WEBP, GIF, BMP, TIFF",
        f"error: {tmp_path}: not a regular file",
    ]
    assert "Traceback" not in done.stderr


def test_the_figure_is_drawn(stand_in_project: Project, picture: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    stand_in_project.run("python", "-m", "birds", "classify", "--figure", out, picture("a.png"), picture("b.png"))
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.width > 600
        assert image.height > 600
    missing = tmp_path / "file.txt" / "figure.png"
    missing.parent.write_text("")
    error = stand_in_project.run("python", "-m", "birds", "classify", "--figure", missing, picture("a.png"), code=2)
    assert "file.txt" in error.stderr.splitlines()[-1]
    assert "Traceback" not in error.stderr


def test_without_a_model_it_says_what_to_do(stand_in_project: Project, picture: Callable[..., Path]) -> None:
    classify = ("python", "-m", "birds", "classify")
    error = stand_in_project.run(*classify, "--model", "none.npz", picture("a.png"), code=2).stderr
    assert error == "error: none.npz is missing: run `dvc repro` to make it\n"


def test_the_studys_own_picture_is_a_bird(real_project: Project, real_data: Path) -> None:
    eagle = real_data.parent / "eagle.jpeg"
    if not eagle.exists():
        pytest.skip("needs the real data: eagle.jpeg, the study's own picture, beside the folder of the batches")
    done = real_project.run("python", "-m", "birds", "classify", "--json", eagle)
    assert json.loads(done.stdout) == [{"path": str(eagle), "verdict": "bird", "probability": 0.6008}]
    assert done.stderr == ""
