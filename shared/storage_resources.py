"""Containers and queues that are created on first use, and again if somebody deletes them while the app runs."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from azure.core.async_paging import AsyncItemPaged
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from shared.azure_errors import translated_errors
from shared.errors import Transient
from shared.once import Once

log = logging.getLogger(__name__)

MISSING = {"ContainerNotFound", "QueueNotFound"}
BEING_DELETED = {"ContainerBeingDeleted", "QueueBeingDeleted"}
DELETION = 30.0  # seconds that Azure takes at least before it gives the name of a container or queue away again


class ResourceGone(Transient):
    """A container or a queue was deleted; the next use creates it again."""


class PlaceLost(Transient):
    """A listing, or other work, cannot be gone on with where it was ended; it can be begun again."""


class StorageResources:
    """Containers or queues of one service, whose name is for messages."""

    def __init__(self, service: str, *clients: ContainerClient | QueueClient) -> None:
        self._service = service
        self._clients = clients
        self._once = Once()

    async def ready(self) -> None:
        """Create what is missing, once; Transient while it is still being deleted."""
        await self._once(self._create_all)

    async def check(self) -> None:
        """Create what is missing, also what was deleted meanwhile; Transient if that cannot be done now."""
        await self.ready()
        async with translated_errors(self._service):
            for client in self._clients:
                try:
                    await _look_at(client)
                except ResourceNotFoundError:
                    self._once.reset()
        await self.ready()

    @asynccontextmanager
    async def calls(self) -> AsyncIterator[None]:
        """Run calls to the service, and turn its errors into ours: ResourceGone where something was deleted."""
        await self.ready()
        async with translated_errors(self._service):
            try:
                yield
            except HttpResponseError as error:
                if not is_gone(error):
                    raise
                self._once.reset()
                names = ", ".join(_name(each) for each in self._clients)
                log.warning("one of %s was deleted", names)
                raise ResourceGone(f"{self._service} has lost {names}; the next use creates it again") from error

    async def _create_all(self) -> None:
        async with translated_errors(self._service):
            for client in self._clients:
                await _create(client)


@contextmanager
def ignore_missing(*others: type[AzureError]) -> Iterator[None]:
    """Ignore that a blob is missing, or one of these errors as well, but not that its container is."""
    try:
        yield
    except AzureError as error:
        if is_gone(error) or not isinstance(error, (ResourceNotFoundError, *others)):
            raise


def is_gone(error: AzureError) -> bool:
    """Whether an error says that a container or a queue does not exist, rather than what it should hold."""
    return _code(error) in MISSING | BEING_DELETED


async def pages_of(
    listing: AsyncItemPaged[BlobProperties], after: str
) -> AsyncIterator[tuple[list[BlobProperties], str]]:
    """
    A listing of blobs page by page, each with what stands for all up to its end; "" is at the end of the listing.

    It begins after what such a word stands for; PlaceLost where storage does not know that any more.
    """
    pages = listing.by_page(continuation_token=after or None)
    try:
        async for page in pages:
            blobs = [each async for each in page]
            yield blobs, str(getattr(pages, "continuation_token", "") or "")
    except HttpResponseError as error:
        if not after or error.status_code != 400:
            raise
        raise PlaceLost("a listing cannot be gone on with where it was ended: it is begun again") from error


def _code(error: AzureError) -> str:
    code = getattr(error, "error_code", "")
    return str(getattr(code, "value", code))


async def _create(client: ContainerClient | QueueClient) -> None:
    try:
        await (client.create_container() if isinstance(client, ContainerClient) else client.create_queue())
    except ResourceExistsError as error:
        if _code(error) in BEING_DELETED:
            message = f"{_name(client)} is still being deleted; it will be created again after that"
            raise ResourceGone(message, wait=DELETION) from error
    else:
        log.info("created %s", _name(client))


async def _look_at(client: ContainerClient | QueueClient) -> None:
    if isinstance(client, ContainerClient):
        await client.get_container_properties(timeout=3)
    else:
        await client.get_queue_properties(timeout=3)


def _name(client: ContainerClient | QueueClient) -> str:
    return client.container_name if isinstance(client, ContainerClient) else client.queue_name
