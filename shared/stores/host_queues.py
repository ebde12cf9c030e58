"""The Functions host's own queue of blobs whose arrival it has noticed and not yet handed to the app."""

import json
import logging
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from shared.azure_errors import translated_errors
from shared.errors import PhotoError
from shared.log_text import error_label

log = logging.getLogger(__name__)

SERVICE = "the host's queue storage"
PREFIX = "azure-webjobs-blobtrigger-"  # followed by the host's id, which the app is not told
PEEKED = 32  # the most messages the service shows at once


class HostQueues:
    """The queues of blob triggers in the host's storage account; there is nothing to read without an account."""

    def __init__(self, queues: QueueServiceClient | None, *, container: str) -> None:
        self._queues = queues
        self._container = container

    async def count(self) -> int | None:
        """
        About how many arrivals in our container wait or are in progress; None where we may not or cannot read it.

        Hosts of other apps that share the account have queues of their own; one that shows only blobs of other
        containers does not count.
        """
        if self._queues is None:
            return None
        try:
            async with translated_errors(SERVICE):
                names = [each.name async for each in self._queues.list_queues(name_starts_with=PREFIX)]
                return sum([await self._count(str(name)) for name in names])
        except PhotoError as error:
            log.warning("cannot tell which arrivals are waiting: %s", error_label(error))
            return None

    async def _count(self, name: str) -> int:
        assert self._queues
        queue = self._queues.get_queue_client(name)
        try:
            count = int((await queue.get_queue_properties()).approximate_message_count or 0)
            peeked = await queue.peek_messages(max_messages=PEEKED) if count else []
        except ResourceNotFoundError:  # deleted meanwhile
            return 0
        return 0 if peeked and not self._concern_us(peeked) else count

    def _concern_us(self, messages: Sequence[Any]) -> bool:
        return any(_container_of(each.content) in {self._container, None} for each in messages)


def _container_of(content: str) -> str | None:
    """The container that a message of the host names; None when it cannot be read."""
    try:
        message = json.loads(b64decode(content))
    except (ValueError, RecursionError):
        return None
    name = message.get("ContainerName") if isinstance(message, dict) else None
    return name if isinstance(name, str) else None
