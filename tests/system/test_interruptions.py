"""Runs after kills, a full disk and damage, and an interrupted command line."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from PIL import Image

from projects import CLASSIFY, ROOT, Project, output_digests, stages_run

# What README.md advises
AFTER_A_KILL = "git checkout dvc.lock; rm -f .dvc/tmp/rwlock"
AFTER_DAMAGE_IN_THE_CACHE = "rm -rf .dvc/cache; dvc repro --force"
WITHOUT_A_NAME = "LOGNAME=user HOME=/tmp"

MAKE_REPRO = ("make", "--no-print-directory", "-o", "set-up", "repro")
NO_NETWORK = "http://127.0.0.1:9"  # nothing listens on this port
# Stands for a full disk: no file grows above 32 blocks of 512 bytes.
LITTLE_SPACE = "ulimit -f 32"


def make_repro(project: Project, code: int = 0) -> CompletedProcess[str]:
    return project.run(*MAKE_REPRO, code=code)


@pytest.mark.parametrize(
    "advice", [AFTER_A_KILL, AFTER_DAMAGE_IN_THE_CACHE, WITHOUT_A_NAME]
)
def test_the_readme_gives_the_advice_that_is_tested_here(advice: str) -> None:
    assert advice in (ROOT / "README.md").read_text(encoding="utf-8")


def remove_data(project: Project) -> None:
    """Return to the commit, without data and without DVC's cache."""
    project.run("git", "checkout", "-q", "--force", "HEAD")
    project.run("git", "clean", "-fdxq")


def run_and_kill(project: Project, seconds: float, *, only_dvc: bool) -> bool:
    """Kill dvc and its stage, or only dvc. Return whether dvc was still running."""
    remove_data(project)
    process = project.start("dvc", "repro")
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    is_running = process.poll() is None
    kill_process = os.kill if only_dvc else os.killpg
    with contextlib.suppress(ProcessLookupError):  # it may have just ended
        kill_process(process.pid, signal.SIGKILL)
    process.communicate()  # waits for the end of a stage that lives on
    return is_running


def run_or_cure(project: Project) -> None:
    """Run DVC again. Where it cannot read its own files, do what the README says."""
    done = project.try_to_run("dvc", "repro")
    if done.returncode:
        assert "dvc.lock" in done.stderr or "rwlock" in done.stderr, done.stderr
        project.run("sh", "-c", AFTER_A_KILL)
        project.run("dvc", "repro")


# When to kill, as shares of the time that a run takes
ONCE = [0.3]
FORTY_TIMES = np.linspace(0, 1, 40).tolist()


@pytest.mark.parametrize(
    "moments",
    [ONCE, pytest.param(FORTY_TIMES, marks=pytest.mark.slow)],
    ids=["1", "40"],
)
def test_the_next_run_or_the_readmes_cure_finishes_a_killed_run(
    project_copy: Project, synthetic_project: Project, moments: list[float]
) -> None:
    interrupted = 0
    for n, moment in enumerate(moments):
        seconds = moment * synthetic_project.seconds
        only_dvc = n % 2 == 1  # every second time
        interrupted += run_and_kill(project_copy, seconds, only_dvc=only_dvc)

        run_or_cure(project_copy)

        assert output_digests(project_copy) == output_digests(synthetic_project), (
            f"{seconds:.2f} s"
        )
        assert "up to date" in project_copy.run("dvc", "status").stdout
    assert interrupted > len(moments) / 2


@pytest.mark.parametrize("path", ["dvc.lock", ".dvc/tmp/rwlock"])
def test_the_readme_cures_a_truncated_file_of_dvc(
    project_copy: Project, synthetic_project: Project, path: str
) -> None:
    project_copy.write(path, b"{'schema")
    shutil.rmtree(project_copy.folder / "data/model")  # for a run to produce
    assert path in project_copy.run("dvc", "repro", code=255).stderr

    project_copy.run("sh", "-c", AFTER_A_KILL)
    project_copy.run("dvc", "repro")

    assert output_digests(project_copy) == output_digests(synthetic_project)


@pytest.mark.parametrize("stage", ["download", "preprocess", "plot"])
def test_a_full_disk_gives_one_line(project_copy: Project, stage: str) -> None:
    command = f"{LITTLE_SPACE}; exec python -m stages.{stage}"

    error = project_copy.run("sh", "-c", command, code=1).stderr

    assert error.startswith("error: ")
    assert error.endswith(": File too large\n")
    assert error.count("\n") == 1


def test_the_next_run_recovers_from_a_full_disk(
    project_copy: Project, synthetic_project: Project
) -> None:
    batches = project_copy.folder / "data/batches"
    shutil.rmtree(batches)
    download = f"{LITTLE_SPACE}; exec python -m stages.download"
    project_copy.run("sh", "-c", download, code=1)
    assert not list(batches.glob("*_batch*"))

    project_copy.run("dvc", "repro")

    assert output_digests(project_copy) == output_digests(synthetic_project)


@pytest.mark.slow
def test_the_readme_cures_a_damaged_object_in_the_cache(
    project_copy: Project, synthetic_project: Project
) -> None:
    objects = list(project_copy.folder.glob(".dvc/cache/files/md5/*/*"))
    largest = max(objects, key=lambda path: path.stat().st_size)
    project_copy.write(str(largest), largest.read_bytes()[:-6] + b"damage")
    largest.chmod(0o444)  # DVC trusts a read-only file
    shutil.rmtree(project_copy.folder / "data/batches")
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    assert output_digests(project_copy) != output_digests(synthetic_project)

    project_copy.run("sh", "-c", AFTER_DAMAGE_IN_THE_CACHE)

    assert output_digests(project_copy) == output_digests(synthetic_project)


def test_dvc_shows_the_line_about_a_wrong_param(project_copy: Project) -> None:
    project_copy.replace("params.yaml", "seed: 0", "seed: x")

    error = project_copy.run("dvc", "repro", code=255).stderr

    assert "error: params.yaml: seed is 'x'; it must be an integer" in error
    assert "Traceback" not in error


@pytest.fixture(scope="module")
def first_offline(
    synthetic_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    project = synthetic_project.copy(tmp_path_factory.mktemp("offline") / "project")
    project.environment |= {"HTTPS_PROXY": NO_NETWORK, "NO_PROXY": ""}
    project.replace("params.yaml", "dataset: synthetic", "dataset: auto")
    project.run("dvc", "repro")
    return project


@pytest.fixture
def offline(first_offline: Project, tmp_path: Path) -> Project:
    """A project without a network, after a run that fell back to synthetic data."""
    return first_offline.copy(tmp_path / "project")


@pytest.fixture(scope="module")
def errors_of_make_repro(first_offline: Project) -> str:
    """What `make repro` writes, still without a network, after the synthetic run."""
    return make_repro(first_offline).stderr


def test_make_repro_warns_again_after_a_run_on_synthetic_data(
    errors_of_make_repro: str,
) -> None:
    assert "note: CIFAR-10 is not available" in errors_of_make_repro
    assert errors_of_make_repro.count("THIS RUN USES SYNTHETIC DATA") == 1


def test_make_repro_first_names_the_site_that_it_tries(
    errors_of_make_repro: str,
) -> None:
    site = "https://www.cs.toronto.edu/~kriz/"
    download = f"Downloading data from '{site}cifar-10-python.tar.gz'"
    assert errors_of_make_repro.startswith(download)


def test_make_repro_replaces_synthetic_data_by_cifar10(
    offline: Project, cifar10_folder: Path
) -> None:
    assert offline.json("metrics/accuracy.json")["source"] == "synthetic"
    offline.environment["CIFAR10_DIR"] = str(cifar10_folder)

    make_repro(offline)

    assert offline.json("metrics/accuracy.json")["source"] == "cifar10"


def test_make_repro_stops_if_the_users_batches_cannot_be_read(offline: Project) -> None:
    offline.environment["CIFAR10_DIR"] = "/no/such/folder"

    done = make_repro(offline, code=2)

    assert "error: CIFAR10_DIR is /no/such/folder" in done.stderr
    assert stages_run(done.stdout) == ["download"]


def test_make_repro_runs_no_stage_after_a_run_on_cifar10(
    cifar10_project: Project, tmp_path: Path
) -> None:
    project = cifar10_project.copy(tmp_path / "project")
    del project.environment["CIFAR10_DIR"]

    output = make_repro(project).stdout

    assert stages_run(output) == []


def test_the_readme_cures_dvc_for_a_user_without_a_name_or_a_home(
    project_copy: Project, synthetic_project: Project, tmp_path: Path
) -> None:
    # When Python starts, this file removes all users.
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\npwd.getpwuid = {}.__getitem__\n"
    )
    project_copy.environment["PYTHONPATH"] = str(tmp_path)
    for variable in "HOME", "USER", "LOGNAME", "LNAME", "USERNAME":
        project_copy.environment.pop(variable, None)
    shutil.rmtree(project_copy.folder / "plots/images")  # for a run to produce
    error = project_copy.run("dvc", "repro", code=1).stderr
    assert "could not determine the home directory" in error

    project_copy.run("env", *WITHOUT_A_NAME.split(), "dvc", "repro")

    assert output_digests(project_copy) == output_digests(synthetic_project)


def test_ctrl_c_stops_the_classification_at_once(
    synthetic_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (3000, 2000)).save(photo)
    process = synthetic_project.start(*CLASSIFY, *[str(photo)] * 100)  # some 7 seconds
    assert process.stdout
    next(line for line in process.stdout if "a.jpg" in line)  # the first verdict

    process.send_signal(signal.SIGINT)

    process.communicate(timeout=2)
    assert process.returncode == 130


def test_a_closed_pipe_ends_the_command_without_a_word(
    synthetic_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "a.png"
    Image.new("RGB", (60, 40)).save(photo)
    warning = synthetic_project.run(*CLASSIFY, photo).stderr  # of synthetic data
    classify = f"{' '.join(CLASSIFY)} {f'{photo} ' * 30}"
    # The command writes again after head has closed the pipe.
    command = f"{{ {classify}; echo exit code $? >&2; }} | head -n 1"

    done = synthetic_project.run("sh", "-c", command)

    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == f"{warning}exit code 2\n"
