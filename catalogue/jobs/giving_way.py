"""Jobs give way to people: between two batches of photos they rest while somebody searches, chats or uploads."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.request_load import REQUEST_LOAD, RequestLoad

RECENT = 3.0  # seconds since a request within which another is likely
SHARE = 2.0  # times that a rest is longer than the work before it
MOST = 5.0  # times that it is longer while somebody waits all the time, so that a job always goes on
LONGEST_REST = 2.0  # seconds, likewise
STEP = 0.05
BATCH = 10  # photos in progress at once, which share calls
SMALL_BATCH = 3  # while people are there: whoever comes in the middle of a batch waits for its end


def batch_size(load: RequestLoad = REQUEST_LOAD) -> int:
    """How many photos to take at once."""
    return BATCH if load.idle_seconds > RECENT else SMALL_BATCH


async def give_way(
    worked: float,
    *,
    load: RequestLoad = REQUEST_LOAD,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """
    Rest after a batch that took so many seconds, if anybody was here lately.

    For twice as long as it took, and then until nobody waits; at most for five times as long, and `LONGEST_REST`.
    """
    if load.idle_seconds > RECENT:
        return
    rested, longest = min(SHARE * worked, LONGEST_REST), min(MOST * worked, LONGEST_REST)
    await sleep(rested)
    while load.is_awaited and rested < longest:
        await sleep(STEP)
        rested += STEP
