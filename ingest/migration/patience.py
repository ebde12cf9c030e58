"""Patience with services that are busy: a move takes long, and is not to end because of a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Transient

T = TypeVar("T")

PATIENCE = (2.0, 5.0, 15.0, 60.0, 60.0)  # seconds between tries


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do it, after a while again where a service is busy."""
    for wait in PATIENCE:
        try:
            return await work()
        except Transient as error:
            await asyncio.sleep(max(wait, min(error.wait or 0, PATIENCE[-1])))
    return await work()
