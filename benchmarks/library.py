"""
How fast `GET /api/search` is over a large library, in the running app with eight clients at once.

    python -m benchmarks library [--photos N] [--queries N]

The photos are made up from the captions kept here, put straight into the search stand-in, each with a vector a
little off that of its caption. Measured are queries with words never asked before, so that each is embedded, and the
same by keywords alone, where nothing is; then a few words, as people type them, with and without reading them
(`interpret`), and with a year among them. What is compared is asked in turns, as other work on the machine slows both.
It begins when the app has measured what similarity means in this library, which it does once, behind the first search.
Beside the times is the processor time of each request, in the app and the stand-ins together, which other work disturbs
least.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import numpy as np
import psutil

from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA, opened
from shared.photo import Photo, photo_id
from shared.search.schema import index_definition
from shared.stores.calibrations import BLOB, CONTAINER
from shared.taken_period import period_fields
from tests.machine import eventually
from tests.world import KEY, World, running_world, settings

CLIENTS = 8
BATCH = 500
BASE = 400  # captions that are embedded; every photo is a variation of one of them
API = {"api-version": "2026-04-01"}


def photos(count: int, captions: Sequence[str], vectors: Sequence[Sequence[float]]) -> Iterator[Photo]:
    """Made-up photos of forty years and two hundred folders."""
    chance, noise = random.Random(4), np.random.default_rng(4)
    base = np.asarray(vectors, dtype=np.float32)
    for number in range(count):
        caption = number % len(captions)
        vector = base[caption] + noise.normal(0, 0.02, base.shape[1]).astype(np.float32)
        vector /= np.linalg.norm(vector)
        other = captions[chance.randrange(len(captions))]
        path = f"{1985 + number % 40}/album {number % 200}/{number}.jpg"
        local = f"{1985 + number % 40}-{1 + number % 12:02}-{1 + number % 28:02}T12:00:00"
        yield Photo(
            id=photo_id(path), path=path, folder=path.rpartition("/")[0], file_name=f"{number}.jpg",
            title=captions[caption][:60], caption=f"{captions[caption]} {other}", alt_text=captions[caption],
            tags=sorted({word.lower().strip(".,") for word in other.split() if len(word) > 4})[:12],
            taken_local=local, **period_fields(local, "second"), sorted_at=local + "Z", people=number % 5,
            vector=[round(float(value), 6) for value in vector],
        )  # fmt: skip


def load_index(url: str, made: Iterator[Photo], dimensions: int) -> None:
    """Put the photos into the search stand-in over its REST API."""
    with httpx.Client(base_url=url, headers={"api-key": KEY}, params=API, timeout=120, trust_env=False) as http:
        http.put("/indexes('photos')", json=index_definition("photos", dimensions)).raise_for_status()
        batch: list[dict[str, Any]] = []
        for photo in made:
            batch.append({"@search.action": "upload", **photo.to_document()})
            if len(batch) == BATCH:
                http.post("/indexes('photos')/docs/search.index", json={"value": batch}).raise_for_status()
                batch = []
        if batch:
            http.post("/indexes('photos')/docs/search.index", json={"value": batch}).raise_for_status()


async def asked(app: str, queries: Sequence[str], **options: str) -> list[float]:
    """Seconds each query took, with eight clients at once."""
    waiting = list(queries)
    times: list[float] = []

    async def client(http: aiohttp.ClientSession) -> None:
        while waiting:
            query = waiting.pop()
            began = time.perf_counter()
            async with http.get("/api/search", params={"q": query, **options}) as answer:
                answer.raise_for_status()
                await answer.read()
            times.append(time.perf_counter() - began)

    # The clients run on the same cores as what they measure: this one takes a third of what httpx does.
    async with aiohttp.ClientSession(
        app, timeout=aiohttp.ClientTimeout(60), auto_decompress=False, trust_env=False
    ) as http:
        await asyncio.gather(*(client(http) for _ in range(CLIENTS)))
    return times


def short(queries: Sequence[str], years: bool = False) -> list[str]:
    """Two words of each query, as somebody types them, with the year that some photos are of."""
    words = [[word.strip(".,").lower() for word in query.split() if len(word) > 4] for query in queries]
    return [" ".join([*each[:2], *([str(1985 + number % 40)] * years)]) for number, each in enumerate(words) if each]


def measured(world: World, queries: Sequence[str], **options: str) -> tuple[list[float], float]:
    """Seconds each query took, and seconds of processor time for all of them."""
    before = processor(world)
    times = asyncio.run(asked(str(world.http.base_url), queries, **options))
    return times, processor(world) - before


def processor(world: World) -> float:
    """Seconds of processor time that the app and the stand-ins have taken so far."""
    parts = [psutil.Process(part.running.pid) for part in (world.host, world.search, world.models) if part.running]
    times = [each.cpu_times() for part in parts for each in (part, *part.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def compare(world: World, queries: Sequence[str], ways: Mapping[str, Mapping[str, str]]) -> None:
    """The same queries in several ways, some of each in turn, once all of their words have been embedded."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    busy = dict.fromkeys(ways, 0.0)
    asyncio.run(asked(str(world.http.base_url), queries, facets="false"))
    for start in range(0, len(queries), 2 * CLIENTS):
        for name in sorted(ways, reverse=bool(start // (2 * CLIENTS) % 2)):
            taken, spent = measured(world, queries[start : start + 2 * CLIENTS], **ways[name])
            times[name] += taken
            busy[name] += spent
    for name, taken in times.items():
        show(name, (taken, busy[name]))


def show(name: str, taken: tuple[Sequence[float], float]) -> None:
    times, busy = taken
    late = sorted(times)[int(len(times) * 0.95)]
    print(
        f"  {name:<38} median {1000 * statistics.median(times):6.0f} ms   p95 {1000 * late:6.0f} ms"
        f"   processor {1000 * busy / len(times):5.1f} ms"
    )


async def vectors_of(environment: dict[str, str], captions: Sequence[str]) -> list[list[float]]:
    async with opened(environment) as services:
        return await services.models.embed(captions)


def wait_for_calibration(world: World) -> None:
    """Wait until the library has been measured: the first search begins that, and it takes as much as many searches."""
    record = world.blobs.get_blob_client(CONTAINER, BLOB)
    world.get("/api/search", q="boat")
    eventually(record.get_blob_properties, timeout=300)


def measure(world: World, queries: Sequence[str]) -> None:
    asyncio.run(asked(str(world.http.base_url), queries[:CLIENTS]))
    third = (len(queries) - CLIENTS) // 3
    parts = [queries[CLIENTS + third * number : CLIENTS + third * (number + 1)] for number in range(3)]
    show("keywords, no embedding", measured(world, parts[0], mode="keyword"))
    show("keywords, no facets", measured(world, parts[0], mode="keyword", facets="false"))
    show("hybrid, embedding included", measured(world, parts[1]))
    show("hybrid, the same again (not embedded)", measured(world, parts[1]))
    show("hybrid, no facets", measured(world, parts[2], facets="false"))
    for mode in ("keyword", "hybrid"):
        for name, texts in (("two words", short(queries)), ("two words and a year", short(queries, years=True))):
            ways = {
                f"{mode}, {name}{'' if each == 'on' else ', as they are'}": {"interpret": each}
                for each in ("on", "off")
            }
            compare(world, texts, {way: {"mode": mode, **options} for way, options in ways.items()})


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks library")
    options.add_argument("--photos", type=int, default=50_000)
    options.add_argument("--queries", type=int, default=750)
    options.add_argument("--ranker", choices=["on", "off"], default="on", help="the stand-in's semantic ranker")
    arguments = options.parse_args()
    captions = [texts[0] for texts in read_captions(DATA / "coco-captions.tsv").values()][:BASE]
    queries = [texts[2] for texts in read_captions(DATA / "coco-captions.tsv").values()][-arguments.queries - CLIENTS :]
    with (
        tempfile.TemporaryDirectory() as folder,
        running_world(Path(folder), fast=True, SEMANTIC_RANKER=arguments.ranker) as world,
    ):
        environment = settings(world.azurite, world.models_url, world.search_url)
        vectors = asyncio.run(vectors_of(environment, captions))
        began = time.perf_counter()
        load_index(world.search_url, photos(arguments.photos, captions, vectors), len(vectors[0]))
        took = time.perf_counter() - began
        print(
            f"{arguments.photos} photos indexed in {took:.0f} s; {CLIENTS} clients at once, ranker {arguments.ranker}"
        )
        wait_for_calibration(world)
        measure(world, queries)
