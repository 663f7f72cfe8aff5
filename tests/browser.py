"""A real headless Chromium without a network, for the tests of the pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

NAMES = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened(
    browser: Browser, path: Path, width: int = 1280, **options: Any
) -> Iterator[Page]:
    """Open a page in a window of the given width. Fail if the console contains an error at the end."""
    with browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, **options
    ) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text) if message.type == "error" else None
            ),
        )
        page.goto(path.as_uri())
        yield page
        assert not errors, errors


def count_images(page: Page) -> tuple[int, int]:
    """Count the images that are shown and those that are missing."""
    script = "Promise.allSettled([...document.images].map(image => image.decode()))"
    results = [result["status"] for result in page.evaluate(script)]
    return results.count("fulfilled"), results.count("rejected")


def choose(page: Page, path: Path) -> str:
    """Choose a photo on the report's page, and return the error, or nothing if the page gives a verdict."""
    page.set_input_files("#file", path)
    expect(
        page.locator("#error:not(:empty), #result[aria-busy=false] #answer")
    ).to_be_visible(timeout=20_000)
    return page.inner_text("#error")


def shown_probability(page: Page) -> float:
    return float(page.get_attribute("#probability", "value") or "nan")
