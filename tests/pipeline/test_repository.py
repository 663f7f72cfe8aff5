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
PRODUCTS = r"^\| ([0-9.]+)[^|\n]* \| ([0-9,]+) \|$"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed(name: str) -> Any:
    return json.loads(git("show", f"HEAD:metrics/{name}.json"))


def test_the_documented_numbers_of_products_are_correct(cifar10_train: tuple[Array, Array]) -> None:
    rows = re.findall(PRODUCTS, read("docs/performance.md"), re.MULTILINE)
    assert len(rows) == 6
    shared = Gram(cifar10_train[0])
    for lr, documented in rows:
        gram = MagicMock(**{"__matmul__.side_effect": shared.__matmul__})
        fit(*cifar10_train, lr=float(lr), iterations=2000, gram=gram)
        number = int(documented.replace(",", ""))
        assert gram.__matmul__.call_count == pytest.approx(number, rel=0.01), "rounding errors may change it"


def test_every_number_in_the_documents_has_a_source(real_project: Project, published: Any) -> None:
    text = "\n".join(map(read, DOCUMENTS))
    row = r"^\| ([^|\n]+) \| ([0-9.]+) \| ([0-9.]*) \| (?:\S+e\S+)? *\|$"  # of `make bench`
    table = re.findall(row, text, re.MULTILINE)
    bench = {what: float(value) for what, value, _ in table}
    for what, value, ratio in table:
        ours = bench.get(f"{what.split(': ')[0]}: ours", np.nan)
        assert not ratio or float(ratio) == pytest.approx(float(value) / ours, rel=2e-3), what
    speed = bench["2000 iterations, one batch: textbook loop"] / bench["2000 iterations, one batch: ours"]
    start = bench["make set-up in a fresh clone"] + bench["dvc repro from scratch"]
    space = bench["GB of disk space for the clone"] + download.ARCHIVE_BYTES / 1e9
    cached = sum(path.stat().st_size for path in (real_project.folder / "data").rglob("*") if path.is_file())
    sets = {name: np.load(real_project.folder / path)["labels"] for name, path in paths.SETS.items()}
    costs, index = published["training"]["costs"], published["test_example"]["index"]
    probability = np.load(real_project.folder / paths.PROBABILITIES)["test"][index]
    ((close, near),) = re.findall(r"tolerance = (\S+) if .* (\S+)", read("tests/pipeline/test_report_photos.py"))
    (margin,) = re.findall(r"MARGIN = (\d+)", read("tests/system/test_bytes.py"))
    assert f"({download.ARCHIVE_BYTES / 1e6:.0f} MB, once)" in text
    phrases = [
        f", {int(speed)} times faster",
        f"All {len(costs)} costs and {2 + 2 * len(published['sweep'])} accuracies",
        f"Guessing would be correct {100 * sets['holdout'].mean():.0f} % of the time",
        f"takes about {start:.0f} seconds on two cores, plus the downloads, and {space:.0f} GB of disk",
        f"with up to {photos.PIXELS_MAX // 10**6} million pixels",
        f"resizing to {SIDE}×{SIDE}",
        f"copying {round(cached / 1e6, -1):.0f} MB",
        f"all {len(costs)} costs, largest deviation | | under {COST_TOLERANCE:.0e}",
        f"test image {index} | bird, predicted bird | bird, predicted bird (a = {probability:.4f})",
        f"within {float(close):.4f}, and for nearly all others within {float(near)}",
        f"differences {margin} times as large",
        f"Four of 2,000 images can change the accuracy by at most {400 / len(sets['holdout'])} points",
    ]
    sources = {f"{len(labels):,}" for labels in sets.values()} | {f"{sets['train'].sum() + sets['test'].sum():,}"}
    for n in 0, 10, 19:
        sources |= {f"{100 * n}", f"{costs[n]}", f"{costs[n]:.12f}"}
    for name, accuracy in committed("comparison")["accuracy"].items():
        sources |= {name.split()[1], *(f"{value:.2f}" for value in accuracy.values())}
    for score in committed("scores").values():
        sources |= {f"{score[name]:.1f}" for name in ("accuracy_low", "accuracy_high")}
        sources |= {f"{score[name]:.2f}" for name in ("accuracy", "baseline")}
        sources |= {f"{score[name]:.4f}" for name in ("roc_auc", "log_loss")}
    # Remove code, addresses, names, and what other tests compare.
    code, names = r"^```.*?^```|`[^`\n]*`|\]\([^)]*\)", r"CIFAR-10|SHA-256|20[01]\d|95 %|8-bit|10\.5281"
    elsewhere = rf"{code}|{names}|{row}|{PRODUCTS}|are 0\.9.*?0\.890|(NumPy|Python|PyTorch|JAX|to) \(?\d+\.\d+[.\d]*"
    text = " ".join(re.sub(elsewhere, "", text, flags=re.DOTALL | re.MULTILINE).split())
    for phrase in phrases:
        assert phrase in text
        text = text.replace(phrase, "")
    assert {*re.findall(r"(?<![\w.,])\d(?:[\d.,]*\d)?", text)} - sources == set()


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


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", read("Makefile"), re.MULTILINE)
    lines = subprocess.check_output(["make", "--no-print-directory"], cwd=ROOT, text=True).splitlines()
    assert [re.split("  +", line)[0] for line in lines] == targets
    assert all(len(line.split()) > 2 and len(line) <= 80 for line in lines)
