"""
What the app itself adds to a chat: the time until the first word, against calling the same services directly.

    python -m benchmarks chat [--turns N] [--streams N]

Each question is asked through the running app, and then directly: the same embedding, the same search and the
same chat request, sent one after the other through the same relays. The difference is ours: the way through the
host, our code and the SDKs. Then `--streams` conversations run at once with a model that speaks slowly, while a
probe times every step of the app's event loop.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from benchmarks.relay import Relay, relaying
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_runs import caption_documents, index_documents
from benchmarks.retrieval_services import DATA, opened, running_parts
from benchmarks.slow import slow_model
from tests.world import running_world

PROBE = Path(__file__).with_name("probe")
PHOTOS = 300
WARM_UP = 10
HEADERS = {"api-key": "test-key"}


async def first_word(http: httpx.AsyncClient, url: str, body: dict[str, Any]) -> float:
    """Seconds from sending a streamed chat request to the first word of its answer; the rest is read, too."""
    began, first = time.perf_counter(), 0.0
    async with http.stream("POST", url, json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not first and line.startswith("data: {") and spoken(json.loads(line[6:])):
                first = time.perf_counter() - began
    return first


def spoken(chunk: dict[str, Any]) -> bool:
    return any(choice["delta"].get("content") for choice in chunk["choices"])


async def directly(http: httpx.AsyncClient, models: Relay, search: Relay) -> float:
    """The three calls of the turn before, sent again one after the other: seconds until the first word."""
    began = time.perf_counter()
    for relay, kind in ((models, "embeddings"), (search, "search.post.search")):
        path, body = relay.last[kind]
        (await http.post(relay.url + path, json=body, headers=HEADERS)).raise_for_status()
    before = time.perf_counter() - began
    path, body = models.last["completions"]
    return before + await first_word(http, models.url + path, body)


async def compare(app: str, models: Relay, search: Relay, questions: Sequence[str]) -> list[tuple[float, float]]:
    """For each question the seconds until the first word, through the app and directly."""
    times = []
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        for number, question in enumerate(questions):
            if number >= WARM_UP:  # the services keep what they computed: let both sides find it kept
                path, body = models.last["embeddings"]
                reply = await http.post(models.url + path, json=body | {"input": [question]}, headers=HEADERS)
                reply.raise_for_status()
            body = {"messages": [{"role": "user", "content": question}], "stream": True}
            ours = await first_word(http, f"{app}/v1/chat/completions", body)
            theirs = await directly(http, models, search)
            if number >= WARM_UP:
                times.append((ours, theirs))
    return times


def shares(values: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(values)
    return (
        f"median {1000 * statistics.median(ordered):6.1f} ms   p95 {1000 * ordered[int(len(ordered) * 0.95)]:6.1f} ms"
    )


async def one_stream(http: httpx.AsyncClient, app: str, question: str) -> tuple[float, float, int]:
    """A conversation: seconds to its first word, its longest silence after that, its words."""
    body = {"messages": [{"role": "user", "content": question}], "stream": True}
    began = last = time.perf_counter()
    first, longest, words = 0.0, 0.0, 0
    async with http.stream("POST", f"{app}/v1/chat/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not (line.startswith("data: {") and spoken(json.loads(line[6:]))):
                continue
            now = time.perf_counter()
            first, longest = (now - began, 0.0) if not words else (first, max(longest, now - last))
            last, words = now, words + 1
    return first, longest, words


async def together(app: str, questions: Sequence[str]) -> list[tuple[float, float, int]]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(trust_env=False, timeout=120, limits=limits) as http:
        await one_stream(http, app, questions[0])
        return await asyncio.gather(*(one_stream(http, app, each) for each in questions))


def blocked(file: Path, since: float) -> list[dict[str, Any]]:
    """The longest steps of the app's event loop since a time, the longest first."""
    if not file.exists():
        return []
    steps = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted((each for each in steps if each["at"] > since), key=lambda each: -each["seconds"])


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks chat")
    options.add_argument("--turns", type=int, default=100)
    options.add_argument("--streams", type=int, default=50)
    arguments = options.parse_args()
    captions = read_captions(DATA / "coco-captions.tsv")
    first = {image: texts[0] for image, texts in list(captions.items())[:PHOTOS]}
    questions = [f"Show me: {texts[1]}" for texts in captions.values()]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        environment = stack.enter_context(running_parts(folder))
        asyncio.run(fill(environment, first))
        services = environment["OPENAI_BASE_URL"].removesuffix("/v1"), environment["AZURE_SEARCH_ENDPOINT"]
        models, search = stack.enter_context(relaying(*services))
        moved = {"OPENAI_BASE_URL": f"{models.url}/v1", "AZURE_SEARCH_ENDPOINT": search.url, "SEMANTIC_RANKER": "off"}
        (folder / "a").mkdir()
        with running_world(folder / "a", fast=True, **moved) as world:
            app = str(world.http.base_url)
            times = asyncio.run(compare(app, models, search, questions[: WARM_UP + arguments.turns]))
        print(f"until the first word, {len(times)} turns one after the other, {PHOTOS} photos")
        print(f"  through the app   {shares([ours for ours, _ in times])}")
        print(f"  directly          {shares([theirs for _, theirs in times])}")
        print(f"  ours              {shares([ours - theirs for ours, theirs in times])}")
        slow = stack.enter_context(slow_model(environment["OPENAI_BASE_URL"]))
        steps = folder / "steps.jsonl"
        moved |= {"OPENAI_BASE_URL": f"{slow}/v1", "PYTHONPATH": str(PROBE), "LOOP_STEPS": str(steps)}
        (folder / "b").mkdir()
        with running_world(folder / "b", fast=True, **moved) as world:
            asyncio.run(together(str(world.http.base_url), questions[-4:]))
            since = time.time()
            streams = asyncio.run(together(str(world.http.base_url), questions[: arguments.streams]))
        report(streams, blocked(steps, since))


def report(streams: Sequence[tuple[float, float, int]], steps: Sequence[dict[str, Any]]) -> None:
    print(f"{len(streams)} streams at once, a word every 20 ms")
    print(f"  first word        {shares([first for first, _, _ in streams])}")
    print(f"  longest silence   {shares([longest for _, longest, _ in streams])}")
    print(f"  words             {min(words for _, _, words in streams)} to {max(words for _, _, words in streams)}")
    longest: dict[str, Any] = steps[0] if steps else {"seconds": 0.0, "cpu": 0.0, "what": ""}
    print(f"  event loop held up at most {1000 * longest['seconds']:.0f} ms ({1000 * longest['cpu']:.0f} ms of work)")
    for step in steps[:5]:
        print(f"    {1000 * step['seconds']:.0f} ms, {1000 * step['cpu']:.0f} ms of work: {step['what'][:150]}")


async def fill(environment: dict[str, str], captions: dict[str, str]) -> None:
    async with opened(environment) as services:
        await index_documents(caption_documents(captions), services)
