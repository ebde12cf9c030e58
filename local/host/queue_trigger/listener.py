"""Listens to one queue by the real host's rules: batches, a limit on parallel runs, back-off while it is empty."""

import asyncio
import logging
import random

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage

from local.host.queue_trigger.in_flight_messages import InFlightMessage
from local.host.queue_trigger.message_processor import FIRST_VISIBILITY_TIMEOUT, ListenedQueue, MessageProcessor
from local.host.queue_trigger.received_message import ReceivedMessage
from local.host.storage_errors import STORAGE_ERRORS

log = logging.getLogger(__name__)

_MIN_POLLING_INTERVAL = 0.1


class QueueListener:
    """Receives the messages of one queue and processes them in parallel until `stop`."""

    def __init__(self, queue: ListenedQueue, left_over: list[InFlightMessage]) -> None:
        self.queue = queue
        self._left_over = left_over
        self._running: dict[asyncio.Task[None], tuple[str, MessageProcessor]] = {}
        self._task_ended = asyncio.Event()
        self._wake_up = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Poll at once: something in this process has written to the queue."""
        self._wake_up.set()

    def stop(self) -> None:
        """Receive no more; `listen` then returns once all running work has ended."""
        self._stopping = True
        self._wake_up.set()
        self._task_ended.set()

    def abandon(self) -> None:
        """Cancel running work and leave its messages alone: whatever comes of it says nothing about them."""
        for task in self._running:
            task.cancel()

    async def listen(self) -> None:
        """Receive and process until `stop`; first, return the messages a killed host was processing."""
        await asyncio.gather(*(self._return_left_over(message) for message in self._left_over))
        empty_polls = 0
        while not self._stopping:
            messages = await self._receive()
            for message in messages:
                self._start_processing(message)
            empty_polls = 0 if messages else empty_polls + 1
            await (self._wait_for_capacity() if messages else self._back_off(empty_polls))
        while self._running:
            await asyncio.wait(self._running)

    async def _return_left_over(self, left_over: InFlightMessage) -> None:
        message = ReceivedMessage(left_over.message_id, "", left_over.pop_receipt, 0)
        await MessageProcessor(self.queue, message).return_unprocessed()

    async def _receive(self) -> list[ReceivedMessage]:
        """The next messages; none if there are none, or if storage gives no proper answer."""
        try:
            with self.queue.account.availability.watch("queue"):
                return await self._request_messages()
        except STORAGE_ERRORS:
            return []
        except Exception:
            log.exception("could not receive from %s, trying again", self.queue.client.queue_name)
            return []

    async def _request_messages(self) -> list[ReceivedMessage]:
        batch_size = self.queue.options.batch_size
        try:
            pages = self.queue.client.receive_messages(
                messages_per_page=batch_size, max_messages=batch_size, visibility_timeout=FIRST_VISIBILITY_TIMEOUT
            ).by_page()
            return [_to_received_message(message) async for message in await anext(pages)]
        except (ResourceNotFoundError, StopAsyncIteration):
            return []

    def _start_processing(self, message: ReceivedMessage) -> None:
        for id_, running in self._running.values():
            if id_ == message.id:
                running.adopt(message)
                return
        processor = MessageProcessor(self.queue, message)
        task = asyncio.create_task(processor.return_unprocessed() if self._stopping else processor.run())
        self._running[task] = message.id, processor
        task.add_done_callback(self._on_task_ended)

    def _on_task_ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._task_ended.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("lost track of a message of %s", self.queue.client.queue_name, exc_info=error)

    async def _wait_for_capacity(self) -> None:
        while len(self._running) > self.queue.options.new_batch_threshold and not self._stopping:
            self._task_ended.clear()
            await self._task_ended.wait()

    async def _back_off(self, empty_polls: int) -> None:
        """Wait 100 ms, then roughly twice as long each time, up to the longest polling interval."""
        growth = random.uniform(0.8, 1.2) * 2 ** min(empty_polls - 2, 20)  # noqa: S311 - jitter
        pause = _MIN_POLLING_INTERVAL if empty_polls == 1 else _MIN_POLLING_INTERVAL * (1 + growth)
        try:
            async with asyncio.timeout(min(pause, self.queue.options.max_polling_interval)):
                await self._wake_up.wait()
        except TimeoutError:
            return
        if not self._stopping:
            self._wake_up.clear()


def _to_received_message(message: QueueMessage) -> ReceivedMessage:
    return ReceivedMessage(
        id=str(message.id),
        body=str(message.content or ""),
        pop_receipt=str(message.pop_receipt),
        dequeue_count=int(message.dequeue_count or 1),
        inserted_at=message.inserted_on,
        expires_at=message.expires_on,
        visible_at=message.next_visible_on,
    )
