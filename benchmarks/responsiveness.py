"""
Whether the page answers at once in front of a large library: main-thread tasks, layout shift, typing and selecting.

    python -m benchmarks responsiveness [--photos 50000] [--seconds 15]

The index is filled directly, and each thumbnail is one and the same picture. Chromium's trace has every task of the
page's main thread while somebody scrolls, picks photos, picks all, and scrolls while a job tags photos; typing is timed
from a letter to the results it brings. The targets: tasks of 50 ms at most at the 95th percentile, a layout shift below
0.02, results within 200 ms, and all photos picked at once.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.library import BASE, load_index, photos, vectors_of, wait_for_calibration
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA
from tests.bundled_app import bundled_app
from tests.page.conftest import CHROMIUM, FLAGS, WIDE
from tests.world import World, picture, running_beside, running_world, settings

CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
NOTICEABLE = 1.0  # milliseconds: shorter tasks are not counted, of which there are thousands
LONG = 50.0
WORDS = ("dog", "train station", "pizza", "snow", "kitchen table", "surfboard", "street", "horse")
TAGGED = 2000  # photos of the job
SHIFTS = """() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
}"""
# How long it takes until other photos are shown, from the letter that asks for them, after which the page is painted.
TYPED = """(text) => new Promise((resolve) => {
    const input = document.getElementById("q");
    const grid = document.querySelector("#scroller .canvas");
    input.focus();
    input.value = text;
    const start = performance.now();
    const painted = () => requestAnimationFrame(() => resolve(performance.now() - start));
    const observer = new MutationObserver(() => {
        observer.disconnect();
        painted();
    });
    observer.observe(grid, { childList: true });
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
})"""
PICK_ALL = """() => new Promise((resolve) => {
    const start = performance.now();
    const look = () => {
        const picked = Number(document.getElementById("selection-count").textContent.replace(/\\D/g, ""));
        if (picked >= %d) resolve(performance.now() - start);
        else requestAnimationFrame(look);
    };
    document.querySelector(".tile a").dispatchEvent(
        new KeyboardEvent("keydown", { key: "a", ctrlKey: true, bubbles: true, cancelable: true }),
    );
    look();
})"""


def main(arguments: list[str] | None = None) -> None:
    """Print what each takes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks responsiveness")
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=15, help="of scrolling")
    options = parser.parse_args(arguments)
    captions = [texts[0] for texts in read_captions(DATA / "coco-captions.tsv").values()][:BASE]
    with tempfile.TemporaryDirectory() as name, running_world(Path(name)) as world:
        vectors = asyncio.run(vectors_of(settings(world.azurite, world.models_url, world.search_url), captions))
        load_index(world.search_url, photos(options.photos, captions, vectors), len(vectors[0]))
        wait_for_calibration(world)
        with (
            running_beside(world, Path(name), app_folder=bundled_app(Path(name))) as app,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
        ):
            print(f"{options.photos:,} photos; load average {os.getloadavg()[0]:.1f}", flush=True)
            measure(world, browser, app.url, options.photos, options.seconds)


def measure(world: World, browser: Browser, url: str, total: int, seconds: float) -> None:
    context = browser.new_context(viewport=WIDE, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    show_thumbnails(page, world)
    page.add_init_script(f"({SHIFTS})()")

    traced(browser, page, "opening the page", lambda: open_page(page, url))
    traced(browser, page, "scrolling", lambda: scroll(page, seconds))
    page.evaluate("document.getElementById('scroller').scrollTop = 0")
    traced(browser, page, "picking 30 photos", lambda: pick(page, 30))
    page.keyboard.press("Escape")
    page.locator(".tile.loaded").first.wait_for()
    traced(browser, page, f"picking all {total:,}", lambda: print_time("all picked", page.evaluate(PICK_ALL % total)))
    page.keyboard.press("Escape")
    begin_job(world, total)
    traced(browser, page, "scrolling while a job runs", lambda: scroll(page, seconds))
    print(f"layout shift, all in all: {page.evaluate('window.shifts'):.4f}")
    type_words(page, url)
    context.close()


def show_thumbnails(page: Page, world: World) -> None:
    """Every picture of the storage account is this one."""
    body = picture(5, size=(427, 320))

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="image/jpeg")

    page.route(f"http://127.0.0.1:{world.azurite.blob_port}/**", answer)


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(".tile.loaded").first.wait_for()


def scroll(page: Page, seconds: float) -> None:
    """Scroll by the wheel, at times far, as somebody does who looks for something."""
    page.mouse.move(700, 500)
    end, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        number += 1
        page.mouse.wheel(0, 9000 if number % 20 == 0 else 240)
        page.wait_for_timeout(40)


def pick(page: Page, count: int) -> None:
    page.locator(".tile a").first.focus()
    for _ in range(count):
        page.keyboard.press("x")
        page.keyboard.press("ArrowRight")


def begin_job(world: World, total: int) -> None:
    ids = [photo["id"] for skip in range(0, TAGGED, 200) for photo in page_of(world, skip)]
    body = {"action": "edit", "ids": ids[:total], "add": {"tags": ["measured"]}, "expected": len(ids)}
    world.http.post("/api/jobs", json=body).raise_for_status()


def page_of(world: World, skip: int) -> Sequence[dict[str, Any]]:
    photos: Sequence[dict[str, Any]] = world.get("/api/search", top=200, skip=skip, facets="false")["photos"]
    return photos


def traced(browser: Browser, page: Page, name: str, act: Callable[[], None]) -> None:
    """Do it, and print what the main thread of the page did meanwhile."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    act()
    tasks = main_thread_tasks(json.loads(browser.stop_tracing())["traceEvents"])
    noticeable = sorted(each for each in tasks if each >= NOTICEABLE)
    late = noticeable[int(len(noticeable) * 0.95)] if noticeable else 0.0
    longest = noticeable[-1] if noticeable else 0.0
    print(
        f"{name:<28} {len(noticeable):5} tasks of 1 ms or more, p95 {late:5.1f} ms, longest {longest:6.1f} ms, "
        f"{sum(each > LONG for each in noticeable)} over 50 ms",
        flush=True,
    )


def main_thread_tasks(events: Sequence[dict[str, Any]]) -> list[float]:
    """Milliseconds of each task of the thread that runs most of the page's scripts."""
    names = {(each["pid"], each["tid"]) for each in events if (each.get("args") or {}).get("name") == "CrRendererMain"}
    tasks: dict[tuple[int, int], list[float]] = {thread: [] for thread in names}
    for each in events:
        thread = (each["pid"], each["tid"])
        if thread in tasks and each["name"] in {"RunTask", "ThreadControllerImpl::RunTask"} and "dur" in each:
            tasks[thread].append(each["dur"] / 1000)
    return max(tasks.values(), key=sum, default=[])


def type_words(page: Page, url: str) -> None:
    """Print how long results of keywords take, from the letter; each word is typed into the whole library."""
    times = []
    for word in WORDS:
        page.goto(url)
        page.locator(".tile.loaded").first.wait_for()
        times.append(page.evaluate(TYPED, word))
    print(f"typing to results: median {statistics.median(times):.0f} ms, longest {max(times):.0f} ms")


def print_time(what: str, milliseconds: float) -> None:
    print(f"{what} after {milliseconds:.0f} ms")
