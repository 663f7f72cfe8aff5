"""Compare the run with the published results, if it uses the published parameters."""

import dataclasses

from birds import files, paths
from birds.evaluation import published
from birds.params import Params
from birds.runner import run_stage


def main(params: Params) -> None:
    comparison = published.compare(
        published=files.read_json(paths.PUBLISHED),
        params=dataclasses.asdict(params),
        costs=[float(cost) for _, cost in files.read_csv(paths.COSTS)],
        accuracy=files.read_json(paths.ACCURACY),
        sweep=files.read_json(paths.SWEEP),
    )
    files.write_json(paths.COMPARISON, comparison)


if __name__ == "__main__":
    run_stage(main)
