"""``python -m birds classify``, on photos."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from projects import Project


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a photo of some size and mode."""

    def write(name: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return write


def test_each_photo_is_a_line(synthetic_project: Project, photo: Callable[..., Path]) -> None:
    paths = [photo("one.png"), photo("two words.jpg", (300, 20)), photo("grey.png", mode="L")]
    lines = synthetic_project.run("python", "-m", "birds", "classify", *paths).stdout.splitlines()
    assert len(lines) == 3
    for line, path in zip(lines, paths, strict=True):
        verdict, probability, shown = line.rsplit("  ", 2)
        assert shown == str(path)
        assert verdict.strip() == ("bird" if float(probability) >= 0.5 else "no bird")


def test_json_for_programs(synthetic_project: Project, photo: Callable[..., Path]) -> None:
    path = photo("one.png")
    done = synthetic_project.run("python", "-m", "birds", "classify", "--json", path)
    (result,) = json.loads(done.stdout)
    assert result["path"] == str(path)
    assert result["verdict"] in ("bird", "no bird")
    assert 0 < result["probability"] < 1
    assert "SYNTHETIC DATA" in done.stderr


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    synthetic_project: Project, photo: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a photo")
    paths = [tmp_path / "none.png", photo("one.png"), tmp_path / "text.png", tmp_path]
    done = synthetic_project.run("python", "-m", "birds", "classify", *paths, code=2)
    assert len(done.stdout.splitlines()) == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == [
        f"error: {tmp_path / 'none.png'}: No such file or directory",
        f"error: {tmp_path / 'text.png'}: not a readable photo; allowed are JPEG, PNG, WEBP, GIF, BMP, TIFF",
        f"error: {tmp_path}: not a regular file",
    ]
    assert "Traceback" not in done.stderr


def test_the_figure_is_drawn(synthetic_project: Project, photo: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    synthetic_project.run("python", "-m", "birds", "classify", "--figure", out, photo("a.png"), photo("b.png"))
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.width > 600
        assert image.height > 600
    missing = tmp_path / "file.txt" / "figure.png"
    missing.parent.write_text("")
    error = synthetic_project.run("python", "-m", "birds", "classify", "--figure", missing, photo("a.png"), code=2)
    assert "file.txt" in error.stderr.splitlines()[-1]
    assert "Traceback" not in error.stderr


def test_without_a_model_it_says_what_to_do(synthetic_project: Project, photo: Callable[..., Path]) -> None:
    classify = ("python", "-m", "birds", "classify")
    error = synthetic_project.run(*classify, "--model", "none.npz", photo("a.png"), code=2).stderr
    assert error == "error: none.npz is missing: run `dvc repro` to create it\n"


def test_the_studys_own_photo_is_a_bird(real_project: Project, eagle: Path) -> None:
    done = real_project.run("python", "-m", "birds", "classify", "--json", eagle)
    assert json.loads(done.stdout) == [{"path": str(eagle), "verdict": "bird", "probability": 0.6008}]
    assert done.stderr == ""
