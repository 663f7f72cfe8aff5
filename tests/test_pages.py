"""The pages that people look at, in a real headless Chromium without a network."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from projects import Project

N_CHARTS, N_PLOTS = 5, 10
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
    "--virtual-time-budget=10000", "--enable-logging=stderr",
]  # fmt: skip
# Counts what is drawn, and says whether the page is wider than the window.
PROBE = """
<script>
window.addEventListener("load", () => setTimeout(() => {
  const images = [...document.images];
  const drawn = [...document.querySelectorAll(".vega-embed canvas, .vega-embed svg.marks")];
  document.title = JSON.stringify({
    charts: drawn.filter(chart => chart.getBoundingClientRect().height > 100).length,
    images: images.filter(image => image.complete && image.naturalWidth > 100).length,
    missing: images.filter(image => !image.naturalWidth).length,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
  });
}, 3000));
</script>
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: install Debian's package chromium")


def look(page: Path, tmp_path: Path, width: int) -> dict[str, int]:
    """Open a page in a window of some width and tell what it shows; the console must hold no error."""
    probed = page.with_name(f"probed-{page.name}")
    before, _, after = page.read_text(encoding="utf-8").rpartition("</body>")
    probed.write_text(f"{before}{PROBE}</body>{after}", encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
    dump = [*command, "--dump-dom", probed.as_uri()]
    done = subprocess.run(dump, capture_output=True, text=True, timeout=90, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not [line for line in console if "ERROR:CONSOLE" in line or "Uncaught" in line], console
    shot = tmp_path / "shot.png"
    subprocess.run([*command, f"--screenshot={shot}", page.as_uri()], capture_output=True, timeout=90, check=True)
    with Image.open(shot) as image:
        assert image.convert("L").getextrema() != (255, 255), "the page is blank"
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stdout[-500:]
    return {key: int(value) for key, value in json.loads(found[1].replace("&quot;", '"')).items()}


@pytest.fixture(scope="module")
def plots_page(quick_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dvc plots")
    quick_project.run("python", "tools/plots_page.py")
    quick_project.run("dvc", "plots", "show", "--out", folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def report(quick_project: Project) -> Path:
    return quick_project.folder / "plots/report.html"


def test_dvcs_plots_need_no_set_up(quick_project: Project, tmp_path: Path) -> None:
    assert not (quick_project.folder / ".dvc/config.local").exists()
    quick_project.run("dvc", "plots", "show", "--out", tmp_path)
    assert (tmp_path / "index.html").exists()


@pytest.mark.parametrize("width", [390, 1280])
def test_dvcs_plots_are_drawn(plots_page: Path, tmp_path: Path, width: int) -> None:
    shown = look(plots_page, tmp_path, width)
    assert (shown["charts"], shown["images"], shown["missing"]) == (N_CHARTS, N_PLOTS, 0)


def test_dvcs_plots_of_two_revisions_are_drawn(quick_project: Project, tmp_path: Path) -> None:
    project = quick_project
    project.run("dvc", "plots", "diff", "HEAD", "workspace", "--out", tmp_path / "diff")
    shown = look(tmp_path / "diff/index.html", tmp_path, 1280)
    assert shown["charts"] == N_CHARTS
    assert shown["missing"] == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_is_drawn(report: Path, tmp_path: Path, width: int) -> None:
    shown = look(report, tmp_path, width)
    assert (shown["images"], shown["missing"]) == (N_PLOTS, 0)
    assert shown["overflow"] <= 0, "the page is wider than the window"


def test_the_report_says_what_it_is_on_and_needs_nothing_else(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    heading = re.search(r"<h1>(.*?)</h1>", text)
    assert heading
    assert "SYNTHETIC DATA, NOT CIFAR-10" in heading[1]
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    for words in "data_batch_1", "test_size", "95 % interval", "light dark":
        assert words in text


def test_the_report_names_a_training_that_diverges(quick_project: Project) -> None:
    try:
        quick_project.run("dvc", "exp", "run", "-S", "lr=1", "-S", "iterations=1000", "-S", "sweep_lr=[1]")
        text = quick_project.read("plots/report.html")
        assert "The training diverged: the cost rose from 0.69 to" in text
        assert "learning rate than 1.0 may converge" in text
        assert "falls" not in text
        assert "three" not in text
    finally:
        quick_project.reset()
