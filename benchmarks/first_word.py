"""
When the page shows the first word of an answer, in Chromium, against asking the same services directly.

    python -m benchmarks first_word [--questions N] [--fresh N]

Each question is written into the page and sent. The page's own clock runs from then until the first word is in the
document, and until a frame with it was drawn. Then the three calls that the answer took (embedding, search, chat) are
sent again, one after the other, through the same relays. The difference is ours: the page, the browser, the way through
the host, our code and the SDKs. Questions follow each other in new conversations of an open page; `--fresh` asks the
first question of pages that were just opened.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright

from benchmarks.chat import HEADERS, PHOTOS, directly, fill, shares
from benchmarks.relay import Relay, relaying
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA, running_parts
from tests.world import running_world

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu"]
WARM_UP = 10
GOAL = 0.06  # seconds of our own
# Sends a question and resolves to the milliseconds until its first word is in the document, and is drawn: a message
# that is posted in an animation frame arrives after that frame.
ASK = """question => new Promise(resolve => {
  const input = document.querySelector(".composer textarea");
  input.value = question;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  let began = 0;
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".message.answer .text")?.textContent.trim()) return;
    observer.disconnect();
    const there = performance.now() - began;
    requestAnimationFrame(() => {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => resolve([there, performance.now() - began]);
      drawn.port2.postMessage(null);
    });
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  began = performance.now();
  document.querySelector(".composer").requestSubmit();
})"""


@dataclass(frozen=True)
class Times:
    """Seconds from sending a question to its first word: in the document, drawn, and from the services directly."""

    there: float
    drawn: float
    directly: float


async def ask(page: Page, question: str) -> tuple[float, float]:
    """Send a question in an empty conversation; the answer is complete when this returns."""
    there, drawn = await page.evaluate(ASK, question)
    await page.get_by_role("button", name="Copy the answer").wait_for()
    return there / 1000, drawn / 1000


class Bench:
    """The relays, whose last calls are sent again."""

    def __init__(self, http: httpx.AsyncClient, models: Relay, search: Relay) -> None:
        self._http, self._models, self._search = http, models, search

    async def times(self, page: Page, question: str) -> Times:
        """The times of one question; its embedding is asked for before, so that both sides find it kept."""
        if call := self._models.last.get("embeddings"):
            path, body = call
            url = self._models.url + path
            (await self._http.post(url, json=body | {"input": [question]}, headers=HEADERS)).raise_for_status()
        there, drawn = await ask(page, question)
        return Times(there, drawn, await directly(self._http, self._models, self._search))


async def measure(
    app: str, models: Relay, search: Relay, questions: Sequence[str], fresh: Sequence[str]
) -> tuple[list[Times], list[Times]]:
    """The times of questions in an open page, without the first ones, and of pages that were just opened."""
    async with async_playwright() as playwright, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(base_url=app, viewport={"width": 1440, "height": 900})
        bench, page = Bench(http, models, search), await open_page(await context.new_page())
        in_open_page = []
        for question in questions:
            in_open_page.append(await bench.times(page, question))
            await page.get_by_role("button", name="New conversation").click()
        in_fresh_page = [await bench.times(await open_page(page), question) for question in fresh]
        await browser.close()
        return in_open_page[WARM_UP:], in_fresh_page


async def open_page(page: Page) -> Page:
    """The page with its photos, in a new conversation and at rest."""
    await page.goto("/", wait_until="networkidle")
    await page.locator(".tile").first.wait_for()
    return page


def report(title: str, times: Sequence[Times]) -> None:
    print(f"{title}, {len(times)} questions one after the other, {PHOTOS} photos")
    rows: list[tuple[str, Callable[[Times], Any]]] = [
        ("in the document", lambda each: each.there),
        ("drawn", lambda each: each.drawn),
        ("directly", lambda each: each.directly),
        ("ours, in the document", lambda each: each.there - each.directly),
        ("ours, drawn", lambda each: each.drawn - each.directly),
    ]
    for name, value in rows:
        print(f"  {name:<22} {shares([value(each) for each in times])}")
    late = sum(each.there - each.directly > GOAL for each in times)
    print(f"  {late} of {len(times)} took more than {1000 * GOAL:.0f} ms of our own")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks first_word")
    options.add_argument("--questions", type=int, default=100)
    options.add_argument("--fresh", type=int, default=20)
    arguments = options.parse_args()
    captions = read_captions(DATA / "coco-captions.tsv")
    first = {image: texts[0] for image, texts in list(captions.items())[:PHOTOS]}
    questions = [f"Show me: {texts[1]}" for texts in captions.values()]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        environment = stack.enter_context(running_parts(Path(name)))
        asyncio.run(fill(environment, first))
        services = environment["OPENAI_BASE_URL"].removesuffix("/v1"), environment["AZURE_SEARCH_ENDPOINT"]
        models, search = stack.enter_context(relaying(*services))
        moved = {"OPENAI_BASE_URL": f"{models.url}/v1", "AZURE_SEARCH_ENDPOINT": search.url, "SEMANTIC_RANKER": "off"}
        (Path(name) / "world").mkdir()
        world = stack.enter_context(running_world(Path(name) / "world", fast=True, **moved))
        count = WARM_UP + arguments.questions
        asked, fresh = questions[:count], questions[count : count + arguments.fresh]
        times = asyncio.run(measure(str(world.http.base_url), models, search, asked, fresh))
    report("in an open page", times[0])
    report("in a page that was just opened", times[1])
