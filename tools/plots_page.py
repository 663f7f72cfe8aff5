"""Create the page that `dvc plots` fills, with Vega inside: DVC's own page loads it from the web and is blank offline.

Run by ``make`` at set-up; .dvc/config names the page (treeverse/dvc issue 5679).
"""

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


if __name__ == "__main__":
    main()
