"""A real headless Chromium without a network, for the tests of the pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

NAMES = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened(browser: Browser, path: Path, width: int = 1280, *, offline: bool = True, **options: Any) -> Iterator[Page]:
    """Open a page in a window of the given width. Fail if the console contains an error at the end."""
    with browser.new_context(viewport={"width": width, "height": 900}, offline=offline, **options) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path.as_uri())
        yield page
        assert not errors, errors


def count_images(page: Page) -> tuple[int, int]:
    """Count the images that are shown and those that are missing."""
    page.evaluate("""Promise.all([...document.images].map(
        image => image.complete || new Promise(done => { image.onload = image.onerror = done; })))""")
    sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    return sum(size > 0 for size in sizes), sum(size == 0 for size in sizes)


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
