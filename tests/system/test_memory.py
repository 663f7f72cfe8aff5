"""The memory and the time of the command line."""

from pathlib import Path

import pytest
from PIL import Image

from projects import PRINT_PEAK_MEMORY, Project, needs_proc

pytestmark = needs_proc


def test_a_plot_of_many_photos_uses_limited_memory(quick_project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500)).save(tmp_path / "a.jpg")
    script = f"from birds.__main__ import main\nassert main() == 0\n{PRINT_PEAK_MEMORY}"
    arguments: list[str | Path] = ["classify", "--plot", tmp_path / "plot.png", *[tmp_path / "a.jpg"] * 20]
    peak = quick_project.run("python", "-c", script, *arguments).stdout.splitlines()[-1]
    assert float(peak) < 300, "20 full-size photos alone would take 270 MB"


@pytest.mark.parametrize("mode", ["RGBA", "I;16"])
@pytest.mark.parametrize("size", [(8000, 5000), (4_000_000, 1), (1, 4_000_000)])
def test_every_photo_takes_limited_time_and_memory(
    quick_project: Project, tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    Image.new(mode, size, 50_000).save(tmp_path / "photo.png")
    script = f"""
import sys, time
from birds import photos
start = time.process_time()
photos.to_model_size(photos.read_photo(sys.argv[1]))
print(time.process_time() - start)
{PRINT_PEAK_MEMORY}
"""
    seconds, megabytes = quick_project.run("python", "-c", script, tmp_path / "photo.png").stdout.split()
    assert float(seconds) < 4, "twice as long as without other tests"
    assert float(megabytes) < 500
