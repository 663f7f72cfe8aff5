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
from browser import count_images, opened_offline
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
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
            names.update(f"{node.module}.{name.name}" for name in node.names)
    found = set()
    for name in names:
        module = "src/" + name.replace(".", "/")
        found.update([f"{module}.py", f"{module}/__init__.py"])
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

    def __init__(self, project: Project, stage: str, used: dict[str, Any]) -> None:
        declared = STAGES[stage]
        self.declared_deps = paths_of(declared["deps"])
        self.declared_outs = paths_of(
            declared.get("outs", []) + declared.get("metrics", [])
        )
        self.declared_params = params_of(project)[stage]

        script = f"stages/{stage}.py"
        self.used_code = {script} | imported_modules(script)
        self.used_params = used["params"]
        self.files_read = set(used["read"])
        self.files_written = set(used["written"])


@pytest.fixture(scope="module")
def usages(synthetic_project: Project) -> dict[str, Usage]:
    spy = synthetic_project.run("python", ROOT / "tests/spy.py", *STAGES)
    used_by_stage = json.loads(spy.stdout.splitlines()[-1])
    usages = {}
    for stage, used in used_by_stage.items():
        usages[stage] = Usage(synthetic_project, stage, used)
    return usages


@pytest.fixture(params=STAGES)
def usage(usages: dict[str, Usage], request: pytest.FixtureRequest) -> Usage:
    """Each stage in turn."""
    return usages[request.param]


def params_of(project: Project) -> dict[str, list[str]]:
    """Return the params that each stage declares, as DVC records them."""
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"]
    params = {}
    for name, stage in stages.items():
        params[name] = sorted(stage.get("params", {}).get("params.yaml", {}))
    return params


def test_a_stage_declares_the_code_and_the_files_that_it_uses(usage: Usage) -> None:
    # A stage may read what it has written itself.
    inputs = usage.files_read - inside(usage.files_read, usage.declared_outs)
    used = usage.used_code | inputs

    undeclared = used - inside(used, usage.declared_deps)

    assert undeclared == set()


def test_a_stage_uses_each_dependency_that_it_declares(usage: Usage) -> None:
    used = usage.used_code | usage.files_read

    unused = {dep for dep in usage.declared_deps if not inside(used, {dep})}

    assert unused == set()


def test_stages_read_every_file_in_the_data_folders_that_they_declare(
    usages: dict[str, Usage], synthetic_project: Project
) -> None:
    folders = set()
    for usage in usages.values():
        for dep in usage.declared_deps:
            folder = synthetic_project.folder / dep
            if folder.is_dir() and not dep.startswith("src/"):
                names = {f"{dep}/{path.name}" for path in folder.iterdir()}
                assert names <= usage.files_read
                folders.add(dep)

    assert folders == {"data/batches", "data/preprocessed", "data/split", paths.PLOTS}


def test_a_stage_declares_the_files_that_it_writes(usage: Usage) -> None:
    undeclared = usage.files_written - inside(usage.files_written, usage.declared_outs)

    assert undeclared == set()


def test_a_stage_writes_each_output_that_it_declares(usage: Usage) -> None:
    outs = usage.declared_outs

    unwritten = {out for out in outs if not inside(usage.files_written, {out})}

    assert unwritten == set()


def test_a_stage_declares_exactly_the_params_that_it_uses(usage: Usage) -> None:
    assert usage.used_params == usage.declared_params


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("src/birds/report/page.py", ["plot", "report"]),  # and no training
        ("src/birds/source/download.py", ["download", "extract"]),
        ("src/birds/photos.py", ["report"]),  # which shows its limits
    ],
)
def test_a_change_of_a_module_would_only_rerun_these_stages(
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
    synthetic_project: Project, key: str
) -> None:
    params = params_of(synthetic_project)
    users = [name for name in STAGES if key in params[name]]

    text, _ = (ROOT / "params.yaml").read_text().split(f"\n{key}: ")
    comment = text.split("\n\n")[-1]

    assert f"Used by: {', '.join(users)}." in comment


def test_dvc_yaml_has_the_form_in_which_dvc_writes_it(project_copy: Project) -> None:
    before = project_copy.read("dvc.yaml")

    project_copy.run("dvc", "freeze", *STAGES)
    frozen = project_copy.read("dvc.yaml")
    project_copy.run("dvc", "unfreeze", *STAGES)

    assert frozen != before  # DVC has written it
    assert project_copy.read("dvc.yaml") == before


@pytest.mark.parametrize("path", CHARTS)
def test_dvc_draws_columns_that_exist(synthetic_project: Project, path: str) -> None:
    settings = CHARTS[path]
    drawn = {settings["x"], settings["y"]}
    template = settings.get("template", "linear")
    if template not in ("linear", "confusion"):  # DVC's own
        text = (ROOT / f".dvc/plots/{template}.json").read_text()
        drawn.update(re.findall(r'"field": "(\w+)"', text))
        assert "rev" in drawn  # the revision, which DVC adds to each row

    columns = synthetic_project.read(path).splitlines()[0].split(",")

    assert drawn - {"rev"} <= set(columns)


# All axes but the iterations and the labels of the confusion matrix
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
    [
        # All of plots/images
        pytest.param("show", 10, 1280, id="show-on-a-desktop"),
        # Each of the 10 images stands there twice: before and after.
        pytest.param("diff HEAD workspace", 20, 390, id="diff-on-a-phone"),
    ],
)
def test_dvcs_page_shows_all_plots_without_a_network(
    browser: Browser,
    synthetic_project: Project,
    tmp_path: Path,
    command: str,
    n_images: int,
    width: int,
) -> None:
    synthetic_project.run("dvc", "plots", *command.split(), "--out", tmp_path / "plots")

    with opened_offline(browser, tmp_path / "plots/index.html", width) as page:
        charts = page.locator(".vega-embed canvas, .vega-embed svg.marks")
        charts.nth(len(CHARTS) - 1).wait_for()
        boxes = [chart.bounding_box() for chart in charts.all()]
        shown, missing = count_images(page)

    heights = [box["height"] for box in boxes if box]
    assert len(heights) == len(CHARTS)
    assert min(heights) > 100  # pixels, enough to be read
    assert (shown, missing) == (n_images, 0)
