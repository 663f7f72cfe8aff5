"""Compare the run with the study's published figures, where its parameters are the published ones."""

import dataclasses

from birds import comparison, files, stage
from birds.params import Params


def main(params: Params) -> None:
    accuracy = files.read_json("metrics/accuracy.json")
    result = comparison.compare(
        published=files.read_json("data/published.json"),
        params=dataclasses.asdict(params),
        dataset=accuracy["dataset"],
        costs=[float(row["cost"]) for row in files.read_csv("plots/cost.csv")],
        accuracy=accuracy,
        sweep=files.read_json("metrics/sweep.json"),
    )
    files.write_json("metrics/published.json", result)


if __name__ == "__main__":
    stage.run(main)
