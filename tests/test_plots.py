"""The plots are complete and do not depend on the machine."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from birds.report import plots

CURVES = {f"run {n}": [{"iteration": str(i), "cost": str(1 / (i + n))} for i in range(3)] for n in (1, 2)}


def test_a_plot_contains_no_date_and_no_version(tmp_path: Path) -> None:
    plots.save(plots.cost_curves(CURVES, "cifar10"), tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as plot:
        assert len(plot.getcolors(2**20) or []) > 10
        assert {*plot.info} <= {"dpi"}


@pytest.mark.parametrize("n", [1, 2, 5, 12])
@pytest.mark.parametrize("n_rows", [1, 2])
def test_every_image_and_caption_is_inside_the_plot(n: int, n_rows: int) -> None:
    images = np.zeros((n, 32, 32, 3), np.uint8)
    figure = plots.labelled_images(images, ["one\ntwo"] * n, "A title", "synthetic", n_rows)
    check_all_is_inside(figure, n)


def check_all_is_inside(figure: Figure, n_images: int) -> None:
    """Check that all images and texts are inside the figure and that texts do not overlap."""
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert len(axes.images) == len(axes.texts) == n_images
    for artist in [*axes.images, *axes.texts, *figure.texts]:
        box = artist.get_window_extent()
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
    boxes = [text.get_window_extent() for text in [*axes.texts, *figure.texts]]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("name", ["a.png", "W" * 200 + ".jpeg", "$a_b$.png", "a\udce4.png"])
@pytest.mark.parametrize("size", [(1, 1), (340, 2), (2, 340), (270, 340)])
@pytest.mark.parametrize("dataset", ["cifar10", "synthetic"])
def test_a_photo_and_its_captions_are_inside_the_figure(name: str, size: tuple[int, int], dataset: str) -> None:
    photo, resized = np.zeros((*size, 3), np.uint8), np.zeros((32, 32, 3))
    photos = [(name, photo, resized, "no automobile, a = 0.1234")] * 2
    check_all_is_inside(plots.before_and_after(photos, dataset), 4)


def test_a_plot_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("not a folder")
    with pytest.raises(FileExistsError) as caught:
        plots.save(plots.cost_curves(CURVES, "cifar10"), tmp_path / "folder/plot.png")
    assert caught.value.filename == str(tmp_path / "folder")
