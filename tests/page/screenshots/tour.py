"""`python -m tests.page.screenshots.tour`: the README's picture and its recording, made anew with the samples."""

import argparse
import base64
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.page.conftest import CHROMIUM, FLAGS, PATIENCE, WIDE, box_of
from tests.page.screenshots.controls import loaded
from tests.page.screenshots.libraries import PATIENCE as LONG, SAMPLES, upload_samples
from tests.page.test_chat import ask, whole
from tests.world import ROOT, running_world

DROPPED = "animals/not helping.webp"
QUESTION = "Which photos show animals?"
CORRECTED = "Animal: resting"
TITLE = "A moose at rest"
WINDOW = {"width": 1200, "height": 750}
SIZE = (960, 600)  # of the recording
LARGEST = 2_000_000  # bytes
STEP = 60  # milliseconds between frames while something moves
POINTER = [(0, 0), (0, 16), (4, 12), (7, 19), (10, 18), (7, 11), (12, 11)]
DROP = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    window.dropped = new DataTransfer();
    window.dropped.items.add(new File([bytes], name, { type: "image/webp" }));
    document.body.dispatchEvent(new DragEvent("dragenter", { bubbles: true, dataTransfer: window.dropped }));
    document.body.dispatchEvent(new DragEvent("dragover", { bubbles: true, dataTransfer: window.dropped }));
}"""
RELEASE = """document.body.dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: window.dropped }))"""


class Recording:
    """Frames of a page, each with the pointer on it and the milliseconds that it is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._at = (WINDOW["width"] * 0.6, WINDOW["height"] * 0.6)
        self._frames: list[tuple[Image.Image, int]] = []

    def show(self, milliseconds: int) -> None:
        """Show the page as it is now for so long."""
        with Image.open(io.BytesIO(self.page.screenshot(type="png"))) as opened:
            frame = opened.convert("RGB")
        outline = [(self._at[0] + x, self._at[1] + y) for x, y in POINTER]
        ImageDraw.Draw(frame).polygon(outline, fill="black", outline="white")
        self._frames.append((frame.resize(SIZE, Image.Resampling.LANCZOS), milliseconds))

    def click(self, element: Locator) -> None:
        """Move the pointer there, and press."""
        element.scroll_into_view_if_needed()
        box = box_of(element)
        start, end = self._at, (box["x"] + min(box["width"] / 2, 60), box["y"] + box["height"] / 2)
        for share in (0.3, 0.6, 0.85, 1):
            self._at = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            self.page.mouse.move(*self._at)
            self.show(STEP)
        self.page.mouse.click(*self._at)

    def write(self, text: str) -> None:
        """Type, a few letters a frame."""
        for start in range(0, len(text), 3):
            self.page.keyboard.type(text[start : start + 3])
            self.show(STEP * 2)

    def save(self, file: Path) -> None:
        """Write it as an animated WebP, with less detail until it is small enough."""
        images = [image for image, _ in self._frames]
        durations = [duration for _, duration in self._frames]
        for quality in (70, 55, 40, 25):
            images[0].save(
                file,
                quality=quality,
                method=4,
                minimize_size=True,
                save_all=True,
                append_images=images[1:],
                duration=durations,
                loop=0,
            )
            if file.stat().st_size < LARGEST:
                return
        raise ValueError(f"{file} is larger than {LARGEST} bytes: leave frames out")


def main() -> int:
    """Make both."""
    parser = argparse.ArgumentParser(prog="python -m tests.page.screenshots.tour", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs")
    folder = parser.parse_args().folder
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state,
        running_world(Path(state), fast=False) as world,
        sync_playwright() as playwright,
    ):
        upload_samples(world, but=DROPPED)
        world.wait_until_idle(LONG)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        url = str(world.http.base_url)
        record_tour(browser, url, folder / "tour.webp")
        take_picture(browser, url, folder / "page.webp")
        browser.close()
    return 0


def take_picture(browser: Browser, url: str, file: Path) -> None:
    """The library beside an answer that cites its photos."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", bypass_csp=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(url)
    loaded(page)
    whole(page, ask(page, QUESTION))
    page.wait_for_load_state("networkidle")
    page.locator("#brand").hover()  # the pointer is on no photo
    with Image.open(io.BytesIO(page.screenshot())) as opened:
        opened.convert("RGB").save(file, quality=80, method=6)
    context.close()


def record_tour(browser: Browser, url: str, file: Path) -> None:
    """Drop a photo, ask, correct what is said of one, and take all along."""
    context = browser.new_context(viewport=WINDOW, reduced_motion="reduce", bypass_csp=True, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(url)
    loaded(page)
    recording = Recording(page)
    recording.show(1200)
    _drop(page, recording)
    _ask(page, recording)
    _correct(page, recording)
    _export(page, recording)
    context.close()
    recording.save(file)


def _drop(page: Page, recording: Recording) -> None:
    content = SAMPLES.joinpath(DROPPED).read_bytes()
    page.evaluate(DROP, [Path(DROPPED).name, base64.b64encode(content).decode()])
    recording.show(1000)
    page.evaluate(RELEASE)
    row = page.locator("#uploads li")
    expect(row).to_contain_text("Being described")
    recording.show(1200)
    expect(row).to_contain_text("Searchable", timeout=LONG * 1000)
    recording.show(1200)
    recording.click(page.get_by_role("button", name="Clear finished"))
    loaded(page)
    recording.show(600)


def _ask(page: Page, recording: Recording) -> None:
    if not page.locator("#chat").is_visible():
        recording.click(page.locator("#chat-button"))
    recording.click(page.get_by_label("Your question"))
    recording.write(QUESTION)
    page.keyboard.press("Enter")
    answer = page.locator(".message.answer").last
    expect(answer.locator(".thumbnails img").first).to_be_visible()
    recording.show(500)
    whole(page, answer)
    page.wait_for_load_state("networkidle")
    recording.show(2500)


def _correct(page: Page, recording: Recording) -> None:
    recording.click(page.locator(f".message.answer .citation[title='{CORRECTED}']").first)
    view = page.get_by_role("dialog", name="Photo")
    expect(view.locator(".thumbnails img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#photo .pswp__img')].some((each) => each.naturalWidth > 99)")
    recording.show(1500)
    recording.click(view.get_by_role("button", name="Correct: Title"))
    page.keyboard.press("Control+a")
    recording.write(TITLE)
    recording.click(view.locator(".field-form").get_by_role("button", name="Save"))
    expect(view.get_by_role("heading", name=TITLE)).to_be_visible()
    recording.show(1800)
    recording.click(view.locator(".image-area .close"))
    loaded(page)


def _export(page: Page, recording: Recording) -> None:
    recording.show(600)
    recording.click(page.locator("#more-tools"))
    recording.show(500)
    recording.click(page.get_by_role("button", name="Export", exact=True))
    recording.show(800)
    with page.expect_download():
        recording.click(page.get_by_role("button", name="Table (CSV)"))
    expect(page.locator(".toast", has_text="exported")).to_be_visible()
    recording.show(2500)


if __name__ == "__main__":
    sys.exit(main())
