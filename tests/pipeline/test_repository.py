"""README.md, docs/, the Makefile, the lock files and the wheel agree with each other and with metrics/."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from zipfile import ZipFile

import numpy as np
import pytest
import yaml

from birds import paths, photos
from birds.data import download
from birds.data.cifar10 import SIDE
from birds.evaluation.published import COST_TOLERANCE
from birds.model.gram_descent import Gram, fit
from birds.model.logistic import Array
from projects import ROOT, Project, git

DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
KINDS = ("published", "reproduced")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    return json.loads(git("show", f"HEAD:metrics/{name}.json"))


def prose(document: str) -> str:
    """Return a document without code, addresses, names, and the numbers that other tests compare."""
    text = read(document)
    compared = "## Results.*?## Quick", r"## Published.*?\| test image", "## How good.*?contains", "correlations.*?crop"
    for part in compared:
        text = re.sub(part, lambda found: re.sub(r"\d+\.\d+", "", found[0]), text, flags=re.DOTALL)
    code = r"```.*?```|`[^`]*`|\]\([^)]*\)|\n\| (?!images)[^|\n]+ \| [\d.,]+ \|[^\n]*"
    names = r"CIFAR-10|SHA-256|(?:NumPy|Python|PyTorch|JAX|DOI|to) [([]?\d+\.\S+|20[01]\d|95 %|8-bit"
    return " ".join(re.sub(f"{code}|{names}", "", text, flags=re.DOTALL).split())


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


def test_the_documented_numbers_of_products_are_correct(cifar10_train: tuple[Array, Array]) -> None:
    rows = re.findall(r"^\| ([0-9.]+)[^|]* \| ([0-9,]+) \|$", read("docs/performance.md"), re.MULTILINE)
    assert len(rows) == 6
    shared = Gram(cifar10_train[0])
    for lr, documented in rows:
        gram = MagicMock(**{"__matmul__.side_effect": shared.__matmul__})
        fit(*cifar10_train, lr=float(lr), iterations=2000, gram=gram)
        number = int(documented.replace(",", ""))
        assert gram.__matmul__.call_count == pytest.approx(number, rel=0.01), "rounding errors may change it"


def test_every_number_in_the_prose_has_a_source(real_project: Project, published: Any) -> None:
    table = re.findall(r"^\| (.+?) \| ([0-9.]+) \| ([0-9.]*)", read("docs/performance.md"), re.MULTILINE)
    bench = {what: float(value) for what, value, _ in table}
    for what, value, ratio in table:
        ours = bench.get(f"{what.split(': ')[0]}: ours", np.nan)
        assert not ratio or float(ratio) == pytest.approx(float(value) / ours, rel=2e-3), what
    speed = bench["2000 iterations, one batch: textbook loop"] / bench["2000 iterations, one batch: ours"]
    start = bench["make set-up in a fresh clone"] + bench["dvc repro from scratch"]
    space = bench["GB of disk space for the clone"] + download.ARCHIVE_BYTES / 1e9
    train, test, holdout = (np.load(real_project.folder / path)["labels"] for path in paths.SETS.values())
    birds, sizes = train.sum() + test.sum(), [f"{len(labels):,}" for labels in (train, test, holdout)]
    costs, sweep = published["training"]["costs"], published["sweep"]
    index = published["test_example"]["index"]
    probability = np.load(real_project.folder / paths.PROBABILITIES)["test"][index]
    cached = sum(path.stat().st_size for path in (real_project.folder / "data").rglob("*") if path.is_file())
    ((close, near),) = re.findall(r"tolerance = (\S+) if .* (\S+)", read("tests/pipeline/test_report_photos.py"))
    (margin,) = re.findall(r"MARGIN = (\d+)", read("tests/system/test_bytes.py"))
    facts = {
        "README.md": [
            f", {int(speed)} times faster",
            f"| cost at iteration {100 * (len(costs) - 1)} |",
            f"All {len(costs)} costs and {2 + 2 * len(sweep)} accuracies",
            f"On {sizes[2]} holdout images",
            f"Guessing would be correct {100 * holdout.mean():.0f} % of the time",
            f"takes about {start:.0f} seconds on two cores, plus the downloads, and {space:.0f} GB of disk",
            f"with up to {photos.PIXELS_MAX // 10**6} million pixels",
            f"resizing to {SIDE}×{SIDE}",
            f"all {birds:,} birds in and the first {birds:,} other",
            f"{sizes[0]} for training, {sizes[1]} for the test",
        ],
        "docs/performance.md": [
            f"the {sizes[0]} × {sizes[0]} Gram",
            "products in 2,000 iterations, about",
            f"copying {round(cached / 1e6, -1):.0f} MB",
        ],
        "docs/reproducibility.md": [
            *(f"| cost at iteration {n} |" for n in (0, 1000, 1900)),
            f"all {len(costs)} costs, largest deviation | | under {COST_TOLERANCE:.0e}",
            f"test image {index} | bird, predicted bird | bird, predicted bird (a = {probability:.4f})",
            f"comes from {sizes[1]} images",
            f"images | {' | '.join(sizes)}",
            f"within {float(close):.4f}, and for nearly all others within {float(near)}",
            f"differences {margin} times as large",
            f"Four of {sizes[2]} images can change the accuracy by at most {400 / len(holdout)} points",
        ],
    }
    assert f"({download.ARCHIVE_BYTES / 1e6:.0f} MB, once)" in read("README.md")
    for document in DOCUMENTS:
        text = prose(document)
        for fact in facts.get(document, []):
            assert fact in text
            text = text.replace(fact, "")
        assert re.findall(r"(?<![\w.,])\d[\d.,]*", text) == [], document


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
    assert [name for name in untracked if not name.startswith(".dvc/") and not name.endswith(".pyc")] == mine
    assert project_copy.run("git", "status", "--porcelain", "--untracked-files=no").stdout == ""
