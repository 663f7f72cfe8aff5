"""README.md, docs/, the Makefile, the lock files and the wheel agree with the code."""

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

from birds import files
from projects import ROOT, Project, git

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
]


# A package with its version, and a hash a line
PIN = re.compile(r"^[\w.-]+==\S.*(?:\n +--hash=sha256:\w{64}(?: \\)?)+$", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    """Return the content of a JSON file at HEAD. A run may have changed it since."""
    return json.loads(git("show", f"HEAD:{name}"))


def table_rows(document: str, heading: str) -> dict[str, list[str]]:
    """Return the rows of the first table below a heading, by their first cell."""
    section = read(document).split(f"\n{heading}\n")[1]
    rows = {}
    for line in section.split("\n|", 1)[1].split("\n\n")[0].splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[name] = cells
    return rows


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("accuracy on the training set", "lr 0.005 train"),
        ("accuracy on the test set", "lr 0.005 test"),
    ],
)
def test_the_readme_shows_the_committed_accuracies(row: str, key: str) -> None:
    rows = table_rows("README.md", "## Results")

    pair = committed("metrics/comparison.json")["accuracy"][key]

    assert rows[row] == [f"{pair['published']:.2f} %", f"{pair['reproduced']:.2f} %"]


def test_the_readme_shows_the_committed_cost() -> None:
    rows = table_rows("README.md", "## Results")

    pair = committed("metrics/comparison.json")["cost"]["iteration 1900"]

    published, reproduced = rows["cost at iteration 1900"]
    assert published == str(pair["published"])
    assert reproduced == f"{pair['reproduced']:.12f}"


@pytest.mark.parametrize(
    ("row", "key", "form"),
    [
        ("accuracy", "accuracy", "{:.2f} %"),
        ("majority-class baseline", "baseline", "{:.2f} %"),
        ("ROC AUC", "roc_auc", "{:.4f}"),
        ("log loss", "log_loss", "{:.4f}"),
    ],
)
def test_the_documented_scores_are_the_committed_ones(
    row: str, key: str, form: str
) -> None:
    rows = table_rows("docs/reproducibility.md", "## How good the model is")
    sets = ["train", "test", "holdout"]

    scores = committed("metrics/scores.json")

    assert rows[""] == sets  # the header
    assert rows[row] == [form.format(scores[name][key]) for name in sets]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_in_a_document_has_a_target(
    document: str,
) -> None:
    folder = (ROOT / document).parent

    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", read(document))

    missing = [link for link in links if not (folder / link).exists()]
    assert links  # each document has one
    assert missing == []


def test_the_make_commands_in_the_documents_have_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    commands: set[str] = set()
    for document in DOCUMENTS:
        text = read(document)
        # At the start of a line, or of code in a line
        commands.update(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))

    assert {"repro", "test"} <= commands <= targets


def test_every_function_that_the_tutorial_table_links_to_exists() -> None:
    section = read("README.md").split("## From the tutorial to this code")[1]
    table = section.split("\n## ")[0]

    links = re.findall(r"\[`(?:\w+\.)?(\w+)`\]\((src/[^)]+)\)", table)

    missing = [name for name, path in links if f"def {name}(" not in read(path)]
    assert len(links) >= 8  # the tutorial has 8 steps
    assert len(links) == table.count("](src/")
    assert missing == []


def test_the_citation_and_the_changelog_have_the_current_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    headings = re.findall(r"^## (.*)", read("CHANGELOG.md"), re.MULTILINE)

    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    assert headings[0] == version


def test_the_runtime_packages_have_the_same_pins_in_both_lock_files() -> None:
    runtime = set(PIN.findall(read("requirements.lock")))
    development = set(PIN.findall(read("requirements-dev.lock")))

    assert runtime
    assert runtime < development


@pytest.mark.parametrize("command", ["git", "dvc"])
def test_temporary_files_of_killed_runs_are_ignored(
    command: str, synthetic_project: Project, tmp_path: Path
) -> None:
    with files.replacing(tmp_path / "cost.csv") as part:
        part.touch()
    temporary = [f"plots/{part.name}", "plots/.abc.tmp"]  # ours and DVC's

    ignored = synthetic_project.run(command, "check-ignore", *temporary).stdout

    assert ignored.split() == temporary


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_contains_only_pins_and_no_package_index(name: str) -> None:
    text = read(name)

    assert PIN.search(text)
    assert PIN.sub("", text).split() == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel of this project."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True)
    (path,) = folder.glob("*.whl")
    return ZipFile(path)


def test_the_wheel_contains_every_file_of_the_package(wheel: ZipFile) -> None:
    names = git("ls-files", "-co", "--exclude-standard", "src/birds").decode().split()

    packed = [f"src/{name}" for name in wheel.namelist() if name.startswith("birds/")]

    assert sorted(packed) == sorted(name for name in names if Path(ROOT, name).exists())


def test_the_wheel_contains_the_licence(wheel: ZipFile) -> None:
    (licence,) = [name for name in wheel.namelist() if name.endswith("/LICENSE")]

    assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", read("Makefile"), re.MULTILINE)

    command = ["make", "--no-print-directory"]
    lines = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()

    assert [line.split()[0] for line in lines] == targets
    assert max(len(line) for line in lines) <= 80
