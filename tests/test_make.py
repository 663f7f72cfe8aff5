"""The Makefile."""

import re
import subprocess

from projects import ROOT


def test_make_lists_every_target_within_80_columns() -> None:
    targets = re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets[:2] == ["help", "repro"]
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [re.split("  +", line)[0] for line in lines] == targets
    assert all(len(line.split()) > 2 and len(line) <= 80 for line in lines)
