"""The command line, `birds classify`, in this process."""

import json
import math
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from birds import __main__ as command_line
from birds import files, paths, photos
from birds.report import drawing


class Done(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a blue photo, and with a model that gives each photo 0.5."""
    monkeypatch.chdir(tmp_path)
    write_model()
    Image.new("RGB", (60, 40), "blue").save("a.png")
    return tmp_path


@pytest.fixture
def classify(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """A function that runs the command with some arguments."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["birds", "classify", *arguments])
        code = command_line.main()
        return Done(code, *capsys.readouterr())

    return run


def write_model(path: str = paths.MODEL, **changes: Any) -> None:
    """Write a model whose w and b are 0, in the form of the stage train."""
    model: dict[str, Any] = {
        "w": np.zeros((3072, 1), np.float32),
        "b": np.float32(0),
        "target_class": "bird",
        "source": "cifar10",
    }
    files.write_npz(path, **model | changes)


def write_model_of_blue() -> None:
    """Write a model whose logit is the mean of a photo's blue values, less one half.

    It is 0.5 for blue photos and -0.5 for black ones. Their sigmoid is 0.6225 and
    0.3775.
    """
    mean_of_blue = np.tile([0, 0, 1 / 1024], 1024).reshape(3072, 1)
    write_model(w=mean_of_blue.astype(np.float32), b=np.float32(-0.5))


def test_each_photo_gets_a_line_with_its_verdict_and_probability(
    classify: Run,
) -> None:
    write_model_of_blue()
    Image.new("RGB", (60, 40), "black").save("b.png")

    done = classify("a.png", "b.png")

    lines = "bird     0.6225  a.png\nno bird  0.3775  b.png\n"
    assert done == (0, lines, "")


@pytest.mark.parametrize(
    ("b", "verdict"),
    [
        (-(2**-24), "bird"),  # 1/2 - 2**-26, which is 1/2 in float32
        (-1e-4, "no bird"),  # 1/2 - 0.000025, which is 1/2 only as printed
    ],
)
def test_the_verdict_is_bird_if_the_probability_is_one_half_in_float32(
    classify: Run, b: float, verdict: str
) -> None:
    """Near 0, the sigmoid of b is 1/2 + b / 4."""
    write_model(b=np.float32(b))

    assert classify("a.png").out == f"{verdict:7}  0.5000  a.png\n"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "json"])
def test_an_unreadable_photo_is_an_error_of_one_line(
    classify: Run, options: list[str]
) -> None:
    done = classify(*options, "a.png", "none.png")

    assert done.code == 2
    assert done.err == "error: none.png: No such file or directory\n"


def test_an_unreadable_photo_does_not_stop_the_others(classify: Run) -> None:
    done = classify("none.png", "a.png")

    assert done.out == "bird     0.5000  a.png\n"


def test_json_has_an_object_for_each_readable_photo(classify: Run) -> None:
    write_model(b=np.float32(math.log(0.46784 / 0.53216)))  # the logit of 0.46784
    Path("b.png").hardlink_to("a.png")

    done = classify("--json", "a.png", "none.png", "b.png")

    assert json.loads(done.out) == [
        {"path": "a.png", "verdict": "no bird", "probability": 0.4678},
        {"path": "b.png", "verdict": "no bird", "probability": 0.4678},
    ]


def test_a_model_of_synthetic_data_causes_a_warning_of_two_lines(classify: Run) -> None:
    write_model(source="synthetic")

    done = classify("a.png")

    assert done.code == 0
    first, second = done.err.splitlines()
    assert first == "warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10."
    assert second.strip() == "Its results say nothing about CIFAR-10."


@pytest.mark.skipif(
    platform.system() == "Darwin", reason="macOS rejects such names: run it on Linux"
)
def test_a_byte_of_a_file_name_that_is_not_utf8_is_escaped(classify: Run) -> None:
    Path("a\udce4.png").hardlink_to("a.png")

    done = classify("a\udce4.png", "\udcff.png")

    assert done.out == "bird     0.5000  a\\udce4.png\n"
    assert done.err == "error: \\udcff.png: No such file or directory\n"


def test_without_a_model_the_error_says_where_to_run_what(
    classify: Run, current_folder: Path
) -> None:
    Path(paths.MODEL).unlink()

    what = f"data/model/model.npz is missing in {current_folder}"
    advice = "run `make repro` in the project's folder, or use --model"
    assert classify("a.png") == (2, "", f"error: {what}: {advice}\n")


def test_another_model_can_be_chosen(classify: Run) -> None:
    write_model("other.npz", target_class="cat")

    done = classify("--model", "other.npz", "a.png")

    assert done == (0, "cat     0.5000  a.png\n", "")


@pytest.mark.parametrize(
    "change",
    [
        {"w": np.zeros((3071, 1), np.float32)},
        {"w": np.full((3072, 1), "0.1")},
        {"b": np.zeros(1, np.float32)},
        {"b": "0.1"},
        {"source": "mnist"},
        {"target_class": "unicorn"},
    ],
    ids=[
        "one weight too few",
        "text for weights",
        "bias in an array",
        "text for the bias",
        "unknown source",
        "unknown class",
    ],
)
def test_a_model_with_a_wrong_value_is_refused(
    classify: Run, change: dict[str, Any]
) -> None:
    write_model("other.npz", **change)

    assert classify("--model", "other.npz", "a.png") == refusal_of("other.npz")


@pytest.mark.parametrize("name", ["w", "b", "source", "target_class"])
def test_a_model_without_one_of_its_values_is_refused(classify: Run, name: str) -> None:
    values = files.read_npz(paths.MODEL)
    del values[name]
    files.write_npz("other.npz", **values)

    assert classify("--model", "other.npz", "a.png") == refusal_of("other.npz")


def test_a_file_of_another_kind_is_refused_as_a_model(classify: Run) -> None:
    assert classify("--model", "a.png", "a.png") == refusal_of("a.png")


def refusal_of(model: str) -> Done:
    advice = "run `make repro`, and use data/model/model.npz"
    return Done(2, "", f"error: {model} is not a model of this project: {advice}\n")


def test_a_folder_as_a_model_is_an_error_of_one_line(classify: Run) -> None:
    assert classify("--model", ".", "a.png") == (2, "", "error: .: Is a directory\n")


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "json"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_of_one_line(
    classify: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    # Closed at the end, `output` writes what is left, as at Python's exit. It must not
    # fail again.
    with Path("/dev/full").open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        done = classify(*options, "a.png")

    assert done.code == 2
    assert done.err == "error: No space left on device\n"


def test_a_closed_pipe_ends_the_command_without_a_word(
    classify: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_pipe() as output:
        monkeypatch.setattr(sys, "stdout", output)
        done = classify("a.png")

    assert done.code == 2
    assert done.err == ""


def closed_pipe() -> TextIO:
    """Open a pipe for writing that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w")


@pytest.mark.parametrize(
    ("script", "name"),
    [("bin/birds", "birds"), ("src/birds/__main__.py", "python -m birds")],
)
def test_without_arguments_the_usage_is_shown_for_the_command_that_was_called(
    script: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", [script])

    with pytest.raises(SystemExit) as caught:
        command_line.main()

    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"usage: {name} [-h] COMMAND")


def test_ctrl_c_gives_the_exit_code_130(
    classify: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "read_photo", Mock(side_effect=KeyboardInterrupt))

    assert classify("a.png") == (130, "", "")


@pytest.fixture
def save(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What is called instead of writing a plot."""
    save = Mock()
    monkeypatch.setattr(drawing, "save", save)
    return save


def test_the_plot_names_the_file_and_the_verdict_of_each_readable_photo(
    classify: Run, save: Mock
) -> None:
    write_model_of_blue()
    Path("folder").mkdir()
    Image.new("RGB", (60, 40), "black").save("folder/b.png")

    classify("--plot", "plot.png", "a.png", "none.png", "folder/b.png")

    figure, _ = save.call_args.args
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "a.png",
        "what the model sees:\nbird, a = 0.6225",
        "b.png",
        "what the model sees:\nno bird, a = 0.3775",
    ]


def test_the_plot_says_that_the_model_is_of_synthetic_data(
    classify: Run, save: Mock
) -> None:
    write_model(source="synthetic")

    classify("--plot", "plot.png", "a.png")

    figure, _ = save.call_args.args
    assert figure.get_suptitle().endswith("SYNTHETIC DATA, NOT CIFAR-10")


def test_the_plot_replaces_an_older_one(classify: Run) -> None:
    Image.new("RGB", (1, 1)).save("plot.png")

    assert classify("--plot", "plot.png", "a.png").code == 0

    with Image.open("plot.png") as plot:
        assert plot.size != (1, 1)


def test_the_name_of_the_plot_can_have_capitals(classify: Run) -> None:
    assert classify("--plot", "plot.PNG", "a.png").code == 0
    assert Path("plot.PNG").exists()


def test_a_plot_whose_name_does_not_end_in_png_is_refused(classify: Run) -> None:
    done = classify("--plot", "plot.pdf", "a.png")

    reason = "--plot plot.pdf is not a PNG: its name must end in .png"
    assert done == (2, "", f"error: {reason}\n")


@pytest.mark.parametrize(
    ("plot", "reason"),
    [
        ("a.png", "is one of the photos"),
        ("hard.png", "is one of the photos"),
        ("link.png", "is not a regular file"),
        ("folder.png", "is not a regular file"),
    ],
)
def test_the_plot_replaces_no_photo_link_or_folder(
    classify: Run, plot: str, reason: str
) -> None:
    Path("hard.png").hardlink_to("a.png")
    Path("other.png").touch()
    Path("link.png").symlink_to("other.png")
    Path("folder.png").mkdir()
    before = contents()

    # none.png is missing. Still, the plot must be compared with a.png.
    done = classify("--plot", plot, "none.png", "a.png")

    assert done == (2, "", f"error: --plot {plot} {reason}: choose another file\n")
    assert contents() == before


def contents() -> dict[Path, bytes]:
    """The contents of the files in the current folder and below."""
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def test_without_a_readable_photo_there_is_no_plot(classify: Run) -> None:
    assert classify("--plot", "plot.png", "none.png").code == 2
    assert not Path("plot.png").exists()


def test_a_plot_that_cannot_be_written_is_an_error_of_one_line(classify: Run) -> None:
    # Its folder cannot be created, because a.png is a file.
    done = classify("--plot", "a.png/plot.png", "a.png")

    assert done.code == 2
    assert done.out == "bird     0.5000  a.png\n"
    assert done.err == "error: a.png: File exists\n"


def test_a_plot_can_have_200_photos(classify: Run, save: Mock) -> None:
    done = classify("--plot", "plot.png", *["a.png"] * 200)

    figure, _ = save.call_args.args
    assert done.code == 0
    assert len(figure.axes[0].images) == 2 * 200  # before and after resizing


def test_a_plot_cannot_have_201_photos(classify: Run) -> None:
    done = classify("--plot", "plot.png", *["none.png"] * 201)

    reason = "--plot draws at most 200 photos, but there are 201"
    assert done == (2, "", f"error: {reason}\n")
