"""Make the page that `dvc plots` fills, with Vega inside: DVC's own page loads it from the web and is blank offline.

Run at set-up by ``make``; .dvc/config names the page (treeverse/dvc issue 5679).
"""

from pathlib import Path

import vl_convert

PAGE = Path(".dvc/plots.html")
VEGA_LITE = "5.21"  # DVC's templates are of version 5
_SNIPPET = "window.vegaEmbed = vegaEmbed;"

# DVC puts its links to the web in place of {scripts}, which is left out. Each plot goes to {plot_divs}.
TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DVC plots</title>
<link rel="icon" href="data:,">
<style>
body { font-family: system-ui, sans-serif; margin: 1rem; }
img { max-width: 100%; height: auto; }
body > div { max-width: 100%; overflow-x: auto; }
</style>
<script>(function () {BUNDLE})();</script>
{refresh_tag}
</head>
<body>
{plot_divs}
</body>
</html>
"""


def main() -> None:
    """Write the page."""
    bundle = vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGA_LITE).replace("</script", "<\\/script")
    PAGE.write_text(TEMPLATE.replace("BUNDLE", f"{{{bundle}}}"), encoding="utf-8")


if __name__ == "__main__":
    main()
