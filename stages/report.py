"""Write one HTML file that shows the results and the plots."""

import dataclasses
from pathlib import Path
from typing import Any

from birds import files, paths
from birds.params import Params
from birds.runner import run_stage, warn_if_synthetic
from birds.report import page


def main(params: Params) -> None:
    model = files.read_npz(paths.MODEL)
    scores, comparison = (
        files.read_json(paths.SCORES),
        files.read_json(paths.COMPARISON),
    )
    html = page.render(
        model=model,
        scores=scores,
        comparison=comparison,
        params=dataclasses.asdict(params),
        plots={
            name: Path(paths.PLOTS, f"{name}.png").read_bytes()
            for name in page.CAPTIONS
        },
        holdout=files.read_npz(paths.HOLDOUT),
        mean=files.read_npz(paths.TRAIN)["images"].mean(axis=0),
        probabilities=files.read_npz(paths.PROBABILITIES)["holdout"],
        learning=files.read_csv(paths.LEARNING),
    )
    files.write_bytes(paths.REPORT, html.encode())
    show(scores, comparison)
    warn_if_synthetic(str(model["source"]), params.dataset)


def show(scores: dict[str, Any], comparison: dict[str, Any]) -> None:
    print(
        "accuracy: "
        + ", ".join(
            f"{name} {score['accuracy']:.2f} %" for name, score in scores.items()
        )
    )
    if comparison["applies"]:
        print(
            "published results: "
            + ("all reproduced" if comparison["reproduced"] else "NOT ALL REPRODUCED")
        )
    else:
        print(f"published results: not comparable, because {comparison['because']}")
    print(f"all results, and the model to try: {paths.REPORT}")


if __name__ == "__main__":
    run_stage(main)
