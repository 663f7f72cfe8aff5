"""README.md, docs/, the Makefile, the lock files and the wheel agree with each other and with metrics/."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from projects import ROOT, Project, git

DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
KINDS = ("published", "reproduced")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    return json.loads(git("show", f"HEAD:metrics/{name}.json"))


def decimals(document: str, start: str, end: str) -> list[str]:
    """Return all numbers with decimals in a part of a document."""
    return re.findall(r"\d+\.\d+", read(document).split(start)[1].split(end)[0])


def interval(score: dict[str, float]) -> list[str]:
    return [f"{score[name]:.1f}" for name in ("accuracy_low", "accuracy_high")]


def test_the_documents_give_the_published_results_beside_those_of_the_run(published: Any) -> None:
    costs, accuracies = published["training"]["costs"], committed("comparison")["accuracy"]
    holdout = committed("scores")["holdout"]
    rows = {n: [f"{costs[n]}", f"{costs[n]:.12f}"] for n in (0, 10, 19)}
    pairs = [f"{accuracies[f'lr 0.005 {name}'][kind]:.2f}" for name in ("train", "test") for kind in KINDS]
    expected = [*rows[19], *pairs, f"{holdout['accuracy']:.2f}", *interval(holdout)]
    assert decimals("README.md", "## Results", "## Quick start") == expected
    expected = [*rows[0], *rows[10], *rows[19]]
    for lr in "0.005", "0.01", "0.001", "0.0001":
        sets = [accuracies[f"lr {lr} {name}"] for name in ("train", "test")]
        expected += [lr, *(f"{each[kind]:.2f}" for kind in KINDS for each in sets)]
    assert decimals("docs/reproducibility.md", "## Published", "| test image 10") == expected


def test_the_documented_scores_are_those_of_the_run() -> None:
    scores = committed("scores")
    sets = [scores[name] for name in ("train", "test", "holdout")]
    expected = [f"{scores['test']['accuracy']:.2f}", *interval(scores["test"])]
    expected += [f"{each['accuracy']:.2f}" for each in sets]
    expected += [number for each in sets for number in interval(each)]
    for name, digits in ("baseline", 2), ("roc_auc", 4), ("log_loss", 4):
        expected += [f"{each[name]:.{digits}f}" for each in sets]
    assert decimals("docs/reproducibility.md", "## How good the model is", "CIFAR-10 contains") == expected


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_make_target_in_a_document_exists(document: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", read(document))
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", read(document), re.MULTILINE)) <= targets


def test_every_function_in_the_tutorial_table_exists() -> None:
    table = read("README.md").split("## From the tutorial to this code")[1].split("\n## ")[0]
    named = re.findall(r"`([a-z_. ]+)`(?: and `([a-z_]+)`)?\]\((src/[^)]+)\)", table)
    assert len(named) >= 8
    for *functions, path in named:
        for function in filter(None, functions):
            assert f"def {function.rpartition('.')[2]}(" in read(path), function


def test_the_readme_has_at_most_1000_words() -> None:
    assert len(read("README.md").split()) <= 1_000


def test_the_citation_and_the_changelog_have_the_current_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    assert re.findall(r"^## (.*)", read("CHANGELOG.md"), re.MULTILINE)[0] == version


def test_the_lock_files_agree_and_contain_no_index() -> None:
    runtime, dev = map(read, ("requirements.lock", "requirements-dev.lock"))
    pin = re.compile(r"^\S.*(?:\n +--hash=sha256:\w{64}(?: \\)?)+$", re.MULTILINE)
    assert {*pin.findall(runtime)} < {*pin.findall(dev)}
    assert pin.sub("", runtime).split() == pin.sub("", dev).split() == []


def test_the_wheel_contains_all_package_files_and_the_licence(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "flit_core.wheel", "--outdir", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        package = {f"src/{name}" for name in archive.namelist() if name.startswith("birds/")}
        (licence,) = [name for name in archive.namelist() if name.endswith("/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert package == {*git("ls-files", "-co", "--exclude-standard", "src/birds").decode().split()}


def test_a_clone_has_lf_line_endings_even_with_autocrlf(tmp_path: Path) -> None:
    git("clone", "-q", "-c", "core.autocrlf=true", ".", str(tmp_path / "clone"))
    listed = git("-C", str(tmp_path / "clone"), "ls-files", "--eol").decode().splitlines()
    assert {line.split()[1] for line in listed} == {"w/lf", "w/-text", "w/none"}


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", read("Makefile"), re.MULTILINE)
    lines = subprocess.check_output(["make", "--no-print-directory"], cwd=ROOT, text=True).splitlines()
    assert [re.split("  +", line)[0] for line in lines] == targets
    assert all(len(line.split()) > 2 and len(line) <= 80 for line in lines)


def test_clean_removes_only_what_the_pipeline_wrote(project_copy: Project) -> None:
    mine = ["data.bak/a", "data/raw/data_batch_1.bak", "data/raw/data_batch_5", "data/raw/note", "plots/a"]
    for name in mine:
        project_copy.write(name, b"mine")
    project_copy.write(".git/info/exclude", b"*")
    for _ in range(2):
        project_copy.run("make", "clean")
    untracked = project_copy.run("git", "ls-files", "--others").stdout.split()
    assert [name for name in untracked if not name.startswith(".dvc/")] == mine
    assert project_copy.run("git", "status", "--porcelain", "--untracked-files=no").stdout == ""
