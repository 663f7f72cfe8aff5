"""Create the page that `dvc plots` fills, with Vega inside: DVC's own page loads it from the web and is blank offline.

Run at set-up, which also names the page in .dvc/config.local (treeverse/dvc issue 5679).
"""

import subprocess
import sys
from pathlib import Path

import vl_convert

PAGE = Path(".dvc/plots.html")
VEGA_LITE = "5.21"  # DVC's templates are of version 5
_SNIPPET = "window.vegaEmbed = vegaEmbed;"

# DVC inserts each plot at {plot_divs}, and its links to the web at {scripts}, which is left out.
TEMPLATE = Path(__file__).with_name("plots_page.html")


def main() -> None:
    """Write the page."""
    bundle = vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGA_LITE).replace("</script", "<\\/script")
    PAGE.write_text(TEMPLATE.read_text(encoding="utf-8").replace("BUNDLE", f"{{{bundle}}}"), encoding="utf-8")
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "config", "--quiet", "--local", "plots.html_template", PAGE.name], check=True)


if __name__ == "__main__":
    main()
