"""Two pieces of work on the fakes whose calls to the services come in an order that a test chooses."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from tests.ingest.fakes import Fakes

PATIENCE = 45.0  # seconds for what goes on between two calls
CALLS = {
    "storage": (
        "stat", "read", "list_some", "write_pictures", "create_picture", "has_created", "has_preview", "touch_preview",
        "take_back", "delete_pictures",
    ),
    "index": ("get", "put", "touch", "merge", "delete"),
    "failures": ("write", "clear", "read"),
    "tickets": ("send",),
}  # fmt: skip


class Work:
    """Something that stops before each of its calls, until it may go on."""

    def __init__(self, begin: Callable[[], Awaitable[object]]) -> None:
        self._waiting: deque[tuple[str, asyncio.Event]] = deque()
        self._has_moved = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(begin))

    async def _run(self, begin: Callable[[], Awaitable[object]]) -> None:
        _working.set(self)
        try:
            await begin()
        finally:
            self._has_moved.set()

    async def wait(self, call: str) -> None:
        """Wait for one's turn to make this call."""
        turn = asyncio.Event()
        self._waiting.append((call, turn))
        self._has_moved.set()
        await turn.wait()

    async def go_on(self, calls: int) -> bool:
        """Let it make so many calls, or all that it has left if these are fewer, which is then False."""
        for _ in range(calls):
            if not await self._is_ready():
                return False
            self._waiting.popleft()[1].set()
        return await self._is_ready()

    async def reach(self, call: str) -> None:
        """Let it go on until it is about to make this call."""
        while await self._is_ready() and self._waiting[0][0] != call:
            await self.go_on(1)
        assert self._waiting, f"it never came to {call}"

    async def end(self) -> None:
        """Let it come to its end; raises what it raised."""
        while await self.go_on(1):
            pass
        await self._task

    async def stop(self) -> None:
        """End it where it is, as if its process were killed."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _is_ready(self) -> bool:
        """Whether it is about to make a call; False at its end."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(5):  # turns of the loop, for what one part of it hands to another
                await asyncio.sleep(0)
            while not (self._waiting or self._task.done()):
                self._has_moved.clear()
                await self._has_moved.wait()
        return bool(self._waiting)


_working: ContextVar[Work | None] = ContextVar("_working", default=None)


def take_turns(world: Fakes) -> None:
    """Let all work on this world stop before each of its calls."""
    for service, names in CALLS.items():
        owner = getattr(world, service)
        for name in names:
            setattr(owner, name, _in_turn(f"{service}.{name}", getattr(owner, name)))


def _in_turn(name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def wait_and_call(*arguments: Any, **options: Any) -> Any:
        if work := _working.get():
            await work.wait(name)
        return await call(*arguments, **options)

    return wait_and_call
