"""The command line, `birds classify`, in this process."""

import io
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_stages import BIASES, write_model

from birds import __main__ as command_line
from birds import files, paths

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def classify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command in a folder with a model and two photos, and returns its outputs."""
    monkeypatch.chdir(tmp_path)
    write_model(0)
    for name in "a.png", r"$\b$.png":
        Image.new("RGB", (60, 40), "green").save(name)

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["birds", "classify", *arguments])
        assert command_line.main() == code
        return capsys.readouterr()

    return run


@pytest.mark.parametrize(("b", "prediction"), BIASES.items())
def test_the_command_line_decides_like_evaluate(classify: Run, b: float, prediction: int) -> None:
    write_model(b)
    verdict = "bird   " if prediction else "no bird"
    assert classify("a.png") == (f"{verdict}  {1 / (1 + np.exp(-b)):.4f}  a.png\n", "")


def test_an_unreadable_file_does_not_stop_the_others(classify: Run) -> None:
    write_model(float(np.log(0.4678 / 0.5322)))
    given = ["none.png", "a.png", ".", r"$\b$.png"]
    expected = "error: none.png: No such file or directory\nerror: .: not a regular file\n"
    assert classify(*given, code=2) == ("no bird  0.4678  a.png\nno bird  0.4678  $\\b$.png\n", expected)
    out, err = classify("--json", *given, code=2)
    results = [{"path": path, "verdict": "no bird", "probability": 0.4678} for path in given[1::2]]
    assert (json.loads(out), err) == (results, expected)


def test_a_model_from_synthetic_data_gives_a_warning(classify: Run) -> None:
    files.write_npz(paths.MODEL, **files.read_npz(paths.MODEL) | {"dataset": np.array("synthetic")})
    assert classify("a.png")[1].startswith("warning: THIS RUN USES SYNTHETIC DATA")


@pytest.mark.parametrize(("program", "shown"), [("birds", "birds"), ("__main__.py", "python -m birds")])
def test_each_form_of_the_command_shows_its_own_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str, shown: str
) -> None:
    monkeypatch.setattr("sys.argv", [f"bin/{program}", "classify"])
    with pytest.raises(SystemExit, match="2"):
        command_line.main()
    assert capsys.readouterr().err.startswith(f"usage: {shown} classify ")


def test_the_plot_never_replaces_a_photo_or_a_folder(classify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "PLOT_PHOTOS_MAX", 3)
    given = ["a.png", r"$\b$.png", "none.png"]
    Path("link.png").symlink_to("a.png")
    Path("hard.png").hardlink_to("a.png")
    Path("folder.png").mkdir()
    os.mkfifo("pipe.png")
    before = Path("a.png").read_bytes()
    for reason, plots in {
        "is one of the photos: choose another file": ["a.png", "hard.png"],
        "is not a regular file: choose another file": ["link.png", "folder.png", "pipe.png"],
        "is not a PNG: its name must end in .png": ["plot.pdf"],
    }.items():
        for plot in plots:
            assert classify("--plot", plot, *given, code=2) == ("", f"error: --plot {plot} {reason}\n")
    assert "at most 3 photos, but there are 4" in classify("--plot", "plot.PNG", *given, "a.png", code=2)[1]
    assert "none.png: No such file" in classify("--plot", "plot.PNG", "none.png", code=2)[1]
    assert classify("--plot", "a.png/plot.png", "hard.png", code=2)[1].startswith("error: a.png")
    assert not Path("plot.PNG").exists()
    for _ in range(2):
        assert classify("--plot", "plot.PNG", *given, code=2)[0].count("\n") == 2
        with Image.open("plot.PNG") as image:
            assert image.format == "PNG"
            assert image.height > image.width > 400
    assert Path("a.png").read_bytes() == before


@pytest.mark.skipif(platform.system() == "Darwin", reason="macOS rejects such names: run it on Linux")
def test_every_file_name_can_be_printed(classify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a\udce4\udcff.png", "鳥.png"]
    streams = [io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True) for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(f"sys.{name}", stream)
    for name in names:
        Path(name).hardlink_to("a.png")
    classify(*names, "鳥, none.png", "a.png", code=2)
    out, err = (stream.buffer.getvalue() for stream in streams)
    assert out.endswith(b"  a.png\n")
    assert err.endswith(b", none.png: No such file or directory\n")


def test_a_missing_or_wrong_model_is_rejected(classify: Run, tmp_path: Path) -> None:
    model: dict[str, Any] = files.read_npz(paths.MODEL)
    Path(paths.MODEL).unlink()
    missing = f"error: {paths.MODEL} is missing in {tmp_path}: run `make repro` in the project's folder"
    assert missing in classify("a.png", code=2)[1]
    project = "is not a model of this project: its weights have shape (307"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"images": np.zeros(3)}, "is not a model: it contains images"),
        ({name: model[name] for name in ("w", "b", "dataset")}, "is not a model: it contains w, b, dataset"),
        *[(model | {"w": wrong}, project) for wrong in (model["w"][:-1], model["w"] * np.nan)],
        *[(model | {"b": wrong}, project) for wrong in (np.zeros(1), np.float32(np.inf))],
    ]
    for arrays, reason in wrong:
        np.savez("wrong.npz", **arrays)
        assert f"error: wrong.npz {reason}" in classify("--model", "wrong.npz", "a.png", code=2)[1]
    assert "a.png is not a complete .png file" in classify("--model", "a.png", "a.png", code=2)[1]
