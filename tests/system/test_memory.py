"""The memory of the command line."""

from pathlib import Path

from PIL import Image

from projects import PRINT_PEAK_MEMORY, Project, needs_proc


@needs_proc
def test_a_plot_of_many_photos_uses_limited_memory(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500)).save(tmp_path / "a.jpg")
    script = f"from birds.__main__ import main\nassert main() == 0\n{PRINT_PEAK_MEMORY}"
    options = ("classify", "--plot", tmp_path / "plot.png")
    *lines, peak = quick_project.run("python", "-c", script, *options, *[tmp_path / "a.jpg"] * 20).stdout.splitlines()
    assert len(lines) == 20
    assert float(peak) < 300, "20 full-size photos alone would take 270 MB"
