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
WARNING = "warning: THIS RUN USES SYNTHETIC DATA"


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a photo with a given size and mode."""

    def write(name: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return write


@pytest.fixture
def classify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command in a folder with a model, and returns what it prints."""
    monkeypatch.chdir(tmp_path)
    write_model(0)

    def run(*arguments: str | Path, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["birds", "classify", *map(str, arguments)])
        assert command_line.main() == code
        out, err = capsys.readouterr()
        return out, err

    return run


@pytest.mark.parametrize(("b", "prediction"), BIASES.items())
def test_the_command_line_decides_like_evaluate(
    classify: Run, photo: Callable[..., Path], b: float, prediction: int
) -> None:
    write_model(b)
    verdict = "bird   " if prediction else "no bird"
    assert classify(photo("photo.png"))[0].startswith(f"{verdict}  {1 / (1 + np.exp(-b)):.4f}  ")


def test_each_photo_gives_one_line(classify: Run, photo: Callable[..., Path]) -> None:
    paths = [photo("one.png"), photo("two words.jpg", (300, 20)), photo("grey.png", mode="L")]
    assert classify(*paths)[0].splitlines() == [f"bird     0.5000  {path}" for path in paths]


def test_json_gives_four_decimals(classify: Run, photo: Callable[..., Path]) -> None:
    write_model(float(np.log(0.46 / 0.54)))
    path = photo("photo.png")
    out, err = classify("--json", path)
    assert json.loads(out) == [{"path": str(path), "verdict": "no bird", "probability": 0.46}]
    assert err == ""


def test_a_model_from_synthetic_data_gives_a_warning(classify: Run, photo: Callable[..., Path]) -> None:
    files.write_npz(paths.MODEL, **files.read_npz(paths.MODEL) | {"dataset": np.array("synthetic")})
    assert classify(photo("photo.png"))[1].startswith(WARNING)


def test_an_unreadable_file_does_not_stop_the_others(classify: Run, photo: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a photo")
    out, err = classify(tmp_path / "none.png", photo("one.png"), tmp_path / "text.png", tmp_path, code=2)
    assert len(out.splitlines()) == 1
    assert err.splitlines() == [
        f"error: {tmp_path / 'none.png'}: No such file or directory",
        f"error: {tmp_path / 'text.png'}: not a readable photo; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF",
        f"error: {tmp_path}: not a regular file",
    ]


@pytest.mark.parametrize("program", ["birds", "python -m birds"])
def test_each_form_of_the_command_shows_its_own_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    monkeypatch.setattr("sys.argv", ["bin/birds" if program == "birds" else "birds/__main__.py", "classify"])
    with pytest.raises(SystemExit, match="2"):
        command_line.main()
    assert capsys.readouterr().err.startswith(f"usage: {program} classify ")


def test_the_plot_is_written_as_png(classify: Run, photo: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "plot.png"
    classify("--plot", out, photo("$a_b$.png"), photo("b.png", (3000, 20)))
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.height > image.width > 400
    missing = tmp_path / "file.txt" / "plot.png"
    missing.parent.write_text("")
    _, err = classify("--plot", missing, photo("a.png"), code=2)
    assert "file.txt" in err


def test_the_plot_never_replaces_a_photo_or_a_non_regular_file(
    classify: Run, photo: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = photo("a.png"), photo("b.png")
    link, folder = tmp_path / "link.png", tmp_path / "folder.png"
    link.symlink_to(first)
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "hard.png").hardlink_to(second)
    wrong = {
        first: "is one of the photos",
        tmp_path / "hard.png": "is one of the photos",
        link: "is not a regular file",
        folder: "is not a regular file",
        tmp_path / "pipe.png": "is not a regular file",
        Path("/dev/stdout"): "its name must end in .png",
        tmp_path / "out.pdf": "its name must end in .png",
        photo("c.jpg"): "its name must end in .png",
    }
    before = first.read_bytes()
    for plot, reason in wrong.items():
        out, err = classify("--plot", plot, first, second, "missing.png", code=2)
        assert out == ""
        assert err.startswith(f"error: --plot {plot} ")
        assert reason in err
    assert first.read_bytes() == before
    assert Path("/dev/stdout").is_symlink()
    assert not (tmp_path / "out.pdf").exists()


def test_the_plot_shows_as_many_photos_as_are_allowed(
    classify: Run, photo: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "PLOT_PHOTOS_MAX", 2)
    classify("--plot", tmp_path / "plot.png", *[photo("a.png")] * 2)
    assert (tmp_path / "plot.png").exists()
    _, err = classify("--plot", tmp_path / "plot.png", *[photo("a.png")] * 3, code=2)
    assert err == "error: --plot draws at most 2 photos, but there are 3\n"


@pytest.mark.skipif(platform.system() == "Darwin", reason="macOS rejects names that are not UTF-8: run it on Linux")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_every_file_name_can_be_printed(
    classify: Run, photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    for options in [], ["--json"]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2)]
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(f"sys.{name}", stream)
        classify(*options, photo("a\udce4\udcff.png"), photo("鳥.png"), "鳥, none.png", photo("last.png"), code=2)
        out, err = (stream.buffer.getvalue() for stream in streams)
        assert b"last.png" in out
        assert b"none.png: No such file" in err


def test_the_error_for_a_missing_model_says_what_to_do(
    classify: Run, photo: Callable[..., Path], tmp_path: Path
) -> None:
    Path(paths.MODEL).unlink()
    for model, options in (paths.MODEL, []), ("none.npz", ["--model", "none.npz"]):
        _, err = classify(*options, photo("a.png"), code=2)
        expected = f"{model} is missing in {tmp_path}: run `make repro` in the project's folder, or use --model"
        assert err == f"error: {expected}\n"


def test_files_that_are_not_models_are_rejected(classify: Run, photo: Callable[..., Path], tmp_path: Path) -> None:
    model = files.read_npz(paths.MODEL)
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "keys.npz": ({"images": np.zeros(3)}, "is not a model: it contains images"),
        "shape.npz": (model | {"w": model["w"][:-1]}, r"its weights have shape (3071, 1)"),
        "nan.npz": (model | {"w": model["w"] * np.nan}, "or are not finite"),
        "target.npz": (
            {name: model[name] for name in ("w", "b", "dataset")},
            "is not a model: it contains w, b, dataset",
        ),
        "vector.npz": (model | {"b": np.zeros(1)}, "is not a model of this project"),
        "bias.npz": (model | {"b": np.float32(np.inf)}, "or are not finite"),
    }
    for name, (arrays, reason) in wrong.items():
        np.savez(tmp_path / name, **arrays)
        assert reason in classify("--model", tmp_path / name, photo("a.png"), code=2)[1]
    (tmp_path / "text.npz").write_text("not a model")
    _, err = classify("--model", tmp_path / "text.npz", photo("a.png"), code=2)
    assert "text.npz is not a complete .npz file" in err
