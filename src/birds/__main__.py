"""The command line: ``birds classify PHOTO...``, or ``python -m birds classify PHOTO...``."""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from birds import files, paths, photos
from birds.data import cifar10, preprocessing
from birds.errors import PhotoError, UserError
from birds.model import logistic
from birds.runner import warn_if_synthetic

EXIT_ERROR, EXIT_INTERRUPTED = 2, 130
PLOT_PHOTOS_MAX = 200


def classify(
    photo_paths: Sequence[str], *, model_path: str, as_json: bool, plot_path: str | None
) -> int:
    """Classify photos, print a line for each, and return the exit code: 2 if a photo cannot be read, else 0.

    Parameters
    ----------
    model_path : str
        The .npz file that the stage `train` wrote.
    as_json : bool
        Print a JSON array instead, with one object per photo.
    plot_path : str, optional
        Where to draw the photos before and after resizing.

    Raises
    ------
    UserError
        If the model cannot be read, or `plot_path` is not a PNG file that can be created or replaced.
    """
    if plot_path:
        _check_plot(Path(plot_path), photo_paths)
    model = _read_model(Path(model_path))
    names = cifar10.label_names(str(model["target_class"]))
    warn_if_synthetic(str(model["source"]))
    results: list[dict[str, Any]] = []
    drawn = []
    for path in photo_paths:
        try:
            photo = photos.read_photo(path)
        except PhotoError as error:
            print(f"error: {error}", file=sys.stderr)
            continue
        resized = photos.to_model_size(photo)
        x = preprocessing.flatten_and_normalize(resized[None])
        probability = float(logistic.predict_proba(model["w"], model["b"], x)[0, 0])
        verdict = names[logistic.decide(probability)]
        results.append(
            {"path": path, "verdict": verdict, "probability": round(probability, 4)}
        )
        if not as_json:
            print(f"{verdict:<{len(names[0])}}  {probability:.4f}  {path}", flush=True)
        if plot_path:
            thumbnail = photos.to_thumbnail(photo)
            drawn.append(
                (
                    Path(path).name,
                    thumbnail,
                    resized,
                    f"{verdict}, a = {probability:.4f}",
                )
            )
    if as_json:
        print(json.dumps(results, indent=2))
    if plot_path and drawn:
        from birds.report import (
            plots,
        )  # imported here: matplotlib takes longer than classifying

        plots.save(plots.before_and_after(drawn, str(model["source"])), plot_path)
    return 0 if len(results) == len(photo_paths) else EXIT_ERROR


def _check_plot(plot: Path, photo_paths: Sequence[str]) -> None:
    if plot.suffix.lower() != ".png":
        raise UserError(f"--plot {plot} is not a PNG: its name must end in .png")
    if plot.is_symlink() or (plot.exists() and not plot.is_file()):
        raise UserError(f"--plot {plot} is not a regular file: choose another file")
    if plot.exists() and any(
        Path(path).exists() and plot.samefile(path) for path in photo_paths
    ):
        raise UserError(f"--plot {plot} is one of the photos: choose another file")
    if len(photo_paths) > PLOT_PHOTOS_MAX:
        raise UserError(
            f"--plot draws at most {PLOT_PHOTOS_MAX} photos, but there are {len(photo_paths)}"
        )


def _read_model(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise UserError(
            f"{path} is missing in {Path.cwd()}: run `make repro` in the project's folder, or use --model"
        )
    model = files.read_npz(path)
    if not {"w", "b", "target_class", "source"} <= {*model}:
        raise UserError(
            f"{path} is not a model: it contains {', '.join(model)}; use the output of the stage train"
        )
    w, b = model["w"], model["b"]
    if (
        w.shape != (cifar10.N_FEATURES, 1)
        or b.shape != ()
        or not (np.isfinite(w).all() and np.isfinite(b))
    ):
        raise UserError(
            f"{path} is not a model of this project: its weights have shape {w.shape}, or are not finite"
        )
    return model


def main() -> int:
    """Parse the arguments and run the command."""
    for stream in sys.stdout, sys.stderr:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # file names can be in any encoding
    prog = "python -m birds" if Path(sys.argv[0]).name == "__main__.py" else "birds"
    parser = argparse.ArgumentParser(
        prog=prog, description="Recognise birds in photos."
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
    args = parser.parse_args()
    try:
        return classify(
            args.photos, model_path=args.model, as_json=args.json, plot_path=args.plot
        )
    except UserError as error:
        message = str(error)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # otherwise Python fails again at exit
        return EXIT_ERROR
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    print(f"error: {message}", file=sys.stderr)
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
