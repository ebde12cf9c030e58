"""Work that must be done once in a process, however many ask for it at the same time."""

import asyncio
from collections.abc import Awaitable, Callable


class Once:
    """Remembers a success; a failure reaches everybody who waited, and the next one tries again."""

    def __init__(self) -> None:
        self._task: asyncio.Future[None] | None = None

    async def __call__(self, work: Callable[[], Awaitable[None]]) -> None:
        task = self._task
        if task and task.done() and not task.cancelled() and task.exception() is None:
            return
        if task is None or task.done():
            task = self._task = asyncio.ensure_future(work())
        await asyncio.shield(task)

    def again(self) -> None:
        """Forget the success: the work must be done once more."""
        self._task = None
