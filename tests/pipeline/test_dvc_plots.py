"""DVC's page of the plots, in a real browser without a network."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser import count_images, opened
from projects import ROOT, Project

N_CHARTS, N_PLOTS = 5, 10


def count_charts(page: Page) -> int:
    """Wait until all charts exist, and count the visible ones."""
    charts = ".vega-embed canvas, .vega-embed svg.marks"
    page.wait_for_function(f"document.querySelectorAll('{charts}').length >= {N_CHARTS}")
    return sum((box.bounding_box() or {"height": 0})["height"] > 100 for box in page.locator(charts).all())


@pytest.fixture(scope="module")
def plots_page(quick_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dvc plots")
    quick_project.run("dvc", "plots", "show", "--out", folder)
    return folder / "index.html"


def test_vegas_scripts_match_npm() -> None:
    page = (ROOT / ".dvc/plots.html").read_bytes().decode()
    tag = r'<script data-npm="([a-z-]+)@[0-9.]+" data-sha256="(\w+)">(.*?)</script>'
    scripts = re.findall(tag, page, re.DOTALL)
    assert [name for name, _, _ in scripts] == ["vega", "vega-lite", "vega-embed"]
    assert page.count("<script") == len(scripts)
    for name, digest, script in scripts:
        assert hashlib.sha256(script.encode()).hexdigest() == digest, name


@pytest.mark.parametrize("width", [390, 1280])
def test_all_dvc_plots_are_visible(browser: Browser, plots_page: Path, width: int) -> None:
    with opened(browser, plots_page, width) as page:
        assert count_charts(page) == N_CHARTS
        assert count_images(page) == (N_PLOTS, 0)


def test_dvc_plots_of_two_revisions_are_visible(browser: Browser, quick_project: Project, tmp_path: Path) -> None:
    quick_project.run("dvc", "plots", "diff", "HEAD", "workspace", "--out", tmp_path / "diff")
    with opened(browser, tmp_path / "diff/index.html") as page:
        assert count_charts(page) == N_CHARTS
        assert count_images(page)[1] == 0
