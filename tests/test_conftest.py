"""The tests run or skip as they should: with and without CIFAR-10, and on other machines."""

import subprocess
import sys

import pytest

from projects import ROOT, Project

COLLECT_ON_A_MAC = """
import platform, pytest, sys
platform.system, platform.machine = lambda: "Darwin", lambda: "arm64"
sys.exit(pytest.main(["--collect-only", "-q", "-m", "slow or not slow", "-p", "no:cacheprovider"]))
"""
READ_OFFICIAL_BATCH = "tests/test_cifar10.py::test_official_batches_are_read_as_pickle_reads_them[data_batch_1]"


@pytest.mark.parametrize("named", [{}, {"CIFAR10_DIR": "/no/such/folder"}])
def test_the_tests_find_the_data_that_a_run_downloaded(real_project: Project, named: dict[str, str]) -> None:
    project = Project(real_project.folder, **named)
    assert "1 passed" in project.run("python", "-m", "pytest", READ_OFFICIAL_BATCH).stdout


def test_synthetic_data_is_not_used_as_cifar10(quick_project: Project) -> None:
    done = quick_project.run("python", "-m", "pytest", READ_OFFICIAL_BATCH)
    assert "1 skipped" in done.stdout
    assert "needs CIFAR-10: set CIFAR10_DIR" in done.stdout


@pytest.mark.whole
def test_all_tests_can_be_collected_on_an_arm64_mac() -> None:
    command = [sys.executable, "-c", COLLECT_ON_A_MAC]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "test_bytes.py::test_outputs_match_dvc_lock_where_most_differs" in done.stdout
