"""dvc.yaml is correct: each stage declares exactly what it imports, reads and writes."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from projects import DVC_YAML, ROOT, STAGES, Project, git

# Modules that cannot change the bytes of a result; the comment in dvc.yaml lists them.
EXEMPT = {
    "stages/__init__.py",
    *(f"src/birds/{name}.py" for name in ("__init__", "errors", "params", "paths", "stage")),
}

# Runs a stage, and prints the project files that it opened and the params that it used.
SPY = """
import json, os, pathlib, re, runpy, sys
opened, used = {"read": [], "written": []}, set()

def hook(event, args):
    if event == "open" and isinstance(args[0], (str, pathlib.Path)):
        path = os.path.relpath(args[0])
        writes = bool(set(args[1] or "") & set("wax+"))
        if not path.startswith("..") and not path.endswith((".py", "params.yaml")) and "__pycache__" not in path:
            opened["written" if writes else "read"].append(re.sub(r"[.]part-[0-9]+-", "", path))

def record(params, name):
    used.add(name)
    return object.__getattribute__(params, name)

import stages
from birds.params import Params
fields = set(Params.__dataclass_fields__)
Params.__getattribute__ = record
sys.addaudithook(hook)
runpy.run_module(sys.argv[1], run_name="__main__")
print(json.dumps({**opened, "params": sorted(used & fields)}))
"""


def imports(path: str) -> set[str]:
    """Return the project modules that a module imports, directly or indirectly, except through exempt modules."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("birds"):
            package = "src/" + node.module.replace(".", "/")
            found |= {f"{package}.py", f"{package}/__init__.py", *(f"{package}/{name.name}.py" for name in node.names)}
    found = {name for name in found - EXEMPT if (ROOT / name).is_file()}
    return found.union(*map(imports, found))


def names(entries: list[Any]) -> set[str]:
    """Return the paths of dvc.yaml entries, with or without settings."""
    return {name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)}


def inside(path: str, folders: set[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_declares_exactly_what_it_uses(quick_project: Project, stage: str) -> None:
    project, declared = quick_project, STAGES[stage]
    seen = json.loads(project.run("python", "-c", SPY, f"stages.{stage}").stdout.splitlines()[-1])
    deps = names(declared["deps"])
    outs = names(declared.get("outs", []) + declared.get("metrics", []))

    used = imports(f"stages/{stage}.py") | {f"stages/{stage}.py"}
    assert {path for path in used if not inside(path, deps)} == set(), "imported, but not declared"

    written = {path for path in seen["written"] if inside(path, outs)}
    assert {*seen["written"]} == written, "written, but not declared"
    assert {out for out in outs if not any(inside(path, {out}) for path in written)} <= {"data/raw"}, "never written"

    reads = {path for path in seen["read"] if not inside(path, outs)}
    assert {path for path in reads if not inside(path, deps)} == set(), "read, but not declared"
    assert {dep for dep in deps if not any(inside(path, {dep}) for path in used | reads)} == set(), "never used"
    data = {path for dep in deps if not dep.startswith(("src/", "stages/")) for path in files_of(project, dep)}
    assert data - reads <= {"data/raw/dataset.json"}, "declared through its folder, but not read"
    assert seen["params"] == sorted(names(declared.get("params", [])))


def files_of(project: Project, dep: str) -> Iterator[str]:
    path = project.folder / dep
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            yield str(file.relative_to(project.folder))


def test_dvc_yaml_lists_the_exempt_modules() -> None:
    comment = (ROOT / "dvc.yaml").read_text(encoding="utf-8").split("stages:\n")[0]
    for path in EXEMPT:
        assert Path(path).name in comment


def test_dvc_plots_draw_these_columns(quick_project: Project) -> None:
    drawn: dict[str, dict[str, str]] = {}
    for plot in DVC_YAML["plots"]:
        drawn |= plot if isinstance(plot, dict) else {plot: {}}
    assert {path: [*map(plot.get, ("x", "y", "template"))] for path, plot in drawn.items()} == {
        "plots/cost.csv": ["iteration", "cost", None],
        "plots/sweep.csv": ["iteration", "cost", "by_learning_rate"],
        "plots/evaluation/roc.csv": ["false_positive_rate", "true_positive_rate", "by_set"],
        "plots/evaluation/reliability.csv": ["predicted", "observed", "by_set"],
        "plots/evaluation/confusion.csv": ["predicted", "actual", "confusion"],
        "plots/images": [None, None, None],
    }
    for path, plot in drawn.items():
        if path.endswith(".csv"):
            header = quick_project.read(path).splitlines()[0].split(",")
            assert {plot["x"], plot["y"]} <= {*header}
            template = ROOT / f".dvc/plots/{plot.get('template')}.json"
            fields = re.findall(r'"field": "(\w+)"', template.read_text()) if template.exists() else []
            assert {*fields} <= {*header, "rev"}, f"{template.name} groups by a column that {path} lacks"


def test_the_artifact_is_the_model() -> None:
    assert DVC_YAML["artifacts"]["birds"]["path"] in STAGES["train"]["outs"]


def test_every_param_is_declared_by_a_stage() -> None:
    declared = {name for stage in STAGES.values() for name in stage.get("params", [])}
    assert declared == set(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))


def test_params_yaml_lists_the_stages_that_use_each_param() -> None:
    text = git("show", "HEAD:params.yaml").decode()
    for block in text.strip().split("\n\n"):
        key = block.splitlines()[-1].split(":")[0]
        used = block.split("Used by: ")[1].split(".")[0].split(", ")
        assert used == [name for name, stage in STAGES.items() if key in stage.get("params", [])], key


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("src/birds/report/page/model.js", ["plot", "report"]),
        ("src/birds/evaluation/metrics.py", ["evaluate", "sweep", "compare"]),
        ("src/birds/model/logistic.py", ["train", "evaluate", "sweep", "plot", "report"]),
        ("stages/report.py", ["report"]),
        ("src/birds/photos.py", ["report"]),
        ("src/birds/stage.py", []),
        ("data/preprocessed/x_holdout.npy", ["evaluate"]),
    ],
)
def test_a_change_affects_only_the_stages_that_use_it(file: str, expected: list[str]) -> None:
    assert [name for name, stage in STAGES.items() if inside(file, names(stage["deps"]))] == expected
