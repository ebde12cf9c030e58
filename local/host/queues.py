"""One queue, listened to by the real host's rules: batches, room for more, and patience when it is empty."""

import asyncio
import logging
import random

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage

from .handling import VISIBILITY, Desk, Handling
from .journal import Held
from .messages import Message
from .outages import OUTAGES

log = logging.getLogger(__name__)

_SHORTEST_PAUSE = 0.1


class QueueListener:
    """Receives the messages of one queue and handles them side by side until told to stop."""

    def __init__(self, desk: Desk, left: list[Held]) -> None:
        self.desk = desk
        self._left = left
        self._running: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Somebody in this process wrote to the queue: look at once."""
        self._awake.set()

    def stop(self) -> None:
        """Receive no more; `listen` then returns once what runs has ended."""
        self._stopping = True
        self._awake.set()
        self._room.set()

    def abandon(self) -> None:
        """Drop what runs, unsettled: whatever becomes of it is no verdict on its message."""
        for task in self._running:
            task.cancel()

    async def listen(self) -> None:
        """Receive and handle until `stop`; first, what a killed host held becomes visible again."""
        await asyncio.gather(*(self._reclaim(held) for held in self._left))
        empty = 0
        while not self._stopping:
            received = await self._receive()
            for message in received:
                self._begin(message)
            empty = 0 if received else empty + 1
            await (self._until_there_is_room() if received else self._pause(empty))
        while self._running:
            await asyncio.wait(self._running)

    async def _reclaim(self, held: Held) -> None:
        await Handling(self.desk, Message(held.message_id, "", held.pop_receipt, 0)).give_back()

    async def _receive(self) -> list[Message]:
        size = self.desk.rules.batch_size
        try:
            pages = self.desk.queue.receive_messages(
                messages_per_page=size, max_messages=size, visibility_timeout=VISIBILITY
            ).by_page()
            received = [_message(found) async for found in await anext(pages)]
        except (ResourceNotFoundError, StopAsyncIteration):
            received = []
        except OUTAGES as error:
            self.desk.account.outages.failed("queues", error)
            return []
        self.desk.account.outages.answered("queues")
        return received

    def _begin(self, message: Message) -> None:
        handling = Handling(self.desk, message)
        task = asyncio.create_task(handling.give_back() if self._stopping else handling.run())
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._room.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("lost track of a message of %s", self.desk.queue.queue_name, exc_info=error)

    async def _until_there_is_room(self) -> None:
        while len(self._running) > self.desk.rules.new_batch_threshold and not self._stopping:
            self._room.clear()
            await self._room.wait()

    async def _pause(self, empty: int) -> None:
        """100 ms, then about doubling up to the longest polling interval."""
        growth = random.uniform(0.8, 1.2) * 2 ** min(empty - 2, 20)  # noqa: S311 - jitter
        pause = _SHORTEST_PAUSE if empty == 1 else _SHORTEST_PAUSE * (1 + growth)
        try:
            async with asyncio.timeout(min(pause, self.desk.rules.max_polling_interval)):
                await self._awake.wait()
        except TimeoutError:
            return
        if not self._stopping:
            self._awake.clear()


def _message(found: QueueMessage) -> Message:
    return Message(
        id=str(found.id),
        body=str(found.content or ""),
        pop_receipt=str(found.pop_receipt),
        dequeue_count=int(found.dequeue_count or 1),
        inserted_at=found.inserted_on,
        expires_at=found.expires_on,
        visible_at=found.next_visible_on,
    )
