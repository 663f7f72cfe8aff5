"""The command line: ``birds classify PHOTO...``, or ``python -m birds classify``."""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from birds import files, paths, photos
from birds.data import cifar10, preprocessing
from birds.errors import PhotoError, UserError, one_line
from birds.model import logistic
from birds.runner import warn_if_synthetic

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
PLOT_PHOTOS_MAX = 200


def main() -> int:
    """Run the command that the arguments describe, and return the exit code."""
    for stream in sys.stdout, sys.stderr:
        if isinstance(stream, io.TextIOWrapper):
            # File names can be in any encoding.
            stream.reconfigure(errors="backslashreplace")
    args = parse_arguments()
    try:
        return classify(
            args.photos, model_path=args.model, as_json=args.json, plot_path=args.plot
        )
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # its reader, such as head, has seen enough
        discard_output()
        return EXIT_ERROR
    except (UserError, OSError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        # An error without a file is one of the output, such as a full disk.
        if isinstance(error, OSError) and error.filename is None:
            discard_output()
        return EXIT_ERROR


def discard_output() -> None:
    """Write no more: Python writes the rest of the output at exit, and fails again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parse_arguments() -> argparse.Namespace:
    """Parse the arguments of the command line."""
    is_module = Path(sys.argv[0]).name == "__main__.py"
    parser = argparse.ArgumentParser(
        prog="python -m birds" if is_module else "birds",
        description="Recognise birds in photos.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("classify", help="classify photos as bird or no bird")
    command.add_argument(
        "photos", nargs="+", metavar="PHOTO", help="an image file of any size"
    )
    command.add_argument(
        "--model", default=paths.MODEL, help="the trained model (default: %(default)s)"
    )
    command.add_argument(
        "--json", action="store_true", help="print a JSON array, for programs"
    )
    command.add_argument(
        "--plot", metavar="OUT.png", help="draw the photos before and after resizing"
    )
    return parser.parse_args()


def classify(
    photo_paths: Sequence[str], *, model_path: str, as_json: bool, plot_path: str | None
) -> int:
    """Classify photos, and print a line for each.

    Parameters
    ----------
    model_path : str
        The .npz file that the stage `train` wrote.
    as_json : bool
        Print a JSON array instead, with one object per photo.
    plot_path : str, optional
        Where to draw the photos before and after resizing.

    Returns
    -------
    int
        The exit code: 2 if a photo cannot be read, else 0.

    Raises
    ------
    UserError
        If the model cannot be read, or the plot must not be written.
    """
    if plot_path:
        check_plot(Path(plot_path), photo_paths)
    model = read_model(model_path)
    source = str(model["source"])
    names = cifar10.label_names(str(model["target_class"]))
    warn_if_synthetic(source)
    width = len(names[0])  # "no bird" is the longer verdict
    results = []
    rows = []  # of the plot
    for path in photo_paths:
        photo = read_photo(path)
        if photo is None:
            continue
        resized = photos.to_model_size(photo)
        a = compute_probability(model, resized)
        verdict = names[logistic.decide(a)]
        results.append({"path": path, "verdict": verdict, "probability": round(a, 4)})
        if not as_json:
            print(f"{verdict:{width}}  {a:.4f}  {path}", flush=True)
        if plot_path:
            caption = f"{verdict}, a = {a:.4f}"
            rows.append((Path(path).name, photos.to_thumbnail(photo), resized, caption))
    if as_json:
        print(json.dumps(results, indent=2), flush=True)
    if plot_path and rows:
        draw(rows, source, plot_path)
    return EXIT_ERROR if len(results) < len(photo_paths) else 0


def check_plot(plot: Path, photo_paths: Sequence[str]) -> None:
    """Refuse a plot that is too large, or that would replace something else."""
    if plot.suffix.lower() != ".png":
        raise UserError(f"--plot {plot} is not a PNG: its name must end in .png")
    if plot.is_symlink() or (plot.exists() and not plot.is_file()):
        raise UserError(f"--plot {plot} is not a regular file: choose another file")
    for path in photo_paths:
        if plot.exists() and Path(path).exists() and plot.samefile(path):
            raise UserError(f"--plot {plot} is one of the photos: choose another file")
    if len(photo_paths) > PLOT_PHOTOS_MAX:
        raise UserError(
            f"--plot draws at most {PLOT_PHOTOS_MAX} photos, "
            f"but there are {len(photo_paths)}"
        )


def read_model(path: str) -> files.Arrays:
    """Read a model. Raise UserError if the stage `train` did not write it."""
    if not Path(path).exists():
        raise UserError(
            f"{path} is missing in {Path.cwd()}: "
            "run `make repro` in the project's folder, or use --model"
        )
    model: files.Arrays = {}
    # The advice of read_npz, to remove a damaged file, does not fit a user's own.
    with suppress(UserError):
        model = files.read_npz(path)
    if not is_model(model):
        raise UserError(
            f"{path} is not a model of this project: "
            f"run `make repro`, and use {paths.MODEL}"
        )
    return model


def is_model(arrays: files.Arrays) -> bool:
    """Check whether the arrays are those of a model: names, shapes, types, words."""
    if not {"w", "b", "source", "target_class"} <= arrays.keys():
        return False
    w = arrays["w"]
    b = arrays["b"]
    return (
        w.shape == (cifar10.N_FEATURES, 1)
        and b.shape == ()
        and w.dtype == b.dtype == np.float32
        and str(arrays["source"]) in cifar10.TITLES
        and str(arrays["target_class"]) in cifar10.CLASSES
    )


def read_photo(path: str) -> photos.Photo | None:
    """Read a photo, or print why it cannot be read."""
    try:
        return photos.read_photo(path)
    except PhotoError as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return None


def compute_probability(model: files.Arrays, resized: npt.NDArray[np.float64]) -> float:
    """Compute the probability that a photo shows the target class."""
    x = preprocessing.flatten_and_normalize(resized[np.newaxis])
    return logistic.predict_proba(model["w"], model["b"], x).item()


def draw(rows: Sequence[Any], source: str, plot_path: str) -> None:
    """Draw the rows of `birds.report.drawing.before_and_after`."""
    os.environ["MPLBACKEND"] = "agg"  # a notebook sets one that is not installed
    # Imported here, because it takes longer than to classify a photo.
    from birds.report import drawing

    drawing.save(drawing.before_and_after(rows, source), plot_path)


if __name__ == "__main__":
    sys.exit(main())
