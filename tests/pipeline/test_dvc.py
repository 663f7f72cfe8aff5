"""dvc.yaml declares exactly what each stage uses, and DVC draws all plots."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from browser import count_images, opened
from projects import DVC_YAML, ROOT, STAGES, Project, git

# Modules that cannot change the bytes of a result
COMMENT = (ROOT / "dvc.yaml").read_text(encoding="utf-8").split("stages:\n")[0]
EXEMPT = {f"src/birds/{name}" for name in re.findall(r"\w+\.py", COMMENT)}
PLOTS = [
    plot
    for each in DVC_YAML["plots"]
    if isinstance(each, dict)
    for plot in each.items()
]

# Runs a stage, and prints the project files that it opened and the params that it used.
SPY = """
import json, os, pathlib, re, runpy, sys
opened, used = {"read": [], "written": []}, set()

def hook(event, args):
    if event == "open" and isinstance(args[0], (str, pathlib.Path)):
        path = os.path.relpath(args[0])
        writes = bool(set(args[1] or "") & set("wax+"))
        if not re.search(r"^[.][.]|__pycache__|params[.]yaml$|[.]py$", path):
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
    """Return the project's modules that a module imports, also indirectly, except through exempt ones."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("birds")
        ):
            package = "src/" + node.module.replace(".", "/")
            modules = ["/__init__", *(f"/{name.name}" for name in node.names), ""]
            found |= {f"{package}{module}.py" for module in modules}
    found = {name for name in found - EXEMPT if (ROOT / name).is_file()}
    return found.union(*map(imports, found))


def names(entries: list[Any]) -> set[str]:
    """Return the paths of dvc.yaml entries, with or without settings."""
    return {
        name
        for entry in entries
        for name in ([entry] if isinstance(entry, str) else entry)
    }


def inside(paths: set[str], folders: set[str]) -> set[str]:
    """Return the paths that are one of the folders, or in one."""
    return {
        path
        for path in paths
        if any(f"{path}/".startswith(f"{folder}/") for folder in folders)
    }


@pytest.fixture(scope="module")
def params(quick_project: Project) -> Any:
    """The params that each stage declares, as DVC records them."""
    stages = yaml.safe_load(quick_project.read("dvc.lock"))["stages"]
    return {
        name: sorted(stage.get("params", {}).get("params.yaml", {}))
        for name, stage in stages.items()
    }


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_declares_exactly_what_it_uses(
    quick_project: Project, params: Any, stage: str
) -> None:
    declared = STAGES[stage]
    deps, outs = (
        names(declared["deps"]),
        names(declared.get("outs", []) + declared.get("metrics", [])),
    )
    seen = json.loads(
        quick_project.run("python", "-c", SPY, f"stages.{stage}").stdout.splitlines()[
            -1
        ]
    )
    read, written = {*seen["read"]}, {*seen["written"]}
    used = (
        {f"stages/{stage}.py"}
        | imports(f"stages/{stage}.py")
        | read - inside(read, outs)
    )
    assert used - inside(used, deps) == set(), "imported or read, but not declared"
    assert written - inside(written, outs) == set(), "written, but not declared"
    assert {out for out in outs if not inside(written, {out})} <= {"data/raw"}, (
        "declared, but not written"
    )
    for dep in deps:
        assert inside(used, {dep}), f"{dep} is declared, but neither imported nor read"
        files = {
            str(path.relative_to(quick_project.folder))
            for path in (quick_project.folder / dep).rglob("*")
        }
        if not dep.startswith("src/"):
            assert files - used <= {"data/raw/dataset.json"}, (
                "declared through its folder, but not read"
            )
    assert seen["params"] == params[stage]


def test_params_yaml_lists_the_stages_that_use_each_param(params: Any) -> None:
    for block in git("show", "HEAD:params.yaml").decode().strip().split("\n\n"):
        key = block.splitlines()[-1].split(":")[0]
        used = block.split("Used by: ")[1].split(".")[0].split(", ")
        assert used == [name for name in STAGES if key in params[name]], key


def test_a_change_of_the_page_never_trains_again_and_the_artifact_is_the_model() -> (
    None
):
    assert {name for name in STAGES if "src/birds/report" in STAGES[name]["deps"]} == {
        "plot",
        "report",
    }
    assert DVC_YAML["artifacts"]["birds"]["path"] in STAGES["train"]["outs"]


@pytest.mark.parametrize(("path", "plot"), PLOTS)
def test_dvc_draws_columns_that_exist(
    quick_project: Project, path: str, plot: dict[str, str]
) -> None:
    template = ROOT / f".dvc/plots/{plot.get('template')}.json"
    fields = (
        re.findall(r'"field": "(\w+)"', template.read_text())
        if template.exists()
        else []
    )
    columns = quick_project.read(path).splitlines()[0].split(",")
    assert {plot["x"], plot["y"], *fields} <= {*columns, "rev"}
    for axis in "x", "y":
        assert plot.get(f"{axis}_label", plot[axis]).startswith(
            plot[axis].replace("_", " ")
        )


@pytest.mark.parametrize(
    ("command", "n_images"), [("show", 10), ("diff HEAD workspace", 20)]
)
def test_dvcs_page_shows_all_plots_without_a_network(
    browser: Browser,
    quick_project: Project,
    tmp_path: Path,
    command: str,
    n_images: int,
) -> None:
    quick_project.run("dvc", "plots", *command.split(), "--out", tmp_path / "plots")
    for width in 390, 1280:
        with opened(browser, tmp_path / "plots/index.html", width) as page:
            charts = page.locator(".vega-embed canvas, .vega-embed svg.marks")
            charts.nth(len(PLOTS) - 1).wait_for()
            heights = [
                (chart.bounding_box() or {"height": 0})["height"]
                for chart in charts.all()
            ]
            assert sum(height > 100 for height in heights) == len(PLOTS) == 5
            assert count_images(page) == (n_images, 0)
