"""Long listings, a batch at a time."""

from collections.abc import AsyncIterator
from typing import TypeVar

Item = TypeVar("Item")


async def batches(items: AsyncIterator[Item], size: int) -> AsyncIterator[list[Item]]:
    """The items in lists of `size`; the last one may be shorter, and none is empty."""
    batch: list[Item] = []
    async for each in items:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
