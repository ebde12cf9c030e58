"""
What the first load of the page takes: the bundle beside its sources, in turns, with an empty cache.

    python -m benchmarks page_load [--loads 10] [--latency 0]

The whole product runs with some of the samples, and Chromium opens the page of one host that serves the sources and of
one that serves the bundle. Requests and bytes are those before the first thumbnail; `--latency` adds so many
milliseconds to each request, as a network does.
"""

import argparse
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright

from tests.bundled_app import bundled_app
from tests.page.conftest import CHROMIUM, FLAGS, SAMPLES
from tests.world import ROOT, World, running_beside, running_world

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
FIRST_PHOTO = "performance.now()"


def main(arguments: list[str] | None = None) -> None:
    """Print the medians of both, side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks page_load")
    parser.add_argument("--loads", type=int, default=10, help="loads of each")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, running_world(Path(name)) as world:
        folder = Path(name)
        for sample in SAMPLES:
            world.put(sample, (ROOT / "samples" / sample).read_bytes())
        world.wait_until_idle()
        with (
            running_beside(world, folder, app_folder=bundled_app(folder)) as bundled,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
        ):
            origins = {"sources": str(world.http.base_url), "bundle": bundled.url.removesuffix("/api/health")}
            print_medians(world, browser, origins, options.loads, options.latency)


def print_medians(world: World, browser: Browser, origins: dict[str, str], loads: int, latency: int) -> None:
    figures: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for _ in range(loads):
        for name, origin in origins.items():
            figures[name].append(load(world, browser, origin, latency))
    print(f"{'':8} requests   bytes  first paint (ms)  first photo (ms)")
    for name, rows in figures.items():
        requests, size, paint, photo = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:8} {requests:8.0f} {size:7.0f} {paint:17.0f} {photo:17.0f}")


def load(world: World, browser: Browser, origin: str, latency: int) -> tuple[float, ...]:
    """Requests, bytes, and milliseconds until the first paint and the first photo, of one load."""
    responses: list[Response] = []
    with browser.new_context(base_url=origin) as context, context.new_page() as page:
        network = context.new_cdp_session(page)
        network.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        page.on("response", lambda each: responses.append(each))  # noqa: PLW0108 - Playwright marks its handlers
        page.goto("/")
        page.wait_for_selector(".tile.loaded")
        photo, paint = page.evaluate(FIRST_PHOTO), page.evaluate(FIRST_PAINT)
        page.wait_for_load_state("networkidle")
        ours = [each for each in responses if f":{world.azurite.blob_port}/" not in each.url]
        return len(ours), sum(each.request.sizes()["responseBodySize"] for each in ours), paint, photo
