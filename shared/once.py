"""Work that is done once in a process, however many callers ask for it at the same time."""

import asyncio
from collections.abc import Awaitable, Callable


class Once:
    """Remembers a success; a failure reaches every caller that waited, and the next caller tries again."""

    def __init__(self) -> None:
        self._task: asyncio.Future[None] | None = None

    async def __call__(self, work: Callable[[], Awaitable[None]]) -> None:
        task = self._task
        if task and task.done() and not task.cancelled() and task.exception() is None:
            return
        if task is None or task.done():
            task = self._task = asyncio.ensure_future(work())
        await asyncio.shield(task)

    def reset(self) -> None:
        """Forget the success: the next caller does the work once more."""
        self._task = None
