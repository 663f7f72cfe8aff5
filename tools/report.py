"""Write plots/report.html: the results on one page that opens anywhere, without a network. Run by ``make report``."""

import base64
import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from birds import files, params
from birds.metrics import SETS

REPORT = Path("plots/report.html")
PACKAGES = ("numpy", "scipy", "dvc", "matplotlib", "pillow", "scikit-image")
HOLDOUT = "The holdout is CIFAR-10's own test batch, which nobody trained on."
SCORES = {
    "accuracy": "accuracy, %",
    "interval": "its 95 % interval, %",
    "commoner": "always the commoner answer, %",
    "precision": "precision, %",
    "recall": "recall, %",
    "f1": "F1, %",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss, nats",
    "brier": "Brier score",
}
PICTURES = {
    "cost": "The cost falls with every iteration.",
    "sweep": "Three learning rates, with the accuracies they reach.",
    "weights": "What the model has learned: a weight for each colour of each pixel.",
    "hits_and_mistakes": "What it is surest of, and where it is most wrong.",
    "recall_by_class": "How often each class is told rightly.",
    "confusion": "Which answer met which truth.",
    "roc": "What each threshold would give.",
    "reliability": "How far the probabilities can be trusted.",
    "examples": "Five images it learned from.",
    "test_example": "The test image that the study shows.",
}
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --warn: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; font: 16px/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #16181c); color: light-dark(#1a1c20, #e6e6e6); }
h1 { font-size: clamp(1.4rem, 4vw, 2.2rem); line-height: 1.2; }
.stand-in { background: var(--warn); color: #fff; padding: .75rem 1rem; border-radius: .5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { background: var(--soft); }
td { white-space: nowrap; }
td:first-child { white-space: normal; }
td:last-child:nth-child(2) { white-space: normal; overflow-wrap: anywhere; }
.pictures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); }
figure { margin: 0; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; }
figure img { display: block; width: 100%; height: auto; background: #fff; border-radius: .25rem; }
figcaption { padding: .5rem .25rem 0; }
"""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Make an HTML table; what it is given is escaped."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def score(scores: Mapping[str, Any], name: str) -> str:
    """Write one score as a reader wants it."""
    if name == "interval":
        return f"{scores['accuracy_low']:.1f} to {scores['accuracy_high']:.1f}"
    value = scores[name]
    return "–" if value is None else f"{value:.4f}" if name in ("roc_auc", "log_loss", "brier") else f"{value:.2f}"


def published_section(comparison: Mapping[str, Any]) -> str:
    """Set the published figures beside the reproduced ones, or say why they don't apply."""
    if not comparison["applies"]:
        return f"<p>The published figures do not apply to this run: {escape(comparison['because'])}.</p>"
    rows = [(name, pair["published"], pair["reproduced"]) for name, pair in comparison["accuracy"].items()]
    deviation = ("all 20 costs, largest deviation", "", f"{comparison['largest_cost_deviation']:.1e}")
    verdict = "All of them come out again." if comparison["reproduced"] else "NOT ALL OF THEM COME OUT AGAIN."
    return f"<p>{verdict}</p>" + table(["accuracy, %", "published", "reproduced"], [*rows, deviation])


def picture(name: str, caption: str) -> str:
    """Put a picture into the page."""
    content = base64.b64encode(Path(f"plots/images/{name}.png").read_bytes()).decode()
    text = escape(caption)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{content}"><figcaption>{text}</figcaption></figure>'


def main() -> None:
    """Write the page."""
    scores, target = files.read_json("metrics/accuracy.json"), params.read_params().target_class
    dataset = scores["dataset"]
    comparison = files.read_json("metrics/published.json")
    accuracy = score(scores["holdout"], "accuracy")
    low_to_high = score(scores["holdout"], "interval")
    warning = '<p class="stand-in">This run is on the drawn stand-in. No figure here says anything about CIFAR-10.</p>'
    title = f"{target.capitalize()} or not: logistic regression from scratch on " + (
        "CIFAR-10" if dataset == "cifar10" else "the SYNTHETIC STAND-IN, NOT CIFAR-10"
    )
    used = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path("data/raw").glob("*batch*"))
    }
    versions = {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    score_rows = [(label, *(score(scores[name], key) for name in SETS)) for key, label in SCORES.items()]
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{"" if dataset == "cifar10" else warning}
<p>On images that nobody trained on it is right {accuracy} % of the time (95 % interval: {low_to_high} %), where always
giving the same answer would be right {score(scores["holdout"], "commoner")} % of the time.</p>
<h2>Published and reproduced</h2>
{published_section(comparison)}
<h2>Scores</h2>
{table(["", *SETS], score_rows)}
<p>{escape(HOLDOUT)}</p>
<h2>Pictures</h2>
<div class="pictures">{"".join(picture(name, caption) for name, caption in PICTURES.items())}</div>
<h2>Parameters</h2>
{table(["parameter", "value"], used.items())}
<h2>Data</h2>
{table(["file", "SHA-256"], digests.items())}
<h2>Versions</h2>
{table(["package", "version"], versions.items())}
<p>After V. N. Sichkar,
<cite>Logistic Regression with Neural Network mindset</cite>, 2018, DOI 10.5281/zenodo.1317904.</p>
</body>
</html>
"""
    files.write_bytes(REPORT, page.encode())
    print(f"{REPORT}: {len(page) / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
