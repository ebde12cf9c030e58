"""
How long a person's upload waits while an import is under way.

    python -m benchmarks backlog [--files 3000] [--there 0] [--uploads 5] [--seconds 1] [--apart 15] [--patience 120]

The whole product runs: Azurite, the stand-ins, the app under the local host. Files of an import are written
straight into the container, as azcopy does. Meanwhile photos are uploaded through the app, one after the other,
and beside each one a file is written as the import does. Both are watched until they are searchable; the app's
log tells when work on an upload starts. `--there` more blobs lie in the container before, as in a large library;
they are no photos, so they cost nothing but their place in every listing. The vision model is made to take
`--seconds`, and nothing is watched for longer than `--patience`: a file of an import may wait as long as the import
takes.
"""

import argparse
import asyncio
import io
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import BlobServiceClient
from PIL import Image as Pillow

from shared.photo import photo_id
from tests.machine import Azurite, running_azurite
from tests.world import World, running_around

POLL = 0.1  # seconds


def main(arguments: list[str] | None = None) -> None:
    """Print how long uploads and files of the import waited, side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks backlog")
    parser.add_argument("--files", type=int, default=3000, help="files of the import")
    parser.add_argument("--there", type=int, default=0, help="blobs that are in the container before")
    parser.add_argument("--uploads", type=int, default=5, help="photos uploaded through the app meanwhile")
    parser.add_argument("--seconds", type=float, default=1.0, help="what describing a photo takes")
    parser.add_argument("--apart", type=float, default=15.0, help="seconds between two uploads")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds after which watching ends")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_azurite(memory=True) as azurite,
    ):
        asyncio.run(fill(azurite, options.there))
        with running_around(azurite, Path(folder), fast=True, moved={}) as world:
            world.misbehave(kind="latency", on="vision", rate=1, seconds=options.seconds)
            run(world, options.files, options.uploads, options.apart, options.patience)


def run(world: World, files: int, uploads: int, apart: float, patience: float) -> None:
    """Import in the background, upload meanwhile, and print the table."""
    with ThreadPoolExecutor(1 + 3 * uploads) as threads:
        start = time.monotonic()
        importing = threads.submit(lambda: asyncio.run(import_files(world, files)))
        time.sleep(apart)
        watched = []
        for number in range(uploads):
            watched.append(watch_one(world, number, threads, patience))
            time.sleep(apart)
        importing.result()
        print(f"{files:,} files written in {time.monotonic() - start:.0f} s", flush=True)
        results = [[each.result() for each in futures] for futures in watched]
        seconds = time.monotonic() - start
        indexed = world.http.get("/api/status", timeout=120).json()["indexed"]  # it counts all blobs that are there
        print(f"{indexed:,} searchable after {seconds:.0f} s: {indexed / seconds:.1f} photos/s", flush=True)
    started, searchable, beside = zip(*results, strict=True)
    print_row("upload: work starts after", started)
    print_row("upload: searchable after", searchable)
    print_row("file of the import written at that moment: searchable after", beside)


def print_row(name: str, seconds: tuple[float, ...]) -> None:
    """`inf` is longer than anyone watched."""
    print(f"  {name:60} median {statistics.median(seconds):6.1f} s, at most {max(seconds):6.1f} s", flush=True)


async def fill(azurite: Azurite, count: int) -> None:
    """Blobs that the app ignores, before it starts: each is an event to it while the import goes on."""
    start = time.monotonic()
    await write_blobs(azurite, ((f"there/{number:06}/Thumbs.db", b"-") for number in range(count)))
    if count:
        print(f"{count:,} blobs are there after {time.monotonic() - start:.0f} s", flush=True)


async def import_files(world: World, files: int) -> None:
    await write_blobs(world.azurite, ((f"import/{number:06}.jpg", small_picture(number)) for number in range(files)))


async def write_blobs(azurite: Azurite, blobs: Iterator[tuple[str, bytes]]) -> None:
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        container = account.get_container_client("photos")
        with suppress(ResourceExistsError):
            await container.create_container()

        async def work() -> None:
            for name, data in blobs:
                await container.upload_blob(name, data)

        await asyncio.gather(*(work() for _ in range(8)))


def small_picture(seed: int) -> bytes:
    out = io.BytesIO()
    color = (seed % 256, seed // 256 % 256, 90)
    Pillow.new("RGB", (320, 240), color).save(out, "JPEG", comment=f"picture {seed}".encode())
    return out.getvalue()


def watch_one(world: World, number: int, threads: ThreadPoolExecutor, patience: float) -> list[Future[float]]:
    """Upload a photo, write a file beside it, and measure in the background."""
    fresh, beside = f"fresh/{number}.jpg", f"import/zz-{number}.jpg"
    world.put(fresh, small_picture(1_000_000 + number)).raise_for_status()
    start = time.monotonic()
    world.drop(beside, small_picture(2_000_000 + number))
    measures: list[Callable[[], bool]] = [
        lambda: f"starting with the upload {photo_id(fresh)}" in world.host.log.read_text(errors="replace"),
        lambda: is_searchable(world, fresh),
        lambda: is_searchable(world, beside),
    ]
    return [threads.submit(wait_for, measure, start, patience) for measure in measures]


def is_searchable(world: World, path: str) -> bool:
    return world.http.get(f"/api/photos/{photo_id(path)}").status_code == 200


def wait_for(happened: Callable[[], bool], start: float, patience: float) -> float:
    """Seconds from `start` until it happened; infinite if it did not within `patience` seconds."""
    while not happened():
        if time.monotonic() - start > patience:
            return math.inf
        time.sleep(POLL)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
