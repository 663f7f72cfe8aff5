"""The memory that the command line takes for large photos."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from projects import Project

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc: run it on Linux"
)

# Prints the peak megabytes. The resource module would include the memory of the process
# before exec.
SCRIPT = """
import sys
from birds.__main__ import main
code = main()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)
sys.exit(code)
"""
FULL = (8000, 5000)  # 40 million pixels
FASTEST: dict[str, Any] = {"method": 0, "speed": 10, "compress_level": 1}


def peak(project: Project, *arguments: str, code: int = 0) -> float:
    """Classify photos, and return the peak of the memory in MB."""
    command = ("python", "-c", SCRIPT, "classify", *arguments)
    output = project.run(*command, code=code).stdout
    return float(output.split()[-1])


@pytest.mark.parametrize(
    ("name", "mode", "size", "limit"),
    [
        ("photo.png", "RGBA", FULL, 500),
        ("photo.png", "I;16", FULL, 500),
        ("photo.png", "RGBA", (4_000_000, 1), 500),
        ("photo.png", "RGBA", (1, 4_000_000), 500),
        ("photo.jpg", "RGB", FULL, 500),
        ("photo.gif", "P", FULL, 500),
        ("photo.webp", "RGBA", FULL, 750),
        ("photo.avif", "RGB", FULL, 500),
        ("photo.bmp", "RGB", FULL, 500),
        ("photo.tif", "CMYK", FULL, 550),
    ],
)
def test_a_large_photo_takes_limited_memory(
    quick_project: Project,
    tmp_path: Path,
    name: str,
    mode: str,
    size: tuple[int, int],
    limit: int,
) -> None:
    photo = tmp_path / name
    Image.new(mode, size, 100).save(photo, **FASTEST)

    megabytes = peak(quick_project, str(photo))

    assert megabytes < limit


def test_large_floats_are_refused_before_they_are_read(
    quick_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.tif"
    Image.new("F", FULL, 0.5).save(photo)

    megabytes = peak(quick_project, str(photo), code=2)

    assert megabytes < 300


def test_a_plot_keeps_no_photo_in_full_size(
    quick_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (3000, 1500)).save(photo)
    photos = [str(photo)] * 30  # 400 MB in full size

    megabytes = peak(quick_project, "--plot", f"{tmp_path}/plot.png", *photos)

    assert megabytes < 400
