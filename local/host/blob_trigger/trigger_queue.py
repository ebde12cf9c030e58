"""The host's own queue between noticing a blob and running a function on it."""

import asyncio
import time
from collections.abc import Callable, Iterable

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.connections import StorageAccount
from local.host.queue_trigger.received_message import encode_message
from local.host.storage_operations import send_message

POISON_QUEUE_NAME = "webjobs-blobtrigger-poison"
_MAX_QUEUE_LENGTH = 32
_MAX_URGENT_QUEUE_LENGTH = 200  # some tools that copy whole folders do write metadata
_POLLING_INTERVAL = 0.3

# Receiving from a queue of the emulator takes 3 ms if it is empty, 20 if it holds 1,000 messages, 250 for 10,000.
_MAX_BACKLOG = 100
_MAX_BACKLOG_WAIT = 30.0


class BlobTriggerQueue:
    """Filled by container scans and Event Grid webhooks; `on_write` wakes the listener."""

    def __init__(self, host_storage: StorageAccount, host_id: str, on_write: Callable[[str], None]) -> None:
        self.name = f"azure-webjobs-blobtrigger-{host_id}"
        self.client: QueueClient = host_storage.queues.get_queue_client(self.name)
        self._availability = host_storage.availability
        self._on_write = on_write
        self._app_queues: list[tuple[StorageAccount, QueueClient]] = []

    def heed(self, queues: Iterable[tuple[StorageAccount, QueueClient]]) -> None:
        """Also look at these queues, which the app fills with work of its own, when `wait_for_room` is called."""
        self._app_queues += queues

    async def wait_for_room(self, is_urgent: Callable[[], bool]) -> None:
        """
        Return once few enough messages are queued, here and in the app's queues: the emulator suffers from long ones.

        What is urgent hardly waits, and the app's queues hold up anything else for half a minute at most.
        """
        deadline = time.monotonic() + _MAX_BACKLOG_WAIT
        # Storage does not notify, so both are polled.
        while await self._length() > (_MAX_URGENT_QUEUE_LENGTH if is_urgent() else _MAX_QUEUE_LENGTH):  # noqa: ASYNC110
            await asyncio.sleep(_POLLING_INTERVAL)
        while not is_urgent() and time.monotonic() < deadline and await self._backlog() > _MAX_BACKLOG:  # noqa: ASYNC110
            await asyncio.sleep(_POLLING_INTERVAL)

    async def _length(self) -> int:
        with self._availability.watch("queue"):
            return await _length(self.client)

    async def _backlog(self) -> int:
        """How many messages the app's queues hold."""
        total = 0
        for account, queue in self._app_queues:
            with account.availability.watch("queue"):
                total += await _length(queue)
        return total

    async def add(self, message: BlobTriggerMessage) -> None:
        with self._availability.watch("queue"):
            await send_message(self.client, encode_message(message.encode(), True))
        self._on_write(self.client.url)


async def _length(queue: QueueClient) -> int:
    try:
        return (await queue.get_queue_properties()).approximate_message_count or 0
    except ResourceNotFoundError:
        return 0
