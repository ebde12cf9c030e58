"""
How fast photos become searchable, and what that takes.

    python -m benchmarks ingest [--photos 400] [--flight 24] [--megabytes 40]

Twelve-megapixel JPEGs go through the real pipeline in this process, against Azurite and the
stand-ins; the vision model is made to take 2 s and the embedding model 0.1 s. The ideal is what
those waits alone allow. The CPU time of each process says where the rest goes.
"""

import argparse
import asyncio
import io
import os
import random
import resource
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image as Pillow

from ingest import handlers
from ingest.context import ingest_context
from ingest.image import Limits, prepare
from ingest.status import status
from shared.services import services
from tests.world import World, running_world, settings

VISION, EMBEDDING = 2.0, 0.1  # seconds
SIDES = (4000, 3000)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--flight", type=int, default=24)
    parser.add_argument("--megabytes", type=int, default=0, help="pad each file to this size, to see the memory")
    options = parser.parse_args(arguments)
    sample = picture(0)
    print(f"a photo: {SIDES[0]} x {SIDES[1]}, {len(sample) / 1e6:.1f} MB")
    print(f"preparing it takes {ratio(sample):.2f} times the CPU of a bare decode, resize and two encodes")
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
        world.host.stop()
        run(world, options.photos, options.flight, options.megabytes * 1_000_000)


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


LIMITS = Limits(pixels=10**8, frames=100, memory=6 * 10**8, preview_side=1024, thumbnail_side=320)


def bare_steps(data: bytes) -> None:
    image = Pillow.open(io.BytesIO(data))
    image.draft("RGB", (1024, 1024))
    preview = image.resize((1024, 768), Pillow.Resampling.LANCZOS)
    preview.save(io.BytesIO(), "JPEG", quality=85)
    preview.resize((320, 240), Pillow.Resampling.LANCZOS).save(io.BytesIO(), "JPEG", quality=80)


def run(world: World, photos: int, flight: int, size: int) -> None:
    """Upload, then ingest with so many in flight, and print what it took."""
    os.environ.update(settings(world.azurite, world.models_url, world.search_url))
    names = [f"bench/{number:04}.jpg" for number in range(photos)]
    for number, name in enumerate(names):
        data = picture(number % 20) + number.to_bytes(4, "big")
        world.drop(name, data.ljust(size, b"\0"))
    world.misbehave(kind="latency", on="vision", rate=1, seconds=VISION)
    world.misbehave(kind="latency", on="embed", rate=1, seconds=EMBEDDING)
    before = {name: cpu(process) for name, process in processes(world).items()}
    seconds = asyncio.run(ingest_all(names, flight))
    ideal = flight / (VISION + EMBEDDING)
    print(f"{photos} photos, {flight} in flight: {photos / seconds:.1f} photos/s of {ideal:.1f} ideal, {seconds:.0f} s")
    for name, process in processes(world).items():
        print(f"  {name:8} {(cpu(process) - before[name]) / photos * 1000:6.0f} ms of CPU a photo")
    print(f"  peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def processes(world: World) -> dict[str, int]:
    assert world.azurite.process
    assert world.search.running
    assert world.models.running
    return {
        "ours": os.getpid(),
        "azurite": world.azurite.process.pid,
        "search": world.search.running.pid,
        "models": world.models.running.pid,
    }


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its children have taken."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(each.cpu_times()[:2]) for each in family)) if pid != os.getpid() else time.process_time()


async def ingest_all(names: list[str], flight: int) -> float:
    started = time.monotonic()
    slots = asyncio.Semaphore(flight)

    async def one(name: str) -> None:
        async with slots:
            await handlers.photo_arrived(name)

    await asyncio.gather(*map(one, names))
    seconds = time.monotonic() - started
    report = vars(await status(ingest_context()))
    await services().close()
    assert report["failed"] == report["retrying"] == 0, report
    return seconds


if __name__ == "__main__":
    main()
