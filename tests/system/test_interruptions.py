"""`make repro` after kills, damage, mistakes and changes around it; and the interrupted command line."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from projects import CLASSIFY, REPRO, Project, results, stages_run


@pytest.mark.parametrize("moments", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_the_next_run_finishes_a_kill(
    project_copy: Project, quick_project: Project, moments: int
) -> None:
    """A kill ends either dvc and its stage, or only dvc, so that the stage continues."""
    project_copy.run(
        "git", "reset", "-q", "--hard", "HEAD~1"
    )  # with the dvc.lock of another run
    for n in range(moments):
        project_copy.run("git", "checkout", "-q", "--force", "HEAD")
        project_copy.run("git", "clean", "-fdxq")
        moment = quick_project.seconds * (n + 0.5) / moments
        process = project_copy.start("dvc", "repro")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        with contextlib.suppress(ProcessLookupError):  # it may have just ended
            (os.kill if n % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.communicate()
        project_copy.run(*REPRO)
        assert results(project_copy) == results(quick_project), (
            f"killed after {moment:.2f} s"
        )
        assert "up to date" in project_copy.run("dvc", "status").stdout


def test_the_next_run_recovers_from_a_full_disk(
    project_copy: Project, quick_project: Project
) -> None:
    (project_copy.folder / "data/raw/test_batch").unlink()
    for kilobytes, stage in (1024, "download"), (8192, "preprocess"), (16, "plot"):
        limited = f"ulimit -f {2 * kilobytes}; exec python -m stages.{stage}"
        error = project_copy.run("sh", "-c", limited, code=1).stderr
        assert re.fullmatch(
            "error: .* cannot be read or written: File too large\n", error
        )
    project_copy.run("dvc", "repro")
    assert results(project_copy) == results(quick_project)


def test_truncated_dvc_files_are_repaired_and_kept(
    project_copy: Project, quick_project: Project
) -> None:
    shutil.rmtree(project_copy.folder / "data/model")
    project_copy.write("dvc.lock", b"schema: '2.0'\nstages:\n  down")
    project_copy.write(".dvc/tmp/rwlock", b"{")
    done = project_copy.run(*REPRO)
    for path in "dvc.lock", ".dvc/tmp/rwlock":
        assert f"{path} cannot be parsed: moving it to {path}.broken\n" in done.stderr
    assert "Stage 'split' didn't change, skipping" in done.stdout, (
        "the dvc.lock in git is used"
    )
    assert results(project_copy) == results(quick_project)
    assert project_copy.read("dvc.lock.broken").endswith("down")
    assert project_copy.run("git", "status", "--short").stdout == ""


def test_damage_is_repaired_as_the_readme_says(
    project_copy: Project, quick_project: Project
) -> None:
    largest = max(
        project_copy.folder.glob(".dvc/cache/files/md5/*/*"),
        key=lambda path: path.stat().st_size,
    )
    project_copy.write(str(largest), largest.read_bytes()[:-6] + b"damage")
    largest.chmod(0o444)  # DVC trusts a read-only file
    shutil.rmtree(project_copy.folder / "data/preprocessed")
    project_copy.run("dvc", "checkout")
    assert results(project_copy) != results(quick_project)
    (commands,) = re.findall(
        r"object is damaged \| `(.*?); make repro`", project_copy.read("README.md")
    )
    project_copy.run("sh", "-c", f"{commands}; dvc repro")
    assert results(project_copy) == results(quick_project)


def test_a_mistake_is_reported_as_it_is_and_dvc_lock_stays(
    project_copy: Project,
) -> None:
    project_copy.replace("dvc.lock", "stages:", "# mine\nstages:")
    conflict = "<<<<<<< HEAD\nstages:\n=======\n>>>>>>> other"
    for file, old, new, code, message in (
        (
            "params.yaml",
            "seed: 0",
            "sed: 0",
            1,
            "error: params.yaml: 'sed' is not a known key; the keys are lr, ",
        ),
        ("dvc.yaml", "  split:", " split:", 255, "dvc.yaml' is invalid"),
        ("dvc.lock", "stages:", conflict, 255, "possible merge conflicts"),
    ):
        project_copy.replace(file, old, new)
        before = project_copy.read("dvc.lock")
        error = project_copy.run(*REPRO, code=code).stderr
        assert message in error
        assert "cannot be parsed" not in error
        assert project_copy.read("dvc.lock") == before
        project_copy.replace(file, new, old)


def test_cifar10_replaces_synthetic_data_once_available(
    project_copy: Project, real_data: Path
) -> None:
    project = project_copy
    project.environment |= {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    project.replace("params.yaml", "dataset: synthetic", "dataset: auto")
    assert "note: CIFAR-10 is not available" in project.run(*REPRO).stderr
    again = project.run(*REPRO).stderr
    assert again.count("THIS RUN USES SYNTHETIC DATA") == 1, (
        "the warning appears even if nothing changes"
    )
    project.environment["CIFAR10_DIR"] = str(real_data)
    assert "train" in stages_run(project.run(*REPRO).stdout)
    assert project.json("metrics/accuracy.json")["source"] == "cifar10"
    del project.environment["CIFAR10_DIR"]
    (project.folder / "data/raw/.DS_Store").touch()
    assert stages_run(project.run(*REPRO).stdout) == []


def test_a_user_without_a_name_or_a_home_can_run_the_pipeline_as_the_readme_says(
    project_copy: Project, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\npwd.getpwuid = {}.__getitem__\n"
    )
    project_copy.environment["PYTHONPATH"] = str(tmp_path)
    for variable in "HOME", "USER", "LOGNAME", "LNAME", "USERNAME":
        project_copy.environment.pop(variable, None)
    shutil.rmtree(project_copy.folder / "plots/images")
    project_copy.run(*REPRO, code=1)
    (settings,) = re.findall(
        r"user without a name .*?`(.*?) make repro`", project_copy.read("README.md")
    )
    project_copy.run("env", *settings.split(), *REPRO)


def test_the_error_names_a_package_that_python_lacks(quick_project: Project) -> None:
    error = quick_project.run(sys.executable, "-S", "-m", "stages.train", code=1).stderr
    advice = "run `. .venv/bin/activate` first, or `make repro`"
    assert error == f"error: {sys.executable} has no numpy: {advice}\n"


def test_ctrl_c_stops_the_classification_at_once(
    quick_project: Project, tmp_path: Path
) -> None:
    Image.new("RGB", (3000, 2000)).save(tmp_path / "a.jpg")
    process = quick_project.start(*CLASSIFY, *[str(tmp_path / "a.jpg")] * 100)
    assert process.stdout
    next(line for line in process.stdout if "a.jpg" in line)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=2)
    assert process.returncode == 130


def test_a_closed_pipe_is_not_an_error(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    done = quick_project.run(
        "sh", "-c", f"{' '.join(CLASSIFY)} {f'{tmp_path}/a.png ' * 30} | head -n 1"
    )
    assert len(done.stdout.splitlines()) == 1
    assert not re.search("error|Traceback", done.stderr)
