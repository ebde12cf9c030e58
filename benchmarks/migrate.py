"""
What a library in use notices of its move to another embedding model, while processes are killed.

    python -m benchmarks migrate [--photos 50000] [--texts 4000] [--kills 4] [--seed N]

The library is written straight into storage and index. Two instances of the app run, and people search, upload, edit,
overwrite and delete through both: who gets no answer of one asks the other. The command that moves the library is
killed (SIGKILL) at random moments and run again, and so is one instance after the other. The library moves, returns,
and the index that it left is removed. After each move the new index is compared with the container, with what people
wrote, and with what was paid for. It ends with 1 if a search failed, a photo or an edit was lost, or a caption was paid
for that was there. Photos share descriptions (`--texts`): the stand-in embeds each of them once, which is not what is
measured here. Figures are a line of JSON at the end.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.migration_audit import audit
from benchmarks.migration_load import People, SearchTimes
from benchmarks.migration_seed import SeededLibrary, seed
from ingest.context import ingest_context
from ingest.migration.steps import STAYS
from shared.services import services
from tests.event_grid import FLEX, HTTP_CONCURRENCY, event_grid_address, running_event_grid
from tests.machine import eventually, running_azurite
from tests.world import ROOT, Process, World, running_around, running_beside

TO = ("--to", "photos-2", "--embedding-model", "stand-in-embedding-small", "--dimensions", "256", "--yes")
QUIET = 45.0  # seconds of searches before anything moves
DOWN = 2.0  # seconds that an instance stays dead
UP = (15.0, 45.0)  # seconds between two deaths
RUNS = 4  # of the command, where a service is too busy for it


@dataclass
class Bench:
    """The running product, its two instances, and what has been found so far."""

    world: World
    instances: Sequence[Process]
    people: People
    library: SeededLibrary
    chance: random.Random
    photos: int
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    deaths: list[float] = field(default_factory=list)  # when instances were killed
    ended_early: int = 0

    async def quiet(self) -> None:
        """Searches and changes before anything moves."""
        times = SearchTimes()
        async with self.people.at_work(times):
            await asyncio.sleep(QUIET)
        self._note("before", times, {})

    async def moved(self, name: str, words: Sequence[str], index: str, kills: int) -> None:
        """Run the command under load until it has ended by itself, then look whether anything was lost."""
        times, began = SearchTimes(), time.monotonic()
        before = len(self.deaths)
        async with self.people.at_work(times), self._dying_instances():
            await self._killed_again_and_again(words, kills)
        more = {"seconds": round(time.monotonic() - began), "instances_killed": len(self.deaths) - before}
        self._note(name, times, more | {"ended_early": self.ended_early})
        if (live := (await services().index_record.now()).live.name) != index:
            self.faults.append(f"after {name} the library is in the index {live}")
        found = await audit(self.world, self.people, self.library, self.deaths)
        self.figures[f"{name}_audit"] = found.figures
        self.faults += [f"after {name}: {each}" for each in found.faults]
        print(f"  {name}: {found.figures}", flush=True)

    async def finished(self) -> None:
        """Remove the index before, under load; the ten minutes that it stays at least are skipped in the record."""
        times = SearchTimes()
        async with self.people.at_work(times):
            store = services().index_record
            record, etag = await store.read()
            assert record
            assert record.since
            may_go = datetime.now(UTC) - record.since >= STAYS  # looking whether all is there may have taken as long
            if not may_go and await self._run(("--finish",)) != 2:
                self.faults.append("the index before could be removed at once")
            await store.write(replace(record, since=datetime.now(UTC) - STAYS - timedelta(seconds=1)), etag=etag)
            if await self._run(("--finish",)) != 0:
                self.faults.append("the index before could not be removed")
        self._note("finish", times, {})

    def _note(self, name: str, times: SearchTimes, more: dict[str, Any]) -> None:
        self.figures[name] = more | times.figures | {"load": round(os.getloadavg()[0], 1)}
        self.faults += [f"a search failed during {name}: {each}" for each in times.failed[:5]]
        self.faults += [f"a change failed during {name}: {each}" for each in self.people.changes.refused[:5]]
        self.people.changes.refused.clear()
        print(f"  {name}: {self.figures[name]}", flush=True)

    async def _killed_again_and_again(self, words: Sequence[str], kills: int) -> None:
        for _ in range(kills):
            wait = self.chance.uniform(1, 30 + self.photos / 400)
            if await self._run(words, killed_after=wait) == 0:
                print(f"  ended within {wait:.0f} s", flush=True)
                return
        for _ in range(RUNS):
            if await self._run(words) == 0:
                return
            self.ended_early += 1
        self.faults.append(f"the command ended {RUNS} times before it was done")

    async def _run(self, words: Sequence[str], *, killed_after: float | None = None) -> int:
        """Run the command, and kill it after so many seconds; its exit code."""
        command = [sys.executable, "-m", "ingest", "migrate", *words]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
        try:
            return await asyncio.wait_for(process.wait(), killed_after)
        except TimeoutError:
            process.kill()
            await process.wait()
            print(f"  killed after {killed_after:.0f} s", flush=True)
            return -signal.SIGKILL

    @asynccontextmanager
    async def _dying_instances(self) -> AsyncIterator[None]:
        """While this runs, one instance after the other is killed and started again."""
        done = asyncio.Event()
        task = asyncio.create_task(self._kill_instances(done))
        try:
            yield
        finally:
            done.set()
            await task

    async def _kill_instances(self, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                await asyncio.wait_for(done.wait(), self.chance.uniform(*UP))
            except TimeoutError:
                instance = self.instances[len(self.deaths) % len(self.instances)]
                self.deaths.append(time.time())
                await asyncio.to_thread(kill, instance)
                await asyncio.sleep(DOWN)
                await asyncio.to_thread(instance.start)


def kill(instance: Process) -> None:
    """End a host and its worker at once, as a machine that dies does."""
    assert instance.running
    host = psutil.Process(instance.running.pid)
    processes = [host, *host.children(recursive=True)]
    for each in processes:
        each.kill()
    instance.stop(signal.SIGKILL)


async def run(world: World, beside: Process, library: SeededLibrary, options: argparse.Namespace) -> int:
    chance = random.Random(options.seed)
    ids = [each for each in library.photos if each not in library.titles]
    chance.shuffle(ids)
    words = sorted({each.title for each in library.photos.values()})
    paths = {id_: each.path for id_, each in library.photos.items()}
    async with (
        httpx.AsyncClient(base_url=world.host.url, timeout=60, trust_env=False) as one,
        httpx.AsyncClient(base_url=beside.url, timeout=60, trust_env=False) as other,
    ):
        people = People([one, other], words, ids, paths)
        bench = Bench(world, [world.host, beside], people, library, chance, options.photos)
        await bench.quiet()
        await bench.moved("there", TO, "photos-2", options.kills)
        await bench.moved("back", ("--back", "--yes"), "photos", options.kills)
        await bench.finished()
    await services().close()
    print(json.dumps({"photos": options.photos, "seed": options.seed, **bench.figures, "faults": bench.faults}))
    return 1 if bench.faults else 0


async def fill_library(connection_string: str, options: argparse.Namespace) -> SeededLibrary:
    """The library, made by clients that end with this loop."""
    library = await seed(connection_string, options.photos, options.texts, ingest_context())
    await services().close()
    ingest_context.cache_clear()
    services.cache_clear()
    return library


def main() -> int:
    """Print figures; 1 if anything failed or was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks migrate")
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--texts", type=int, default=4_000, help="different descriptions")
    parser.add_argument("--kills", type=int, default=4, help="how often the command is killed, there and back")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of all that is random")
    options = parser.parse_args()
    print(f"{options.photos:,} photos, seed {options.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        azurite = stack.enter_context(running_azurite(memory=True, event_grid=event_grid_address()))
        seeded: list[SeededLibrary] = []

        def fill(world: World) -> None:
            """Before Event Grid runs: it would tell the app of each file."""
            os.environ.update(world.host.environment)
            seeded.append(asyncio.run(fill_library(azurite.connection_string, options)))

        world = stack.enter_context(
            running_around(azurite, folder, fast=True, moved=FLEX, before_app=fill, host_options=HTTP_CONCURRENCY)
        )
        world.forget_calls()
        events = stack.enter_context(running_event_grid(azurite, folder))
        events.subscribe_app(world.host.url)
        beside = stack.enter_context(running_beside(world, folder, *HTTP_CONCURRENCY))
        eventually(lambda: world.get("/api/health"), timeout=60)
        return asyncio.run(run(world, beside, seeded[0], options))
