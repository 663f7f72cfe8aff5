"""dvc.yaml declares exactly what each stage uses, and DVC draws all plots."""

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from birds import paths
from browser import count_images, opened
from projects import DVC_YAML, ROOT, STAGES, Project

# Modules that cannot change the bytes of a result
EXEMPT = {
    "src/birds/__init__.py",
    "src/birds/errors.py",
    "src/birds/params.py",
    "src/birds/paths.py",
    "src/birds/runner.py",
}
# The plots that DVC draws itself, with their settings
CHARTS = {
    path: settings
    for plot in DVC_YAML["plots"]
    if isinstance(plot, dict)
    for path, settings in plot.items()
}


def imported_modules(path: str) -> set[str]:
    """Return the files of the project that a module imports, also indirectly."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            folder = "src/" + str(node.module).replace(".", "/")
            found.add(f"{folder}.py")
            found.add(f"{folder}/__init__.py")
            found.update(f"{folder}/{name.name}.py" for name in node.names)
    found = {name for name in found - EXEMPT if (ROOT / name).is_file()}
    for name in list(found):
        found |= imported_modules(name)
    return found


def paths_of(entries: Iterable[Any]) -> set[str]:
    """Return the paths of entries in dvc.yaml, with or without settings."""
    paths: set[str] = set()
    for entry in entries:
        paths.update([entry] if isinstance(entry, str) else entry)
    return paths


def inside(paths: set[str], folders: set[str]) -> set[str]:
    """Return the paths that are one of the folders, or in one."""
    return {
        path
        for path in paths
        if any(f"{path}/".startswith(f"{folder}/") for folder in folders)
    }


class Usage:
    """What a stage declares in dvc.yaml, and what it uses."""

    def __init__(self, project: Project, stage: str) -> None:
        declared = STAGES[stage]
        spy = project.run("python", ROOT / "tests/spy.py", f"stages.{stage}")
        used = json.loads(spy.stdout.splitlines()[-1])
        self.deps = paths_of(declared["deps"])
        self.outs = paths_of(declared.get("outs", []) + declared.get("metrics", []))
        self.code = {f"stages/{stage}.py"} | imported_modules(f"stages/{stage}.py")
        self.read = set(used["read"])
        self.written = set(used["written"])
        self.params = used["params"]
        self.declared_params = params_of(project)[stage]


@pytest.fixture(scope="module", params=STAGES)
def usage(quick_project: Project, request: pytest.FixtureRequest) -> Usage:
    """Each stage in turn."""
    return Usage(quick_project, request.param)


def params_of(project: Project) -> dict[str, list[str]]:
    """Return the params that each stage declares, as DVC records them."""
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"]
    params = {}
    for name, stage in stages.items():
        params[name] = sorted(stage.get("params", {}).get("params.yaml", {}))
    return params


def test_a_stage_declares_the_code_and_the_files_that_it_uses(usage: Usage) -> None:
    used = usage.code | (usage.read - inside(usage.read, usage.outs))

    undeclared = used - inside(used, usage.deps)

    assert undeclared == set()


def test_a_stage_uses_each_dependency_that_it_declares(usage: Usage) -> None:
    used = usage.code | usage.read

    unused = {dep for dep in usage.deps if not inside(used, {dep})}

    assert unused == set()


def test_a_stage_reads_every_file_in_a_folder_that_it_declares(
    usage: Usage, quick_project: Project
) -> None:
    unread = set()
    for dep in usage.deps:
        if dep.startswith("data/"):
            files = (quick_project.folder / dep).rglob("*")
            names = {str(path.relative_to(quick_project.folder)) for path in files}
            unread |= names - usage.read

    assert unread == set()


def test_a_stage_declares_the_files_that_it_writes(usage: Usage) -> None:
    undeclared = usage.written - inside(usage.written, usage.outs)

    assert undeclared == set()


def test_a_stage_writes_each_output_that_it_declares(usage: Usage) -> None:
    unwritten = {out for out in usage.outs if not inside(usage.written, {out})}

    assert unwritten == set()


def test_a_stage_declares_exactly_the_params_that_it_uses(usage: Usage) -> None:
    assert usage.params == usage.declared_params


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("src/birds/report/page.py", ["plot", "report"]),
        ("src/birds/source/download.py", ["download", "extract"]),
        ("src/birds/photos.py", ["report"]),
    ],
)
def test_a_change_of_a_module_reruns_only_the_stages_that_use_it(
    path: str, stages: list[str]
) -> None:
    dependent = []
    for name, stage in STAGES.items():
        if inside({path}, paths_of(stage["deps"])):
            dependent.append(name)

    assert dependent == stages


def test_the_artifact_is_the_model() -> None:
    assert DVC_YAML["artifacts"]["birds"]["path"] == paths.MODEL


@pytest.mark.parametrize("key", yaml.safe_load((ROOT / "params.yaml").read_text()))
def test_the_comments_in_params_yaml_name_the_stages_that_use_a_param(
    quick_project: Project, key: str
) -> None:
    params = params_of(quick_project)
    users = [name for name in STAGES if key in params[name]]

    text, _ = (ROOT / "params.yaml").read_text().split(f"\n{key}: ")
    comment = text.split("\n\n")[-1]

    assert f"Used by: {', '.join(users)}." in comment


def test_dvc_yaml_has_the_form_in_which_dvc_writes_it(project_copy: Project) -> None:
    before = project_copy.read("dvc.yaml")

    project_copy.run("dvc", "freeze", *STAGES)
    project_copy.run("dvc", "unfreeze", *STAGES)

    assert project_copy.read("dvc.yaml") == before


@pytest.mark.parametrize("path", CHARTS)
def test_dvc_draws_columns_that_exist(quick_project: Project, path: str) -> None:
    settings = CHARTS[path]
    template = ROOT / f".dvc/plots/{settings.get('template')}.json"
    text = template.read_text() if template.exists() else ""
    used = {settings["x"], settings["y"]} | set(re.findall(r'"field": "(\w+)"', text))

    columns = set(quick_project.read(path).splitlines()[0].split(","))

    assert used <= columns | {"rev"}


@pytest.mark.parametrize(
    ("path", "axis"),
    [
        ("plots/cost.csv", "y"),
        ("plots/sweep.csv", "y"),
        ("plots/evaluation/roc.csv", "x"),
        ("plots/evaluation/roc.csv", "y"),
        ("plots/evaluation/reliability.csv", "x"),
        ("plots/evaluation/reliability.csv", "y"),
    ],
)
def test_a_label_of_dvcs_charts_is_its_column_with_a_unit(path: str, axis: str) -> None:
    column = CHARTS[path][axis]

    label = CHARTS[path][f"{axis}_label"]

    assert re.fullmatch(rf"{column.replace('_', ' ')} \(.+\)", label)


@pytest.mark.parametrize(
    ("command", "n_images", "width"),
    [("show", 10, 1280), ("diff HEAD workspace", 20, 390)],
)
def test_dvcs_page_shows_all_plots_without_a_network(
    browser: Browser,
    quick_project: Project,
    tmp_path: Path,
    command: str,
    n_images: int,
    width: int,
) -> None:
    quick_project.run("dvc", "plots", *command.split(), "--out", tmp_path / "plots")

    with opened(browser, tmp_path / "plots/index.html", width) as page:
        charts = page.locator(".vega-embed canvas, .vega-embed svg.marks")
        charts.nth(len(CHARTS) - 1).wait_for()
        boxes = [chart.bounding_box() for chart in charts.all()]
        images = count_images(page)

    assert [box["height"] > 100 for box in boxes if box] == [True] * len(CHARTS)
    assert images == (n_images, 0)
