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
print(int(status["VmHWM"].split()[0]) * 1024 / 1e6)
sys.exit(code)
"""
LARGEST = (8000, 5000)  # 40 million pixels are allowed
FASTEST: dict[str, Any] = {"method": 0, "speed": 10, "compress_level": 1}


def classify(project: Project, *arguments: str, code: int = 0) -> tuple[float, str]:
    """Classify photos. Return the peak of the memory in MB, and the errors."""
    command = ("python", "-c", SCRIPT, "classify", *arguments)
    done = project.run(*command, code=code)
    return float(done.stdout.split()[-1]), done.stderr


# In MB. docs/reproducibility.md promises less than 0.5 GB for compressed photos, and
# about 0.7 GB for WebP. This TIFF is not compressed: its file has 160 MB.
@pytest.mark.parametrize(
    ("name", "mode", "size", "limit"),
    [
        ("photo.png", "RGBA", LARGEST, 500),
        ("photo.png", "I;16", LARGEST, 500),
        ("photo.png", "RGBA", (4_000_000, 1), 500),
        ("photo.png", "RGBA", (1, 4_000_000), 500),
        ("photo.jpg", "RGB", LARGEST, 500),
        ("photo.gif", "P", LARGEST, 500),
        ("photo.webp", "RGBA", LARGEST, 750),
        ("photo.avif", "RGB", LARGEST, 500),
        ("photo.bmp", "RGB", LARGEST, 500),
        ("photo.tif", "CMYK", LARGEST, 550),
    ],
    ids=str,
)
def test_a_large_photo_takes_less_memory_than_the_limit(
    synthetic_project: Project,
    tmp_path: Path,
    name: str,
    mode: str,
    size: tuple[int, int],
    limit: int,
) -> None:
    photo = tmp_path / name
    Image.new(mode, size, 100).save(photo, **FASTEST)

    megabytes, _ = classify(synthetic_project, str(photo))

    assert megabytes < limit


def test_large_floats_are_refused_before_they_are_decoded(
    synthetic_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.tif"
    Image.new("F", LARGEST, 0.5).save(photo)

    megabytes, error = classify(synthetic_project, str(photo), code=2)

    assert "its values have 32 bits" in error
    # Python takes 37 MB, and the file 160 MB. Its pixels would take as much again.
    assert megabytes < 300


def test_a_plot_keeps_no_photo_in_full_size(
    synthetic_project: Project, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (3000, 1500)).save(photo)
    photos = [str(photo)] * 30  # 30 · 3000 · 1500 · 3 bytes = 405 MB in full size

    megabytes, _ = classify(
        synthetic_project, "--plot", f"{tmp_path}/plot.png", *photos
    )

    assert megabytes < 400
