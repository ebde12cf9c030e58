"""
Chat under load, against the same upstream directly, and what a turn costs each part of a laptop.

    python -m benchmarks chat_load [--large] [--json FILE]

At 1, 10 and 100 streams at once, questions are asked through the app, and the three calls that an answer takes
(embedding, search, chat) are sent directly to the same stand-ins, in alternating rounds. Then come the processor time
of a turn by process, and the memory of the app's worker over 1,000 requests, 10,000 with `--large`. Where the upstream
is the same machine, what it takes is in both: the ratio says what the app adds.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.chat import HEADERS, PHOTOS, fill, spoken
from benchmarks.library import wait_for_calibration
from benchmarks.processor_time import processor_seconds
from benchmarks.relay import relaying
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA, running_parts
from tests.world import World, running_world

STREAMS = (1, 10, 100)
AT_ONCE = 10  # while processor time and memory are measured
SAMPLES = 20  # readings of the memory
WARM_UP = 0.2  # of the requests, after which memory should not grow
LINE = 2**22  # bytes of an answer's line that may be buffered
Turn = Callable[[aiohttp.ClientSession, str], Coroutine[Any, Any, tuple[float, float]]]
Call = tuple[str, dict[str, Any]]


async def streamed(http: aiohttp.ClientSession, url: str, body: dict[str, Any], began: float) -> tuple[float, float]:
    """Seconds since `began` until the first word of a streamed answer, and until its end."""
    first = 0.0
    async with http.post(url, json=body, headers=HEADERS) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if not first and line.startswith(b"data: {") and spoken(json.loads(line[6:])):
                first = time.perf_counter() - began
    return first, time.perf_counter() - began


def through_app(app: str) -> Turn:
    """A turn through the app."""

    async def turn(http: aiohttp.ClientSession, question: str) -> tuple[float, float]:
        body = {"messages": [{"role": "user", "content": question}], "stream": True}
        return await streamed(http, f"{app}/v1/chat/completions", body, time.perf_counter())

    return turn


def directly(models: str, search: str, calls: dict[str, Call]) -> Turn:
    """The calls of such a turn, sent one after the other to the services themselves."""

    async def turn(http: aiohttp.ClientSession, question: str) -> tuple[float, float]:
        began = time.perf_counter()
        path, body = calls["embeddings"]
        await send(http, models + path, body | {"input": [question]})
        path, body = calls["search.post.search"]
        await send(http, search + path, body)
        path, body = calls["completions"]
        return await streamed(http, models + path, body, began)

    return turn


async def send(http: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> None:
    """Send a request, and read its answer."""
    async with http.post(url, json=body, headers=HEADERS) as answer:
        answer.raise_for_status()
        await answer.read()


async def at_once(turn: Turn, questions: Sequence[str], streams: int) -> list[tuple[float, float]]:
    """The times of all questions, so many at once."""
    waiting, times = iter(questions), []
    unlimited, patient = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=300)

    async def stream(http: aiohttp.ClientSession) -> None:
        for question in waiting:
            times.append(await turn(http, question))

    async with aiohttp.ClientSession(connector=unlimited, timeout=patient, read_bufsize=LINE) as http:
        await asyncio.gather(*(stream(http) for _ in range(streams)))
    return times


def compare(app: Turn, direct: Turn, questions: Iterator[str], *, rounds: int) -> list[dict[str, Any]]:
    """For each number of streams, milliseconds until the first word and the end of both, and their ratios."""
    rows = []
    for streams in STREAMS:
        times: dict[str, list[tuple[float, float]]] = {"app": [], "direct": []}
        for number in range(rounds):
            for name, turn in [("app", app), ("direct", direct)][:: -1 if number % 2 else 1]:
                batch = [next(questions) for _ in range(max(streams, 5))]
                times[name] += asyncio.run(at_once(turn, batch, streams))
        row: dict[str, Any] = {"streams": streams, "turns": len(times["app"]), "load": round(os.getloadavg()[0], 1)}
        for part, label in ((0, "first_word_ms"), (1, "total_ms")):
            both = {name: spread([each[part] for each in taken]) for name, taken in times.items()}
            row[label] = {**both, "ratio": round(both["app"]["median"] / both["direct"]["median"], 2)}
        rows.append(row)
    return rows


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(1000 * each for each in seconds)
    return {"median": round(statistics.median(ordered), 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1)}


def processor(app: Turn, questions: Iterator[str], turns: int) -> dict[str, float]:
    """Milliseconds of processor time of a turn, by process."""
    before = processor_seconds()
    asyncio.run(at_once(app, [next(questions) for _ in range(turns)], AT_ONCE))
    after = processor_seconds()
    return {role: round(1000 * (seconds - before.get(role, 0.0)) / turns, 1) for role, seconds in after.items()}


def memory(app: Turn, worker: psutil.Process, questions: Iterator[str], requests: int) -> dict[str, float]:
    """Megabytes of the worker at the start and at the end, and how many it grows by in 1,000 requests once warm."""
    readings = [(0, megabytes(worker))]
    for number in range(1, SAMPLES + 1):
        asyncio.run(at_once(app, [next(questions) for _ in range(requests // SAMPLES)], AT_ONCE))
        readings.append((number * (requests // SAMPLES), megabytes(worker)))
    warm = [each for each in readings if each[0] >= WARM_UP * requests]
    slope = statistics.linear_regression([each[0] for each in warm], [each[1] for each in warm]).slope
    return {
        "requests": requests,
        "start_mb": round(readings[0][1], 1),
        "warm_mb": round(warm[0][1], 1),
        "end_mb": round(readings[-1][1], 1),
        "growth_mb_per_1000": round(1000 * slope, 2),
    }


def megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


def worker_of(world: World) -> psutil.Process:
    """The process that runs the app, below the host."""
    assert world.host.running
    return worker_below(world.host.running.pid)


def worker_below(pid: int) -> psutil.Process:
    """The process that runs the functions of a host."""
    children = psutil.Process(pid).children(recursive=True)
    return next(each for each in children if any("worker_process" in part for part in each.cmdline()))


def measure(*, large: bool) -> dict[str, Any]:
    """All figures, ready for JSON."""
    captions = read_captions(DATA / "coco-captions.tsv")
    first = {image: texts[0] for image, texts in list(captions.items())[:PHOTOS]}
    questions = cycle(
        f"Show me: {text}" for number in range(1, 5) for text in (each[number] for each in captions.values())
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        environment = stack.enter_context(running_parts(folder))
        asyncio.run(fill(environment, first))
        models, search = environment["OPENAI_BASE_URL"].removesuffix("/v1"), environment["AZURE_SEARCH_ENDPOINT"]
        upstream = {"SEMANTIC_RANKER": "off", "CHAT_TOKENS_PER_DAY": "1000000000"}
        calls = recorded_calls(folder / "a", models, search, next(questions), upstream)
        upstream |= {"OPENAI_BASE_URL": f"{models}/v1", "AZURE_SEARCH_ENDPOINT": search}
        (folder / "b").mkdir()
        world = stack.enter_context(running_world(folder / "b", fast=True, **upstream))
        app, direct = through_app(str(world.http.base_url)), directly(models, search, calls)
        asyncio.run(at_once(app, [next(questions) for _ in range(30)], AT_ONCE))
        return {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "photos": PHOTOS},
            "streams": compare(app, direct, questions, rounds=6 if large else 3),
            "processor_ms_per_turn": processor(app, questions, 500 if large else 200),
            "memory": memory(app, worker_of(world), questions, 10_000 if large else 1_000),
        }


def recorded_calls(folder: Path, models: str, search: str, question: str, options: dict[str, str]) -> dict[str, Call]:
    """The calls that a turn takes, as an app sends them that reaches its services through relays."""
    folder.mkdir()
    with relaying(models, search) as (models_relay, search_relay):
        moved = {"OPENAI_BASE_URL": f"{models_relay.url}/v1", "AZURE_SEARCH_ENDPOINT": search_relay.url}
        with running_world(folder, fast=True, **options, **moved) as world:
            wait_for_calibration(world)  # its searches are larger, and would be what was asked last
            asyncio.run(at_once(through_app(str(world.http.base_url)), [question], 1))
        return {**models_relay.last, **search_relay.last}


def show(figures: dict[str, Any]) -> None:
    """The figures as lines."""
    for row in figures["streams"]:
        print(f"{row['streams']} streams at once, {row['turns']} turns, load {row['load']}")
        for label in ("first_word_ms", "total_ms"):
            app, direct = row[label]["app"], row[label]["direct"]
            print(
                f"  {label:<14} app {app['median']:8.1f} (p95 {app['p95']:8.1f})   "
                f"direct {direct['median']:8.1f} (p95 {direct['p95']:8.1f})   ratio {row[label]['ratio']}"
            )
    parts = (f"{role} {spent}" for role, spent in sorted(figures["processor_ms_per_turn"].items()))
    print(f"processor time of a turn in ms: {', '.join(parts)}")
    used = figures["memory"]
    print(
        f"memory of the worker over {used['requests']} requests: {used['start_mb']} MB at the start, "
        f"{used['warm_mb']} warm, {used['end_mb']} at the end, {used['growth_mb_per_1000']:+} MB per 1,000 requests"
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks chat_load")
    options.add_argument("--large", action="store_true", help="10,000 requests for the memory, and more rounds")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = options.parse_args()
    figures = measure(large=arguments.large)
    show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
