"""The command line: ``python -m birds classify FILE …`` tells whether pictures of one's own show a bird."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from birds import arrays, figures, logistic, pictures, preprocessing, stage
from birds.cifar10 import label_names
from birds.errors import PictureError, UserError

EXIT_ERROR = 2
MODEL_FILE = "data/model/model.npz"


def classify(paths: Sequence[str], *, model_path: str, as_json: bool, figure_path: str | None) -> int:
    """Classify picture files and print a line for each.

    Parameters
    ----------
    paths : sequence of str
    model_path : str
        The .npz file that the stage `train` wrote.
    as_json : bool
        Print a JSON array instead, an object for each picture.
    figure_path : str, optional
        Where to draw the pictures before and after resizing.

    Returns
    -------
    int
        The exit code: 0, or 2 where a file could not be read; the others are still classified.

    Raises
    ------
    UserError
        If the model cannot be read.
    """
    model = arrays.read_npz(model_path)
    stage.warn_of_stand_in(str(model["dataset"]))
    names = label_names(str(model["target_class"]))
    results, drawn = [], []
    for path in paths:
        try:
            picture = pictures.read_picture(path)
        except PictureError as error:
            print(f"error: {error}", file=sys.stderr)
            continue
        resized = pictures.to_model_size(picture)
        probability = float(logistic.predict_proba(model["w"], model["b"], preprocessing.flatten(resized[None]))[0, 0])
        verdict = names[logistic.predict(probability)]
        results.append({"path": path, "verdict": verdict, "probability": round(probability, 4)})
        if not as_json:
            print(f"{verdict:<{len(names[0])}}  {probability:.4f}  {path}")
        if figure_path:
            drawn.append((Path(path).name, picture, resized, f"{verdict}, a = {probability:.4f}"))
    if as_json:
        print(json.dumps(results, indent=2))
    if figure_path and drawn:
        figures.save(figures.before_and_after(drawn, str(model["dataset"])), figure_path)
    return 0 if len(results) == len(paths) else EXIT_ERROR


def main() -> int:
    """Parse the arguments and run the command."""
    parser = argparse.ArgumentParser(prog="python -m birds", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("classify", help="tell whether pictures show a bird")
    command.add_argument("files", nargs="+", metavar="FILE", help="a picture of any size")
    command.add_argument("--model", default=MODEL_FILE, help="the trained model (default: %(default)s)")
    command.add_argument("--json", action="store_true", help="print a JSON array, for programs")
    command.add_argument("--figure", metavar="OUT.png", help="draw the pictures before and after resizing")
    args = parser.parse_args()
    try:
        return classify(args.files, model_path=args.model, as_json=args.json, figure_path=args.figure)
    except UserError as error:
        message = str(error)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
    print(f"error: {message}", file=sys.stderr)
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
