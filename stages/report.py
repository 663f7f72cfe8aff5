"""Write one HTML file that shows the results and the plots."""

import dataclasses
from pathlib import Path
from typing import Any

from birds import files, paths
from birds.params import Params
from birds.report import page, sentences
from birds.runner import run_stage, warn_if_synthetic


def main(params: Params) -> None:
    model = files.read_npz(paths.MODEL)
    scores = files.read_json(paths.SCORES)
    comparison = files.read_json(paths.COMPARISON)
    plots = {}
    for name in page.CAPTIONS:
        plots[name] = Path(paths.PLOTS, f"{name}.png").read_bytes()
    html = page.render(
        model=model,
        scores=scores,
        comparison=comparison,
        params=dataclasses.asdict(params),
        plots=plots,
        holdout=files.read_npz(paths.HOLDOUT),
        mean=files.read_npz(paths.TRAIN)["images"].mean(axis=0),
        probabilities=files.read_npz(paths.PROBABILITIES)["holdout"],
        learning=files.read_csv(paths.LEARNING),
    )
    files.write_bytes(paths.REPORT, html.encode())
    show(scores, comparison)
    warn_if_synthetic(str(model["source"]), params.dataset)


def show(scores: dict[str, Any], comparison: dict[str, Any]) -> None:
    accuracies = []
    for name, score in scores.items():
        accuracies.append(f"{name} {score['accuracy']:.2f} %")
    print("accuracy: " + ", ".join(accuracies))
    print(sentences.comparison(comparison))
    # DVC runs experiments in the background in copies inside .dvc, and removes them.
    if ".dvc" not in Path.cwd().parts:
        print(f"all results, and the model to try: {paths.REPORT}")


if __name__ == "__main__":
    run_stage(main)
