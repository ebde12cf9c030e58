"""Ending the work for a client that has left."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request

CLIENT_CLOSED_REQUEST = 499  # nginx's status for a client that has left


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """The work's result, or None with the work cancelled if the client leaves first. Read the body before."""
    answer, disconnect = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({answer, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None
    finally:
        answer.cancel()
        disconnect.cancel()
        await asyncio.gather(answer, disconnect, return_exceptions=True)
