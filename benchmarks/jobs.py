"""
What people notice of a job on many photos: searches and uploads while it runs, compared with quiet times.

    python -m benchmarks jobs [--photos 50000] [--tagged 10000] [--rounds 4] [--busy 120]

The index is filled directly; the job adds a tag to photos, which are then edited, embedded and indexed one by one.
Quiet and busy times alternate, so that both are of the same machine and the same library. A few people search all the
time, and one uploads a photo after the other and waits for each to be searchable. They are there for the first `--busy`
seconds of each job, which does the rest of its photos alone: all of it with them would take an hour and more, as it
gives way. It ends with 1 if the median of searches or of uploads is more than 1.5 times that of the quiet times.
"""

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.library import BASE, load_index, photos, vectors_of
from benchmarks.processor_time import processor_seconds
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA
from shared.photo import photo_id
from tests.world import World, picture, running_world, settings

MOST = 1.5  # times the quiet times
SEARCHERS = 3
PAUSE = 0.5  # seconds between two searches of one person
POLL = 0.1
QUIET = 60.0  # seconds
ALONE = 300  # photos
Until = Callable[[], Awaitable[bool]]


@dataclass
class Times:
    """Seconds that searches took, and uploads until they were searchable."""

    searches: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)

    def show(self, name: str) -> None:
        print(f"  {name:<8} {described(self.searches, 'searches')}; {described(self.uploads, 'uploads')}", flush=True)


def described(times: Sequence[float], what: str) -> str:
    return f"{len(times)} {what}: median {1000 * statistics.median(times):.0f} ms, p95 {1000 * p95(times):.0f} ms"


def p95(times: Sequence[float]) -> float:
    """What one in twenty takes longer than."""
    return sorted(times)[int(len(times) * 0.95)]


@dataclass(frozen=True)
class People:
    """Those who search and upload through the app, with a question and a picture for each time."""

    http: httpx.AsyncClient
    queries: Iterator[str]
    pictures: Iterator[int]

    async def work(self, times: Times, until: Until) -> None:
        """Search and upload until that is so, and all have their answers."""
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for work in (*[self._search] * SEARCHERS, self._upload):
                group.create_task(work(times, done))
            while not await until():  # noqa: ASYNC110 - it asks a server
                await asyncio.sleep(POLL)
            done.set()

    async def _search(self, times: Times, done: asyncio.Event) -> None:
        while not done.is_set():
            began = time.perf_counter()
            (await self.http.get("/api/search", params={"q": next(self.queries)})).raise_for_status()
            times.searches.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)

    async def _upload(self, times: Times, done: asyncio.Event) -> None:
        while not done.is_set():
            number = next(self.pictures)
            path = f"uploaded/{number}.jpg"
            began = time.perf_counter()
            (await self.http.put(f"/api/photos/{path}", content=picture(number))).raise_for_status()
            await self._wait_for(path)
            times.uploads.append(time.perf_counter() - began)

    async def _wait_for(self, path: str) -> None:
        """Return once a photo is searchable."""
        url = f"/api/photos/{photo_id(path)}"
        while (await self.http.get(url)).status_code != httpx.codes.OK:  # noqa: ASYNC110 - it asks a server
            await asyncio.sleep(POLL)


async def tag(http: httpx.AsyncClient, ids: Sequence[str], name: str) -> str:
    """Make a job that tags these photos; its id."""
    body = {"action": "edit", "ids": list(ids), "add": {"tags": [name]}, "expected": len(ids)}
    answer = await http.post("/api/jobs", json=body)
    return str(answer.raise_for_status().json()["id"])


async def has_ended(http: httpx.AsyncClient, job: str) -> bool:
    """Whether a job is done; RuntimeError if anything of it failed."""
    record = (await http.get(f"/api/jobs/{job}")).raise_for_status().json()
    if record["state"] in {"failed", "cancelled"} or record["failed"]:
        raise RuntimeError(f"the job has not done its work: {record}")
    return bool(record["state"] == "done")


async def get_position(http: httpx.AsyncClient, job: str) -> int:
    """How many photos a job has been through."""
    return int((await http.get(f"/api/jobs/{job}")).raise_for_status().json()["position"])


async def wait_for(http: httpx.AsyncClient, job: str) -> None:
    """Return once a job is done."""
    while not await has_ended(http, job):  # noqa: ASYNC110 - it asks a server
        await asyncio.sleep(POLL)


async def measure(
    app: str, ids: Sequence[str], queries: Iterator[str], rounds: int, most: float
) -> tuple[Times, Times]:
    """The quiet and the busy times, in turns."""
    quiet, busy = Times(), Times()
    async with httpx.AsyncClient(base_url=app, timeout=120, trust_env=False) as http:
        people = People(http, queries, itertools.count())
        await people.work(Times(), _for_a_while())  # the first ones load what later ones have
        await alone(http, ids[:ALONE])
        for number in range(rounds):
            await people.work(quiet, _for_a_while())
            part = ids[number::rounds]
            began = time.perf_counter()
            job = await tag(http, part, f"catalogue {number}")
            await people.work(busy, _until_done(http, job, most))
            took, position = time.perf_counter() - began, await get_position(http, job)
            print(f"  {position:,} of {len(part):,} photos tagged in {took:.0f} s beside people", flush=True)
            await wait_for(http, job)
    return quiet, busy


async def alone(http: httpx.AsyncClient, ids: Sequence[str]) -> None:
    """Print what a job costs while nobody else is there."""
    before, began = processor_seconds(), time.perf_counter()
    await wait_for(http, await tag(http, ids, "alone"))
    used = {role: seconds - before.get(role, 0) for role, seconds in processor_seconds().items()}
    each = {role: round(1000 * seconds / len(ids), 1) for role, seconds in used.items()}
    print(
        f"  alone, {len(ids):,} photos in {time.perf_counter() - began:.0f} s; "
        f"processor time of one: {sum(each.values()):.1f} ms {each}",
        flush=True,
    )


def _for_a_while() -> Until:
    end = time.perf_counter() + QUIET

    async def is_over() -> bool:
        return time.perf_counter() > end

    return is_over


def _until_done(http: httpx.AsyncClient, job: str, most: float) -> Until:
    end = time.perf_counter() + most

    async def is_done() -> bool:
        return await has_ended(http, job) or time.perf_counter() > end

    return is_done


def new_queries(captions: Sequence[str]) -> Iterator[str]:
    """Questions of which none was asked before: two captions each, so that each is embedded."""
    for distance in range(1, len(captions)):
        for number, caption in enumerate(captions):
            yield f"{caption} {captions[(number + distance) % len(captions)]}"


def compare(quiet: Times, busy: Times) -> bool:
    """Print both and how much longer things took; whether that is within the limit."""
    quiet.show("quiet")
    busy.show("busy")
    searches = statistics.median(busy.searches) / statistics.median(quiet.searches)
    uploads = statistics.median(busy.uploads) / statistics.median(quiet.uploads)
    print(f"  searches took {searches:.2f} times as long, uploads {uploads:.2f} times (at most {MOST})")
    late = [p95(busy.searches) / p95(quiet.searches), p95(busy.uploads) / p95(quiet.uploads)]
    print(f"  and the slowest of twenty: searches {late[0]:.2f} times, uploads {late[1]:.2f} times")
    return max(searches, uploads) <= MOST


def seed(world: World, count: int, captions: Sequence[str]) -> list[str]:
    """Fill the index; the ids of its photos."""
    environment = settings(world.azurite, world.models_url, world.search_url)
    vectors = asyncio.run(vectors_of(environment, captions))
    began = time.perf_counter()
    load_index(world.search_url, photos(count, captions, vectors), len(vectors[0]))
    print(f"{count:,} photos indexed in {time.perf_counter() - began:.0f} s", flush=True)
    return [photo.id for photo in photos(count, captions, vectors)]


def main() -> int:
    """Print both times and their ratio; 1 if a job is too much of a burden."""
    options = argparse.ArgumentParser(prog="python -m benchmarks jobs")
    options.add_argument("--photos", type=int, default=50_000)
    options.add_argument("--tagged", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=4, help="into how many jobs the photos are divided")
    options.add_argument("--busy", type=float, default=120, help="seconds of each job that people are there")
    arguments = options.parse_args()
    captions = [texts[0] for texts in read_captions(DATA / "coco-captions.tsv").values()]
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder), fast=True) as world:
        ids = seed(world, arguments.photos, captions[:BASE])[: arguments.tagged]
        app = str(world.http.base_url)
        quiet, busy = asyncio.run(measure(app, ids, new_queries(captions), arguments.rounds, arguments.busy))
    return 0 if compare(quiet, busy) else 1
