"""Write one HTML file that shows the results and the plots."""

import dataclasses
from pathlib import Path

from birds import files, paths, stage
from birds.params import Params
from birds.report import page


def main(params: Params) -> None:
    dataset = files.read_json(paths.DATASET)
    html = page.render(
        dataset=dataset,
        costs=[float(cost) for _, cost in files.read_csv(paths.COSTS)],
        scores=files.read_json(paths.SCORES),
        comparison=files.read_json(paths.COMPARISON),
        published=files.read_json(paths.PUBLISHED),
        insights=files.read_json(paths.INSIGHTS),
        params=dataclasses.asdict(params),
        plots={name: Path(paths.IMAGES, f"{name}.png").read_bytes() for name in page.CAPTIONS},
        holdout=files.read_npz(paths.HOLDOUT),
        mean=files.read_npz(paths.TRAIN)["images"].mean(axis=0),
        probabilities=files.read_npz(paths.PROBABILITIES)["holdout"],
        snapshots=files.read_npz(paths.SNAPSHOTS),
        learning=files.read_csv(paths.LEARNING),
    )
    files.write_bytes(paths.REPORT, html.encode())
    stage.warn_if_synthetic(dataset["dataset"])


if __name__ == "__main__":
    stage.run(main)
