"""The text of the HTML page."""

import html
import re


def text_of(rendered: str) -> str:
    """Return what a reader sees, with single spaces and cells in a row."""
    without_code = re.sub(r"<(script|style).*?</\1>", "", rendered, flags=re.DOTALL)
    without_tags = re.sub(r"<[^>]*>", " ", without_code)
    return " ".join(html.unescape(without_tags).split())
