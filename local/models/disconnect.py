"""Stopping work that nobody waits for: a request whose client has disconnected is cancelled."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from starlette.requests import Request

ResultT = TypeVar("ResultT")


class ConnectionClosed(Exception):
    """The client has disconnected, or an injected fault closes the connection."""


async def run_until_disconnect(request: Request, work: Awaitable[ResultT]) -> ResultT:
    """Return the result of the work; cancel it and raise ConnectionClosed if the client disconnects first."""
    await request.body()  # what is left to receive is only the end of the connection
    work_task = asyncio.ensure_future(work)
    disconnect_task = asyncio.ensure_future(_wait_for_disconnect(request))
    try:
        await asyncio.wait((work_task, disconnect_task), return_when=asyncio.FIRST_COMPLETED)
        if work_task.done():
            return work_task.result()
        raise ConnectionClosed
    finally:
        for task in (work_task, disconnect_task):
            task.cancel()
            with suppress(BaseException):
                await task


async def _wait_for_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
