"""The memory and the time of the command line."""

from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from projects import PRINT_PEAK_MEMORY, Project, needs_proc

LARGE = product([(8000, 5000), (4_000_000, 1), (1, 4_000_000)], ["RGBA", "I;16"], [1])


@needs_proc
@pytest.mark.parametrize(("size", "mode", "n"), [*LARGE, ((3000, 1500), "RGB", 30)])
def test_a_large_photo_or_a_plot_of_many_takes_limited_time_and_memory(
    quick_project: Project, tmp_path: Path, size: tuple[int, int], mode: str, n: int
) -> None:
    Image.new(mode, size, 50_000).save(tmp_path / "photo.png")
    script = "import time\nfrom birds.__main__ import main\nassert main() == 0\nprint(time.process_time())"
    arguments = ["classify", *[f"{tmp_path}/photo.png"] * n, *["--plot", f"{tmp_path}/plot.png"] * (n > 1)]
    done = quick_project.run("python", "-c", script + PRINT_PEAK_MEMORY, *arguments)
    seconds, megabytes = done.stdout.split()[-2:]
    assert float(seconds) < 8, "twice as long as without other tests"
    assert float(megabytes) < 500, "30 full-size photos alone would take 400 MB"
