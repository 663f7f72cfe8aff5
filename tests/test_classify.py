"""The command ``python -m birds classify``."""

import json
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from birds.__main__ import EXIT_ERROR, main
from projects import PRINT_PEAK_MEMORY, Project, needs_proc

CLASSIFY = ("python", "-m", "birds", "classify")


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a photo with a given size and mode."""

    def write(name: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Path:
        pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return write


def test_each_photo_gives_one_line(quick_project: Project, photo: Callable[..., Path]) -> None:
    paths = [photo("one.png"), photo("two words.jpg", (300, 20)), photo("grey.png", mode="L")]
    lines = quick_project.run(*CLASSIFY, *paths).stdout.splitlines()
    assert len(lines) == 3
    for line, path in zip(lines, paths, strict=True):
        verdict, probability, shown = line.rsplit("  ", 2)
        assert shown == str(path)
        assert verdict.strip() == ("bird" if float(probability) >= 0.5 else "no bird")


@pytest.mark.parametrize("command", [("birds",), ("python", "-m", "birds")], ids=" ".join)
def test_both_forms_of_the_command_work_and_show_their_own_usage(
    quick_project: Project, photo: Callable[..., Path], command: tuple[str, ...]
) -> None:
    done = quick_project.run(*command, "classify", photo("a.png"), "none.png", code=2)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.endswith("error: none.png: No such file or directory\n")
    assert quick_project.run(*command, "classify", code=2).stderr.startswith(f"usage: {' '.join(command)} classify ")


def test_classifying_a_photo_imports_only_what_it_needs(quick_project: Project, photo: Callable[..., Path]) -> None:
    imported = quick_project.run("python", "-X", "importtime", *CLASSIFY[1:], photo("one.png")).stderr
    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in imported.splitlines()}
    assert {"numpy", "skimage", "PIL"} < packages
    assert packages.isdisjoint({"dvc", "jinja2", "matplotlib", "pooch", "requests", "ruamel", "tqdm", "yaml"})


def test_json_output_can_be_parsed(quick_project: Project, photo: Callable[..., Path]) -> None:
    path = photo("one.png")
    done = quick_project.run(*CLASSIFY, "--json", path)
    (result,) = json.loads(done.stdout)
    assert result["path"] == str(path)
    assert result["verdict"] in ("bird", "no bird")
    assert 0 < result["probability"] < 1
    assert "SYNTHETIC DATA" in done.stderr


def test_an_unreadable_file_does_not_stop_the_others(
    quick_project: Project, photo: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("not a photo")
    paths = [tmp_path / "none.png", photo("one.png"), tmp_path / "text.png", tmp_path]
    done = quick_project.run(*CLASSIFY, *paths, code=2)
    assert len(done.stdout.splitlines()) == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("error: ")] == [
        f"error: {tmp_path / 'none.png'}: No such file or directory",
        f"error: {tmp_path / 'text.png'}: not a readable photo; allowed formats: JPEG, PNG, WEBP, GIF, BMP, AVIF, TIFF",
        f"error: {tmp_path}: not a regular file",
    ]
    assert "Traceback" not in done.stderr


def test_the_plot_is_written_as_png(quick_project: Project, photo: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "plot.png"
    quick_project.run(*CLASSIFY, "--plot", out, photo("$a_b$.png"), photo("b.png", (3000, 20)))
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.height > image.width > 400
    missing = tmp_path / "file.txt" / "plot.png"
    missing.parent.write_text("")
    error = quick_project.run(*CLASSIFY, "--plot", missing, photo("a.png"), code=2)
    assert "file.txt" in error.stderr.splitlines()[-1]
    assert "Traceback" not in error.stderr


def test_the_plot_never_replaces_a_photo_or_a_non_regular_file(
    classify_error: Callable[..., str], photo: Callable[..., Path], tmp_path: Path
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
    for out, reason in wrong.items():
        error = classify_error("--plot", out, first, second)
        assert error.startswith(f"error: --plot {out} ")
        assert reason in error
    assert first.read_bytes() == before
    assert Path("/dev/stdout").is_symlink()
    assert not (tmp_path / "out.pdf").exists()


@pytest.fixture
def classify_error(
    quick_project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """A function that runs the command in this process, checks that it fails without output, and returns the error."""
    monkeypatch.chdir(quick_project.folder)

    def run(*arguments: str | Path) -> str:
        monkeypatch.setattr("sys.argv", ["birds", "classify", *map(str, arguments)])
        assert main() == EXIT_ERROR
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    return run


@needs_proc
def test_a_plot_of_many_photos_uses_limited_memory(
    quick_project: Project, photo: Callable[..., Path], tmp_path: Path
) -> None:
    path = photo("a.jpg", (3000, 1500))
    script = f"from birds.__main__ import main\nassert main() == 0\n{PRINT_PEAK_MEMORY}"
    options = ("classify", "--plot", tmp_path / "plot.png")
    *lines, peak = quick_project.run("python", "-c", script, *options, *[path] * 20).stdout.splitlines()
    assert len(lines) == 20
    assert float(peak) < 300, "20 full-size photos alone would take 270 MB"
    error = quick_project.run(*CLASSIFY, *options[1:], *[path] * 201, code=2).stderr
    assert error == "error: --plot draws at most 200 photos, but there are 201\n"


def test_ctrl_c_stops_the_command_at_once(quick_project: Project, photo: Callable[..., Path]) -> None:
    path = photo("a.jpg", (3000, 2000))
    process = quick_project.start(*CLASSIFY, *[str(path)] * 1000)
    assert process.stdout
    while "a.jpg" not in process.stdout.readline():
        pass
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    assert time.monotonic() - start < 2
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_a_closed_pipe_is_not_an_error(quick_project: Project, photo: Callable[..., Path]) -> None:
    command = f"{' '.join(CLASSIFY)} {' '.join([str(photo('a.png'))] * 30)} | head -n 1"
    done = quick_project.run("sh", "-c", command)
    assert len(done.stdout.splitlines()) == 1
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(platform.system() == "Darwin", reason="macOS rejects file names that are not UTF-8")
@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
def test_every_file_name_can_be_printed(quick_project: Project, photo: Callable[..., Path], locale: str) -> None:
    names = [os.fsencode(photo("a.png").with_name("a")) + b"\xe4\xff.png", os.fsencode(photo("鳥.png"))]
    photo("a.png").rename(os.fsdecode(names[0]))
    environment = {**quick_project.environment, "LC_ALL": locale, "PYTHONIOENCODING": "latin-1"}
    for options in [], ["--json"], ["--help"]:
        done = subprocess.run(
            [*CLASSIFY, *options, *names, photo("last.png")],
            cwd=quick_project.folder, env=environment, capture_output=True, check=True,
        )  # fmt: skip
        assert b"last.png" in done.stdout or options == ["--help"]
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "no such backend", "TkAgg"])
def test_a_notebooks_matplotlib_backend_is_ignored(
    quick_project: Project, photo: Callable[..., Path], tmp_path: Path, backend: str
) -> None:
    project = Project(quick_project.folder, MPLBACKEND=backend)
    project.run(*CLASSIFY, "--plot", tmp_path / "plot.png", photo("a.png"))
    assert (tmp_path / "plot.png").exists()


def test_the_error_for_a_missing_model_says_what_to_do(
    quick_project: Project, photo: Callable[..., Path], tmp_path: Path
) -> None:
    expected = "run `dvc repro` in the project's folder, or use --model"
    error = quick_project.run(*CLASSIFY, "--model", "none.npz", photo("a.png"), code=2).stderr
    assert error == f"error: none.npz is missing in {quick_project.folder}: {expected}\n"
    elsewhere = Project(tmp_path, PYTHONPATH=str(quick_project.folder / "src"))
    error = elsewhere.run(*CLASSIFY, photo("a.png"), code=2).stderr
    assert error == f"error: data/model/model.npz is missing in {tmp_path}: {expected}\n"


def test_files_that_are_not_models_are_rejected(
    quick_project: Project, classify_error: Callable[..., str], photo: Callable[..., Path], tmp_path: Path
) -> None:
    model = dict(np.load(quick_project.folder / "data/model/model.npz"))
    wrong = {
        "keys.npz": ({"images": np.zeros(3)}, "is not a model: it contains images"),
        "shape.npz": (model | {"w": model["w"][:-1]}, r"its weights have shape (3071, 1)"),
        "nan.npz": (model | {"w": model["w"] * np.nan}, "or are not finite"),
        "bias.npz": (model | {"b": np.float32(np.inf)}, "or are not finite"),
    }
    (tmp_path / "text.npz").write_text("not a model")
    for name, (arrays, reason) in wrong.items():
        np.savez(tmp_path / name, **arrays)
        assert reason in classify_error("--model", tmp_path / name, photo("a.png"))
    error = classify_error("--model", tmp_path / "text.npz", photo("a.png"))
    assert "text.npz is not a complete .npz file" in error
