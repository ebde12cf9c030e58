"""Jobs give way to people: between two batches of photos they rest while somebody searches, chats or uploads."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.request_load import REQUEST_LOAD, RequestLoad

RECENT = 3.0  # seconds since a request within which another is likely
SHARE = 2.0  # times that a rest is longer than the work before it
LONGEST_REST = 2.0  # seconds that a batch is followed by, so that a job always goes on
STEP = 0.05


async def give_way(
    worked: float,
    *,
    load: RequestLoad = REQUEST_LOAD,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """
    Rest after a batch that took so many seconds, if anybody was here lately.

    For twice as long as it took, and then until nobody waits; never for more than `LONGEST_REST` in all.
    """
    if load.idle_seconds > RECENT:
        return
    rested = min(SHARE * worked, LONGEST_REST)
    await sleep(rested)
    while load.running and rested < LONGEST_REST:
        await sleep(STEP)
        rested += STEP
