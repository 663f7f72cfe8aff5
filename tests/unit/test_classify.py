"""The command line, `birds classify`, in this process."""

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
def classify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """A function that runs the command in a folder with a model and a photo, and returns its outputs."""
    monkeypatch.chdir(tmp_path)
    write_model(0)
    Image.new("RGB", (60, 40), "green").save("a.png")

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["birds", "classify", *arguments])
        assert command_line.main() == code
        return capsys.readouterr()

    return run


@pytest.mark.parametrize(("b", "label"), BIASES.items())
def test_classify_decides_like_evaluate_and_warns_of_synthetic_data(
    classify: Run, b: float, label: int
) -> None:
    write_model(b)
    verdict = "bird   " if label else "no bird"
    assert classify("a.png") == (f"{verdict}  {1 / (1 + np.exp(-b)):.4f}  a.png\n", "")
    files.write_npz(
        paths.MODEL, **files.read_npz(paths.MODEL) | {"dataset": np.array("synthetic")}
    )
    assert classify("a.png")[1].startswith("warning: THIS RUN USES SYNTHETIC DATA")


def test_an_unreadable_file_does_not_stop_the_others(classify: Run) -> None:
    write_model(float(np.log(0.4678 / 0.5322)))
    given = ["none.png", "a.png", ".", "a.png"]
    expected = (
        "error: none.png: No such file or directory\nerror: .: not a regular file\n"
    )
    assert classify(*given, code=2) == (2 * "no bird  0.4678  a.png\n", expected)
    out, err = classify("--json", *given, code=2)
    result = {"path": "a.png", "verdict": "no bird", "probability": 0.4678}
    assert (json.loads(out), err) == ([result, result], expected)


def test_the_plot_never_replaces_a_photo_or_a_folder(
    classify: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "PLOT_PHOTOS_MAX", 3)
    given = ["a.png", "a.png", "none.png"]
    Path("link.png").symlink_to("a.png")
    Path("hard.png").hardlink_to("a.png")
    Path("folder.png").mkdir()
    os.mkfifo("pipe.png")
    wrong = dict.fromkeys(
        ("a.png", "hard.png"), "is one of the photos: choose another file"
    )
    wrong |= dict.fromkeys(
        ("link.png", "folder.png", "pipe.png"),
        "is not a regular file: choose another file",
    )
    wrong["plot.pdf"] = "is not a PNG: its name must end in .png"
    for plot, reason in wrong.items():
        assert classify("--plot", plot, *given, code=2) == (
            "",
            f"error: --plot {plot} {reason}\n",
        )
    assert (
        "at most 3 photos, but there are 4"
        in classify("--plot", "plot.PNG", *given, "a.png", code=2)[1]
    )
    assert (
        "none.png: No such file"
        in classify("--plot", "plot.PNG", "none.png", code=2)[1]
    )
    assert classify("--plot", "a.png/plot.png", "hard.png", code=2)[1].startswith(
        "error: a.png"
    )
    assert not Path("plot.PNG").exists()
    for _ in range(2):
        assert classify("--plot", "plot.PNG", *given, code=2)[0].count("\n") == 2
        with Image.open("plot.PNG") as image:
            assert (image.format, image.height > image.width > 400) == ("PNG", True)


@pytest.mark.skipif(
    platform.system() == "Darwin", reason="macOS rejects such names: run it on Linux"
)
def test_every_file_name_can_be_printed(classify: Run) -> None:
    Path("a\udce4.png").hardlink_to("a.png")
    out, err = classify("a\udce4.png", "\udcff.png", code=2)
    assert out.endswith("  a\\udce4.png\n")
    assert err == "error: \\udcff.png: No such file or directory\n"


def test_a_missing_or_wrong_model_is_rejected(classify: Run, tmp_path: Path) -> None:
    model: dict[str, Any] = files.read_npz(paths.MODEL)
    Path(paths.MODEL).unlink()
    missing = f"error: {paths.MODEL} is missing in {tmp_path}: run `make repro` in the project's folder"
    assert missing in classify("a.png", code=2)[1]
    few = model["w"][1:]
    for change in (
        {"w": few},
        {"w": np.append(few, [[np.inf]], 0)},
        {"b": [0]},
        {"b": np.inf},
    ):
        np.savez("wrong.npz", **model | change)
        reason = "wrong.npz is not a model of this project: its weights have shape (307"
        assert reason in classify("--model", "wrong.npz", "a.png", code=2)[1]
    del model["target_class"]
    np.savez("wrong.npz", **model)
    reason = "wrong.npz is not a model: it contains w, b, lr, dataset, snapshot_iterations, snapshot_w, snapshot_b;"
    assert reason in classify("--model", "wrong.npz", "a.png", code=2)[1]
    assert (
        "a.png is not a complete .png file"
        in classify("--model", "a.png", "a.png", code=2)[1]
    )
