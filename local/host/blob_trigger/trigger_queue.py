"""The host's own queue between noticing a blob and running a function on it."""

import asyncio
from collections.abc import Callable

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.connections import StorageAccount
from local.host.queue_trigger.received_message import encode_message
from local.host.storage_operations import send_message

POISON_QUEUE_NAME = "webjobs-blobtrigger-poison"
_MAX_QUEUE_LENGTH = 200
_POLLING_INTERVAL = 0.3


class BlobTriggerQueue:
    """Filled by container scans and Event Grid webhooks; `on_write` wakes the listener."""

    def __init__(self, host_storage: StorageAccount, host_id: str, on_write: Callable[[str], None]) -> None:
        self.name = f"azure-webjobs-blobtrigger-{host_id}"
        self.client: QueueClient = host_storage.queues.get_queue_client(self.name)
        self._on_write = on_write

    async def wait_until_short(self) -> None:
        """Return once few enough messages are queued: the emulator slows down as a queue grows."""
        while await self._length() > _MAX_QUEUE_LENGTH:  # noqa: ASYNC110 - storage does not notify
            await asyncio.sleep(_POLLING_INTERVAL)

    async def _length(self) -> int:
        try:
            return (await self.client.get_queue_properties()).approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    async def add(self, message: BlobTriggerMessage) -> None:
        await send_message(self.client, encode_message(message.encode(), True))
        self._on_write(self.client.url)
