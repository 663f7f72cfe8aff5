"""Running a stage, and the warning about synthetic data."""

import pytest

from birds.errors import UserError
from birds.params import Params, read_params
from birds.runner import run_stage, warn_if_synthetic
from projects import ROOT


@pytest.fixture(autouse=True)
def in_this_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_a_stage_gets_the_params() -> None:
    given: list[Params] = []

    run_stage(given.append)

    assert given == [read_params()]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("lr is 0\nor less"), "error: lr is 0 or less"),
        (PermissionError(13, "not allowed", "data"), "error: data: not allowed"),
    ],
)
def test_a_users_mistake_ends_a_stage_with_one_line(
    error: Exception, line: str
) -> None:
    def main(_: Params) -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        run_stage(main)

    assert caught.value.code == line  # Python prints it and exits with code 1


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    def main(_: Params) -> None:
        raise KeyError("lr")

    with pytest.raises(KeyError):
        run_stage(main)


def test_cifar10_needs_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    warn_if_synthetic("cifar10", "auto")

    assert capsys.readouterr() == ("", "")


HOW_TO_FIND_CIFAR10 = """\
         To use CIFAR-10, set CIFAR10_DIR to a folder with its batches
         or connect to the network, and run `make repro`.
"""
HOW_TO_CHANGE_THE_PARAM = """\
         To use CIFAR-10, set dataset: auto in params.yaml,
         and run `make repro`.
"""


@pytest.mark.parametrize(
    ("dataset", "advice"),
    [
        ("auto", HOW_TO_FIND_CIFAR10),
        ("synthetic", HOW_TO_CHANGE_THE_PARAM),
        (None, ""),  # `birds classify` knows the model, but not the params of its run
    ],
)
def test_the_warning_about_synthetic_data_gives_advice_that_fits_its_cause(
    dataset: str | None, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    warn_if_synthetic("synthetic", dataset)

    warning = (
        "warning: THIS RUN USES SYNTHETIC DATA, NOT CIFAR-10.\n"
        "         Its results say nothing about CIFAR-10.\n"
    )
    assert capsys.readouterr().err == warning + advice
