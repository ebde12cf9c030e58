"""
How fast photos become searchable where the model is what takes time, and what that takes.

    python -m benchmarks ingest [--photos 400] [--flight 32] [--places 24] [--seconds 6]
                                [--tokens-per-minute 0] [--megabytes 0]

Twelve-megapixel JPEGs go through the real pipeline in this process, against Azurite and the stand-ins; the vision model
is another one, which describes `--places` photos at once, in so many `--seconds` each. The ideal is what that alone
allows, or the quota where one is set, whose refusals are counted. As many photos are in flight as one instance takes.
The CPU time of each process says where the rest goes.
"""

import argparse
import asyncio
import io
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from PIL import Image as Pillow

from benchmarks.limited_model import TOKENS
from ingest import handlers
from ingest.context import ingest_context
from ingest.image import Limits, prepare
from ingest.status import status
from ingest.thumbnail import QUALITY
from shared.services import services
from shared.stores.tickets import Ticket
from tests.machine import free_port
from tests.world import Process, World, python, running_world, settings

SIDES = (4000, 3000)
LIMITS = Limits(pixels=10**8, frames=100, memory=6 * 10**8, preview_side=1024, thumbnail_side=320)


@dataclass(frozen=True)
class Limit:
    """What the vision model allows."""

    places: int
    seconds: float
    tokens_per_minute: int

    @property
    def photos_a_second(self) -> float:
        by_places = self.places / self.seconds
        return min(by_places, self.tokens_per_minute / 60 / TOKENS) if self.tokens_per_minute else by_places


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--flight", type=int, default=32)
    parser.add_argument("--places", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--tokens-per-minute", type=int, default=0)
    parser.add_argument("--megabytes", type=int, default=0, help="pad each file to this size, to see the memory")
    options = parser.parse_args(arguments)
    limit = Limit(options.places, options.seconds, options.tokens_per_minute)
    sample = picture(0)
    print(f"a photo: {SIDES[0]} x {SIDES[1]}, {len(sample) / 1e6:.1f} MB")
    print(f"preparing it takes {ratio(sample):.2f} times the CPU of a bare decode, resize and two encodes")
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
        world.host.stop()
        with limited_model(world, Path(folder), limit) as model:
            run(world, model, limit, photos=options.photos, flight=options.flight, size=options.megabytes * 1_000_000)


@contextmanager
def limited_model(world: World, folder: Path, limit: Limit) -> Iterator[Process]:
    """The vision model, which passes on what is to be embedded."""
    port = free_port()
    command = python(
        "benchmarks.limited_model", "--port", str(port), "--embeddings", f"{world.models_url}/v1",
        "--places", str(limit.places), "--seconds", str(limit.seconds),
        "--tokens-per-minute", str(limit.tokens_per_minute),
    )  # fmt: skip
    process = Process("limited_model", command, f"http://127.0.0.1:{port}/counts", folder)
    process.start()
    try:
        yield process
    finally:
        process.stop()


def picture(seed: int) -> bytes:
    """A twelve-megapixel JPEG with the detail of a photograph."""
    chance = random.Random(seed)
    small = Pillow.frombytes("RGB", (100, 75), chance.randbytes(100 * 75 * 3))
    out = io.BytesIO()
    small.resize(SIDES, Pillow.Resampling.BICUBIC).save(out, "JPEG", quality=92)
    return out.getvalue()


def ratio(data: bytes, rounds: int = 8) -> float:
    """Our CPU time for one photo over that of the bare steps, the two taken in turns."""
    ours = bare = 0.0
    for _ in range(rounds):
        started = time.process_time()
        bare_steps(data)
        middle = time.process_time()
        prepare(data, name="a.jpg", limits=LIMITS)
        ours += time.process_time() - middle
        bare += middle - started
    return ours / bare


def bare_steps(data: bytes) -> tuple[bytes, bytes]:
    """The preview and the thumbnail of a JPEG, of our sizes and qualities, made with Pillow alone."""
    image = Pillow.open(io.BytesIO(data))
    image.draft("RGB", (1024, 1024))
    preview = image.resize((1024, 768), Pillow.Resampling.LANCZOS, reducing_gap=3.0)
    thumbnail = preview.resize((427, 320), Pillow.Resampling.LANCZOS, reducing_gap=3.0)
    outs = io.BytesIO(), io.BytesIO()
    preview.save(outs[0], "JPEG", quality=85)
    thumbnail.save(outs[1], "WEBP", quality=QUALITY, method=4)
    return outs[0].getvalue(), outs[1].getvalue()


def run(world: World, model: Process, limit: Limit, *, photos: int, flight: int, size: int) -> None:
    """Upload, then ingest with so many in flight, and print what it took."""
    os.environ.update(settings(world.azurite, model.url, world.search_url) | {"PHOTO_EVENTS": "eventgrid"})
    names = [f"bench/{number:04}.jpg" for number in range(photos)]
    samples = [picture(number) for number in range(min(20, photos))]
    for number, name in enumerate(names):
        world.drop(name, (samples[number % 20] + number.to_bytes(4, "big")).ljust(size, b"\0"))
    before = {name: cpu(process) for name, process in processes(world, model).items()}
    ends = asyncio.run(ingest_all(names, flight))
    print_speed(ends, limit, flight)
    counts = httpx.get(f"{model.url}/counts", trust_env=False).json()
    refused, answered = counts.get("refused", 0), counts["answered"]
    print(f"  {answered} photos described, {refused} calls refused: {refused / (refused + answered):.1%} wasted")
    print(f"  {counts['embedding calls'] / photos:.2f} embedding calls a photo")
    for name, process in processes(world, model).items():
        print(f"  {name:8} {(cpu(process) - before[name]) / photos * 1000:6.0f} ms of CPU a photo")
    print(f"  peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def print_speed(ends: Sequence[float], limit: Limit, flight: int) -> None:
    """Photos a second over all, and in the middle, where neither the start nor the end counts."""
    ideal, count = limit.photos_a_second, len(ends)
    print(f"{count} photos, {flight} in flight, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    # The model's last answer cannot come before this, however fast everything else is.
    least = -(-count // limit.places) * limit.seconds if not limit.tokens_per_minute else count / ideal
    print(f"  in all {ends[-1]:.1f} s, of which the model takes {least:.1f} s: {least / ends[-1]:.3f} of the ideal")
    first, last = count // 8, count - 1 - count // 8
    speed = (last - first) / (ends[last] - ends[first])
    print(f"  from the {first}th to the {last}th {speed:.2f} photos/s of {ideal:.2f}: {speed / ideal:.3f} of the ideal")


def processes(world: World, model: Process) -> dict[str, int]:
    assert world.azurite.process
    assert world.search.running
    assert world.models.running
    assert model.running
    return {
        "ours": os.getpid(),
        "azurite": world.azurite.process.pid,
        "search": world.search.running.pid,
        "models": world.models.running.pid,
        "vision": model.running.pid,
    }


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its children have taken."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(each.cpu_times()[:2]) for each in family)) if pid != os.getpid() else time.process_time()


class InFlight:
    """The tickets of this process, in place of those in the queue: each is worked on once it is due and has a place."""

    def __init__(self, flight: int) -> None:
        self.ends: list[float] = []
        self._slots = asyncio.Semaphore(flight)
        self._again: dict[str, tuple[Ticket, float]] = {}
        self._started = time.monotonic()

    async def send(self, ticket: Ticket, *, delay: float = 0.0) -> None:
        """What the app sends a ticket with."""
        self._again[ticket.name] = ticket, delay

    async def follow(self, ticket: Ticket) -> None:
        """Work on a photo until it is searchable."""
        while True:
            async with self._slots:
                await handlers.retry_due(ticket.encode())
            if ticket.name not in self._again:
                self.ends.append(time.monotonic() - self._started)
                return
            ticket, delay = self._again.pop(ticket.name)
            await asyncio.sleep(delay)


async def ingest_all(names: list[str], flight: int) -> list[float]:
    """When each became searchable, in seconds since the start, in order."""
    context = ingest_context()
    await context.know_fields()
    await context.index.ready()
    in_flight = InFlight(flight)
    context.tickets.send = in_flight.send  # type: ignore[method-assign]
    await asyncio.gather(*(in_flight.follow(Ticket(name)) for name in names))
    report = vars(await status(context))
    await services().close()
    assert (report["failed"], report["retrying"], report["indexed"]) == (0, 0, len(names)), report
    return in_flight.ends
