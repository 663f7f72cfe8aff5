"""DVC's page of the plots, in a real browser without a network."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser import count_images, opened
from projects import ROOT, Project

N_CHARTS, N_PLOTS = 5, 10


def test_vegas_scripts_match_npm() -> None:
    page = (ROOT / ".dvc/plots.html").read_bytes().decode()
    tag = r'<script data-npm="([a-z-]+)@[0-9.]+" data-sha256="(\w+)">(.*?)</script>'
    scripts = re.findall(tag, page, re.DOTALL)
    assert [name for name, _, _ in scripts] == ["vega", "vega-lite", "vega-embed"]
    assert page.count("<script") == len(scripts)
    for name, digest, script in scripts:
        assert hashlib.sha256(script.encode()).hexdigest() == digest, name


@pytest.mark.parametrize(("command", "n_plots"), [("show", N_PLOTS), ("diff HEAD workspace", 2 * N_PLOTS)])
def test_all_dvc_plots_are_visible(
    browser: Browser, quick_project: Project, tmp_path: Path, command: str, n_plots: int
) -> None:
    quick_project.run("dvc", "plots", *command.split(), "--out", tmp_path / "plots")
    for width in 390, 1280:
        with opened(browser, tmp_path / "plots/index.html", width) as page:
            charts = page.locator(".vega-embed canvas, .vega-embed svg.marks")
            charts.nth(N_CHARTS - 1).wait_for()
            assert sum((chart.bounding_box() or {"height": 0})["height"] > 100 for chart in charts.all()) == N_CHARTS
            assert count_images(page) == (n_plots, 0)
