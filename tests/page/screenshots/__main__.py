"""`python -m tests.page.screenshots FOLDER`: a PNG of every view, wide and phone, light and dark, at 1x and 2x."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from tests.page.conftest import CHROMIUM, FLAGS, PATIENCE, PHONE, WIDE
from tests.page.screenshots.libraries import Libraries, running_libraries
from tests.page.screenshots.views import VIEWS, View

SIZES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
SCHEMES = ("light", "dark")


def main() -> int:
    """Make them; 1 if a view could not be reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.page.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", nargs="*", choices=[each.name for each in VIEWS], metavar="NAME")
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--schemes", nargs="*", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--scales", nargs="*", type=int, default=[1, 2])
    options = parser.parse_args()
    views = [each for each in VIEWS if not options.views or each.name in options.views]
    looks = list(product(options.sizes, options.schemes, options.scales))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state, running_libraries(Path(state)) as libraries:
        faults = list(make_pictures(options.folder, libraries, views, looks))
    sys.stderr.writelines(f"{each}\n" for each in faults)
    return 1 if faults else 0


def make_pictures(
    folder: Path, libraries: Libraries, views: Sequence[View], looks: Sequence[tuple[str, str, int]]
) -> Iterator[str]:
    """A file `VIEW.SIZE-SCHEME@SCALEx.png` each; what could not be made, in words."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for view, (size, scheme, scale) in product(views, looks):
            file = folder / f"{view.name}.{size}-{scheme}@{scale}x.png"
            try:
                _photograph(browser, file, libraries, view, size=size, scheme=scheme, scale=scale)
            except (AssertionError, Error) as error:
                yield f"{file.name}: {error}"
        browser.close()


def _photograph(
    browser: Browser, file: Path, libraries: Libraries, view: View, *, size: str, scheme: Any, scale: int
) -> None:
    look = SIZES[size]
    context = browser.new_context(
        color_scheme=scheme, device_scale_factor=scale, reduced_motion="reduce", bypass_csp=True, **look
    )
    try:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.goto(view.address(libraries))
        view.steps(page)
        page.emulate_media(media="print" if view.media == "print" else "screen")
        page.screenshot(path=file, full_page=view.media == "print")
    except (AssertionError, Error):
        page.screenshot(path=file)
        raise
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
