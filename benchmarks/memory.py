"""
How much memory the worker has after many odd files: `python -m benchmarks.memory FOLDER [MINUTES]`.

FOLDER holds any files, for instance Tests/images of Pillow's source package. 2,000 of them go through `prepare` in
four threads, within the memory budget as in the app; then the memory is read again after some minutes at rest.
"""

import argparse
import asyncio
import mmap
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from ingest.decoding.byte_source import Data
from ingest.image import Limits, decoded_bytes, prepare
from ingest.original_bytes import IN_MEMORY
from ingest.weighted_semaphore import WeightedSemaphore
from shared.errors import BadPhoto

FILES = 2_000
THREADS = 4
BUDGET = 400_000_000
LIMITS = Limits(pixels=250_000_000, frames=10_000, memory=BUDGET * 3 // 2, preview_side=1024, thumbnail_side=320)
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE // 1_000_000


def peak() -> int:
    """The most megabytes that this process ever had in memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1000


def bytes_of(file: Path) -> Data:
    """As in the pipeline: large files are mapped."""
    if file.stat().st_size <= IN_MEMORY:
        return file.read_bytes()
    with file.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def prepare_one(file: Path, data: Data) -> None:
    prepare(data, name=file.name, limits=LIMITS)


async def prepare_all(files: Iterator[Path]) -> tuple[int, int]:
    """How many were prepared and refused."""
    reading, decoding = WeightedSemaphore(BUDGET // 3), WeightedSemaphore(BUDGET - BUDGET // 3)
    prepared = refused = 0
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(THREADS)

    async def work() -> None:
        nonlocal prepared, refused
        for file in files:
            async with reading.acquire(file.stat().st_size):
                data = bytes_of(file)
                try:
                    weight = await loop.run_in_executor(pool, decoded_bytes, data, LIMITS, file.name)
                    async with decoding.acquire(max(weight, BUDGET // (4 * (os.cpu_count() or 1)))):
                        await loop.run_in_executor(pool, prepare_one, file, data)
                    prepared += 1
                except BadPhoto:
                    refused += 1

    await asyncio.gather(*(work() for _ in range(THREADS)))
    pool.shutdown()
    return prepared, refused


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks memory")
    options.add_argument("folder", type=Path, help="the odd files")
    options.add_argument("minutes", type=float, nargs="?", default=1.0, help="how long to wait before the last reading")
    arguments = options.parse_args()
    files = sorted(each for each in arguments.folder.rglob("*") if each.is_file() and each.stat().st_size)
    print(f"at the start {resident()} MB")
    start = time.monotonic()
    prepared, refused = asyncio.run(prepare_all(islice(cycle(files), FILES)))
    print(f"{prepared} prepared, {refused} refused in {time.monotonic() - start:.0f} s: peak {peak()} MB")
    print(f"right after {resident()} MB")
    time.sleep(60 * arguments.minutes)
    print(f"{arguments.minutes:g} minutes later {resident()} MB")


if __name__ == "__main__":
    main()
