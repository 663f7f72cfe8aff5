"""The command line: ``python -m birds classify PHOTO …`` tells whether photos of your own show a bird."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from birds import files, paths, photos, stage
from birds.data import cifar10, preprocessing
from birds.errors import PhotoError, UserError
from birds.model import logistic

EXIT_ERROR = 2


def classify(photo_paths: Sequence[str], *, model_path: str, as_json: bool, figure_path: str | None) -> int:
    """Classify photos and print a line for each.

    Parameters
    ----------
    photo_paths : sequence of str
    model_path : str
        The .npz file that the stage `train` wrote.
    as_json : bool
        Print a JSON array instead, with an object for each photo.
    figure_path : str, optional
        Where to draw the photos before and after resizing.

    Returns
    -------
    int
        The exit code: 0, or 2 if a photo could not be read; the others are still classified.

    Raises
    ------
    UserError
        If the model cannot be read.
    """
    model = files.read_npz(model_path)
    dataset, names = str(model["dataset"]), cifar10.label_names(str(model["target_class"]))
    stage.warn_if_synthetic(dataset)
    results, drawn = [], []
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
        results.append({"path": path, "verdict": verdict, "probability": round(probability, 4)})
        if not as_json:
            print(f"{verdict:<{len(names[0])}}  {probability:.4f}  {path}")
        if figure_path:
            drawn.append((Path(path).name, photo, resized, f"{verdict}, a = {probability:.4f}"))
    if as_json:
        print(json.dumps(results, indent=2))
    if figure_path and drawn:
        from birds.report import plots  # here, since importing matplotlib takes longer than classifying

        plots.save(plots.before_and_after(drawn, dataset), figure_path)
    return 0 if len(results) == len(photo_paths) else EXIT_ERROR


def main() -> int:
    """Parse the arguments and run the command."""
    parser = argparse.ArgumentParser(prog="python -m birds", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("classify", help="tell whether photos show a bird")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="an image file of any size")
    command.add_argument("--model", default=paths.MODEL, help="the trained model (default: %(default)s)")
    command.add_argument("--json", action="store_true", help="print a JSON array, for programs")
    command.add_argument("--figure", metavar="OUT.png", help="draw the photos before and after resizing")
    args = parser.parse_args()
    try:
        return classify(args.photos, model_path=args.model, as_json=args.json, figure_path=args.figure)
    except UserError as error:
        message = str(error)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
    print(f"error: {message}", file=sys.stderr)
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
