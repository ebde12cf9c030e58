"""
A new library under a quota: this app beside the ways of most samples, in time, calls, tokens and photos lost.

    python -m benchmarks ingest_ways [--rounds 1] [--photos 40] [--tokens-per-minute 200000] [--seconds 1]

The same twelve-megapixel JPEGs, one way after the other, each with a fresh model that refuses with 429 what is beyond
its quota (`limited_model.py`, which counts the tokens of a picture by its size). The others are a script with one loop,
the same with a pool of threads, and a blob function that leaves retries to the host (`plain_ways.py`). A photo is lost
if it is not in the index at the end; ours go on until none waits.
"""

import argparse
import asyncio
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import spread
from benchmarks.ingest import Limit, ingest_all, limited_model, picture
from benchmarks.plain_ways import WAYS, PlainWay
from tests.world import Process, World, running_world, settings

PLACES = 24
MEASURED = ("seconds", "calls", "refused", "tokens", "lost")


@dataclass(frozen=True)
class Outcome:
    """What one way took; `calls` of the vision model, those that were `refused` among them."""

    way: str
    seconds: float
    calls: int
    refused: int
    tokens: int
    lost: int


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest_ways")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--tokens-per-minute", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args(arguments)
    show(in_rounds(options.rounds, options.photos, options.tokens_per_minute, options.seconds))


def measure(*, large: bool) -> dict[str, Any]:
    """All figures, ready for JSON."""
    return in_rounds(5, 40, 200_000, 1.0) if large else in_rounds(2, 20, 200_000, 1.0)


def in_rounds(rounds: int, photos: int, tokens_per_minute: int, seconds: float) -> dict[str, Any]:
    """What each way took in so many rounds, each with a world and a process of its own: the spread of each figure."""
    reports = [apart(photos, tokens_per_minute, seconds)["ways"] for _ in range(rounds)]
    ways = [
        {"way": outcomes[0]["way"]} | {name: spread([each[name] for each in outcomes], 1) for name in MEASURED}
        for outcomes in zip(*reports, strict=True)
    ]
    return {
        "photos": photos, "tokens_per_minute": tokens_per_minute, "model_seconds": seconds, "rounds": rounds,
        "ways": ways,
    }  # fmt: skip


def show(figures: dict[str, Any]) -> None:
    """The table of medians."""
    print(
        f"{figures['photos']} photos, {figures['tokens_per_minute']:,} tokens a minute, load {os.getloadavg()[0]:.1f}"
    )
    for way in figures["ways"]:
        seconds, calls, refused, tokens, lost = (way[name]["median"] for name in MEASURED)
        print(
            f"  {way['way']:<14} {seconds:6.1f} s  {calls:4.0f} calls, {refused:4.0f} refused"
            f"  {tokens:8,.0f} tokens  {lost:3.0f} photos lost"
        )


def apart(photos: int, tokens_per_minute: int, seconds: float) -> dict[str, Any]:
    """The same in a new process, as the app keeps its clients and what it learned for the life of one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measured, photos, tokens_per_minute, seconds).result()


def measured(photos: int, tokens_per_minute: int, seconds: float) -> dict[str, Any]:
    """The outcome of each way."""
    limit = Limit(PLACES, seconds, tokens_per_minute)
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
        world.host.stop()
        names = [f"bench/{number:04}.jpg" for number in range(photos)]
        samples = [picture(number) for number in range(min(10, photos))]
        for number, name in enumerate(names):
            world.drop(name, samples[number % 10] + number.to_bytes(4, "big"))
        ways = [outcome(each, world, Path(folder), limit, names) for each in ("this app", *WAYS)]
    return {"photos": photos, "tokens_per_minute": tokens_per_minute, "ways": [asdict(each) for each in ways]}


def outcome(way: str, world: World, folder: Path, limit: Limit, names: list[str]) -> Outcome:
    """Ingest all photos in one way."""
    with limited_model(world, folder, limit) as model:
        environment = settings(world.azurite, model.url, world.search_url) | {"PHOTO_EVENTS": "eventgrid"}
        began = time.monotonic()
        if way in WAYS:
            plain = PlainWay(environment)
            began = time.monotonic()
            WAYS[way](plain, names)
            lost = len(names) - plain.indexed()
            taken = time.monotonic() - began
            plain.forget()
        else:
            os.environ.update(environment)
            ends = asyncio.run(ingest_all(names, PLACES + 8))
            taken, lost = ends[-1], len(names) - len(ends)
        return Outcome(way, round(taken, 1), **counts(model), lost=lost)


def counts(model: Process) -> dict[str, int]:
    told = httpx.get(f"{model.url}/counts", trust_env=False).json()
    refused = told.get("refused", 0)
    return {"calls": told.get("answered", 0) + refused, "refused": refused, "tokens": told.get("tokens", 0)}
