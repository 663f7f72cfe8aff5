"""The memory and the time of the command line."""

from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from projects import Project

# The peak memory is in MB. The resource module would include the memory of the process before exec.
SCRIPT = """
import time
from birds.__main__ import main
assert main() == 0
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(time.process_time(), int(status["VmHWM"].split()[0]) / 1024)
"""
LARGE = product([(8000, 5000), (4_000_000, 1), (1, 4_000_000)], ["RGBA", "I;16"], [1])


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc: run it on Linux"
)
@pytest.mark.parametrize(("size", "mode", "n"), [*LARGE, ((3000, 1500), "RGB", 30)])
def test_a_large_photo_or_a_plot_of_many_takes_limited_time_and_memory(
    quick_project: Project, tmp_path: Path, size: tuple[int, int], mode: str, n: int
) -> None:
    Image.new(mode, size, 50_000).save(tmp_path / "photo.png")
    arguments = [
        "classify",
        *[f"{tmp_path}/photo.png"] * n,
        *["--plot", f"{tmp_path}/plot.png"] * (n > 1),
    ]
    done = quick_project.run("python", "-c", SCRIPT, *arguments)
    seconds, megabytes = done.stdout.split()[-2:]
    assert float(seconds) < 8, "twice as long as without other tests"
    assert float(megabytes) < 500, "30 full-size photos alone would take 400 MB"
