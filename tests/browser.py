"""A real headless Chromium without a network, for the tests of the pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

NAMES = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened_offline(
    browser: Browser,
    path: Path,
    width: int = 1280,
    expected_error: str = "",
    **options: Any,
) -> Iterator[Page]:
    """Open a page in a window of the given width.

    At the end, the console must contain the expected error, or none at all.
    """
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    size = ViewportSize(width=width, height=900)
    with browser.new_context(viewport=size, offline=True, **options) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", listen)
        page.goto(path.as_uri())
        yield page
    if expected_error:
        assert expected_error in "\n".join(errors)
    else:
        assert errors == []


def count_images(page: Page) -> tuple[int, int]:
    """Count the images that are shown and those that are missing."""
    script = "Promise.allSettled([...document.images].map(image => image.decode()))"
    results = [result["status"] for result in page.evaluate(script)]
    return results.count("fulfilled"), results.count("rejected")


def choose(page: Page, path: Path) -> str:
    """Choose a photo on the page, and return the error, or nothing with a verdict."""
    page.set_input_files("#file", path)
    expect(
        page.locator("#error:not(:empty), #result[aria-busy=false] #answer")
    ).to_be_visible(timeout=20_000)
    return page.inner_text("#error")


def exact_probability(page: Page) -> float:
    return float(page.get_attribute("#probability", "value") or "nan")
