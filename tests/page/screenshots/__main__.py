"""
`python -m tests.page.screenshots FOLDER`: a PNG of every view, wide and phone, light and dark, at 1x and 2x.

A view is opened once for each size and scale; what it looks like in light and dark is two pictures of the same visit.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.page.conftest import CHROMIUM, FLAGS, PATIENCE, PHONE, WIDE
from tests.page.screenshots.libraries import Libraries, running_libraries
from tests.page.screenshots.views import VIEWS, View

SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
SCHEMES = ("light", "dark")
LANGUAGES = ("en", "de", "fr", "es")


def main() -> int:
    """Make them; 1 if a view could not be reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.page.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", nargs="*", choices=[each.name for each in VIEWS], metavar="NAME")
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--schemes", nargs="*", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--scales", nargs="*", type=int, default=[1, 2])
    parser.add_argument("--languages", nargs="*", choices=LANGUAGES, default=["en"])
    options = parser.parse_args()
    views = [each for each in VIEWS if not options.views or each.name in options.views]
    visits = list(product(views, options.languages, options.sizes, options.scales))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state, running_libraries(Path(state)) as libraries:
        faults = list(make_pictures(options.folder, libraries, visits, options.schemes))
    sys.stderr.writelines(f"{each}\n" for each in faults)
    return 1 if faults else 0


def make_pictures(
    folder: Path, libraries: Libraries, visits: Sequence[tuple[View, str, str, int]], schemes: Sequence[str]
) -> Iterator[str]:
    """
    A file `VIEW.SIZE-SCHEME@SCALEx.png` each, with the language before the size if it is not English.

    Visits are views, languages, sizes and scales. What could not be made is told in words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for view, language, size, scale in visits:
            stem = f"{view.name}.{size}" if language == "en" else f"{view.name}.{language}.{size}"
            files = {scheme: folder / f"{stem}-{scheme}@{scale}x.png" for scheme in schemes}
            try:
                _photograph(browser, files, libraries, view, locale=language, device_scale_factor=scale, **SIZES[size])
            except (AssertionError, Error) as error:
                yield f"{stem}@{scale}x: {error}"
        browser.close()


def _photograph(browser: Browser, files: dict[str, Path], libraries: Libraries, view: View, **look: Any) -> None:
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True, **look)
    try:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        try:
            page.goto(view.address(libraries))
            view.steps(page)
        finally:
            for scheme, file in files.items():
                _take(page, file, scheme, view.media)
    finally:
        context.close()


def _take(page: Page, file: Path, scheme: Any, media: Any) -> None:
    page.emulate_media(media=media, color_scheme=scheme, reduced_motion="reduce")
    page.screenshot(path=file, full_page=media == "print")


if __name__ == "__main__":
    sys.exit(main())
