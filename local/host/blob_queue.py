"""The host's own queue between finding a blob and running a function on it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from .connections import Account
from .handling import send
from .messages import wrap

POISON_QUEUE = "webjobs-blobtrigger-poison"
_MOST_WAITING = 200
_PAUSE = 0.3
FUNCTION_PREFIX = "Host.Functions."


@dataclass(frozen=True)
class BlobEvent:
    """A version of a blob that a function has to see; `etag` carries its quotes."""

    function: str
    blob_type: str
    container: str
    blob: str
    etag: str

    def encode(self) -> str:
        """The JSON the real host writes, so either can read the other's queue and poison queue."""
        content = {
            "Type": "BlobTrigger",
            "FunctionId": FUNCTION_PREFIX + self.function,
            "BlobType": self.blob_type,
            "ContainerName": self.container,
            "BlobName": self.blob,
            "ETag": self.etag,
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    @classmethod
    def decode(cls, text: str) -> "BlobEvent":
        """Raises ValueError, KeyError or TypeError for what is no such message."""
        content = json.loads(text)
        function = content["FunctionId"].rsplit(".", 1)[-1]
        return cls(
            function,
            content.get("BlobType", "BlockBlob"),
            content["ContainerName"],
            content["BlobName"],
            quoted(content["ETag"]),
        )


class BlobQueue:
    """Where discovery and the Event Grid door leave events; `wrote` wakes the listener."""

    def __init__(self, host_storage: Account, host_id: str, wrote: Callable[[str], None]) -> None:
        self.name = f"azure-webjobs-blobtrigger-{host_id}"
        self.client: QueueClient = host_storage.queues.get_queue_client(self.name)
        self._wrote = wrote

    async def room(self) -> None:
        """Return once few enough events wait: the emulator slows down with the length of a queue."""
        while await self._waiting() > _MOST_WAITING:  # noqa: ASYNC110 - storage tells nobody when it changes
            await asyncio.sleep(_PAUSE)

    async def _waiting(self) -> int:
        try:
            return (await self.client.get_queue_properties()).approximate_message_count or 0
        except ResourceNotFoundError:
            return 0

    async def add(self, event: BlobEvent) -> None:
        await send(self.client, wrap(event.encode(), True))
        self._wrote(self.client.url)


def quoted(etag: str | None) -> str:
    """Listings give etags without the quotes that belong to them."""
    text = etag or ""
    return text if text.startswith('"') else f'"{text}"'
