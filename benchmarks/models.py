"""
`python -m benchmarks models [FOLDER]`: how fast the model stand-in is, and how much memory it takes.

Starts its own stand-in, describes the pictures of a folder (default:
samples/) one at a time and then four at once, and asks for embeddings and an
answer meanwhile. The pictures are shrunk to 1024 pixels first, as the app does.
"""

import argparse
import asyncio
import base64
import io
import statistics
import time
from collections.abc import Awaitable, Callable
from os import getloadavg
from pathlib import Path

import psutil
from openai import AsyncOpenAI
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from tests.local.models.stand_in import (
    CHAT,
    DESCRIPTION_FORMAT,
    EMBEDDING,
    VISION,
    description_messages,
    running_stand_in,
)

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
CAPTION = "A landscape photo in brown, beige and orange, showing a cat and two people, outdoors. " * 6
SIDE = 1024


def previews(folder: Path) -> list[str]:
    """The pictures of a folder as data URLs."""
    register_heif_opener()
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [preview(path) for path in paths]


def preview(path: Path) -> str:
    """One picture, upright and shrunk."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


async def describe(client: AsyncOpenAI, url: str, format_: object = DESCRIPTION_FORMAT) -> None:
    """One description."""
    await client.chat.completions.create(
        model=VISION,
        messages=description_messages(url),
        response_format=format_,  # type: ignore[call-overload]
    )


async def embed(client: AsyncOpenAI, text: str) -> None:
    """One embedding."""
    await client.embeddings.create(model=EMBEDDING, input=text)


async def greet(client: AsyncOpenAI) -> None:
    """One answer of the chat model."""
    await client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "hello"}])


async def timed(work: Awaitable[None]) -> float:
    """Seconds that the work takes."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def line(name: str, seconds: list[float]) -> str:
    """A row of the table."""
    ordered = sorted(seconds)
    slow = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"| {name} | {statistics.median(ordered) * 1000:.0f} | {slow * 1000:.0f} | {ordered[-1] * 1000:.0f} |"


async def sustained(client: AsyncOpenAI, urls: list[str], at_once: int) -> float:
    """Photos a second with so many requests at once."""
    semaphore = asyncio.Semaphore(at_once)

    async def one(url: str) -> None:
        async with semaphore:
            await describe(client, url)

    seconds = await timed(_all(one(url) for url in urls))
    return len(urls) / seconds


async def _all(works: object) -> None:
    await asyncio.gather(*works)  # type: ignore[misc]


async def meanwhile(stop: asyncio.Event, work: Callable[[int], Awaitable[None]]) -> list[float]:
    """Times of small requests, one after another, until `stop` is set."""
    seconds: list[float] = []
    while not stop.is_set():
        seconds.append(await timed(work(len(seconds))))
        await asyncio.sleep(0.1)
    return seconds


async def measure(url: str, urls: list[str], child: psutil.Process) -> None:
    """Print the table."""
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, timeout=120) as client:
        await describe(client, urls[0])  # the models are loaded by now
        print("| | median ms | 95 % ms | slowest ms |\n|---|---|---|---|")
        print(line("describe, one at a time", [await timed(describe(client, one)) for one in urls[1:]]))
        print(line("embed a query", [await timed(embed(client, f"dog number {i} on the beach")) for i in range(30)]))
        print(line("embed a caption (90 words)", [await timed(embed(client, f"{i} {CAPTION}")) for i in range(10)]))
        print(line("an answer", [await timed(greet(client)) for _ in range(30)]))
        stop = asyncio.Event()
        queries = asyncio.create_task(meanwhile(stop, lambda i: embed(client, f"cat number {i} on a sofa")))
        answers = asyncio.create_task(meanwhile(stop, lambda _: greet(client)))
        # A pixel's worth of difference makes every picture new to the stand-in.
        processor_seconds = working(child)
        rate = await sustained(client, [again(one) for one in urls], at_once=4)
        processor_seconds = (working(child) - processor_seconds) / len(urls)
        stop.set()
        print(line("embed a query meanwhile", await queries))
        print(line("an answer meanwhile", await answers))
        print(
            f"\n{rate:.2f} photos a second with four at once; {processor_seconds:.2f} s of processor time each, "
            "small requests"
        )
        print(f"included; {resident(child):.0f} MB of memory in all processes; load {getloadavg()[0]:.1f}")


def again(url: str) -> str:
    """The same picture as a file of other bytes."""
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=84)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def resident(process: psutil.Process) -> float:
    """Megabytes of a process and its children, shared pages counted once each."""
    family = [process, *process.children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family) / 1e6


def working(process: psutil.Process) -> float:
    """Seconds of processor time that a process and its children have used."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def main() -> None:
    """Start, measure, stop."""
    options = argparse.ArgumentParser(prog="python -m benchmarks models")
    options.add_argument("folder", type=Path, nargs="?", default=Path("samples"))
    urls = previews(options.parse_args().folder)
    with running_stand_in() as stand_in:
        port = int(stand_in.url.rsplit(":", 1)[1])
        children = psutil.Process().children()
        child = next(one for one in children if f"{port}" in one.cmdline())
        asyncio.run(measure(stand_in.url, urls, child))


if __name__ == "__main__":
    main()
