"""A client of storage whose answers to some writes are lost, or which arrive after they have been given up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport._aiohttp import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient

from tests.machine import Azurite


class LosingTransport(AioHttpTransport):
    """
    Loses the answers to the next `losses` writes of blobs whose addresses have `part` in them.

    The next `delays` writes fail at once, and reach storage when `deliver` is called.
    """

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part, self.losses, self.lost, self.delays = part, 0, 0, 0
        self._late: list[tuple[Any, dict[str, Any]]] = []

    async def deliver(self) -> list[int]:
        """Send what was held back; the status of each answer."""
        late, self._late = self._late, []
        return [(await super(LosingTransport, self).send(request, **config)).status_code for request, config in late]

    async def send(self, request: Any, **config: Any) -> Any:
        if request.method == "PUT" and self.part in request.url and self.delays:
            self.delays -= 1
            self._late.append((request, config))
            raise ServiceResponseError("the connection timed out")
        response = await super().send(request, **config)
        if request.method == "PUT" and self.part in request.url and self.losses and response.status_code < 300:
            self.losses, self.lost = self.losses - 1, self.lost + 1
            raise ServiceResponseError("the connection broke")
        return response


@asynccontextmanager
async def losing_client(
    azurite: Azurite, part: str, *, retries: int = 2
) -> AsyncIterator[tuple[BlobServiceClient, LosingTransport]]:
    """The client, which sends a write again so often, and what loses its answers."""
    transport = LosingTransport(part)
    options: dict[str, Any] = {"retry_total": retries, "initial_backoff": 0, "increment_base": 0}
    async with BlobServiceClient.from_connection_string(
        azurite.connection_string, transport=transport, random_jitter_range=0, **options
    ) as blobs:
        yield blobs, transport
