"""Files made into Images, as many at once as the memory allows."""

import asyncio
import os
from collections.abc import Sequence

from ingest.context import IngestContext
from ingest.decoding.byte_source import Data
from ingest.facts.sidecar import Sidecar
from ingest.image import Image, decoded_bytes, prepare
from shared.errors import OutOfMemory


async def prepare_within_budget(
    data: Data, name: str, context: IngestContext, *, sidecars: Sequence[Sidecar] = (), alone: bool = False
) -> Image:
    """The Image of a file, once there is memory for its pixels; `alone` takes all of it."""
    limits, budget = context.limits, context.settings.memory_budget
    # More than two decoders per core would only take memory.
    share = budget // (4 * (os.cpu_count() or 1))
    weight = max(share, await asyncio.to_thread(decoded_bytes, data, limits, name))
    async with context.decode_memory.acquire(budget if alone else weight):
        return await asyncio.to_thread(prepare, data, name=name, limits=limits, sidecars=sidecars)


async def preview_of(data: bytes, context: IngestContext) -> bytes:
    """A JPEG of a picture that somebody searches by, as it would be embedded; BadPhoto if it is no picture."""
    async with context.read_memory.acquire(len(data)):
        try:
            return (await prepare_within_budget(data, "", context)).preview
        except MemoryError as error:
            raise OutOfMemory("there is not enough memory for this picture now") from error
