"""Writing to containers and queues that may not exist yet."""

import logging

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

log = logging.getLogger(__name__)

HOSTS_CONTAINER = "azure-webjobs-hosts"
"""Where every Functions host keeps its blob receipts and the state of its timers."""


async def create_container(container: ContainerClient) -> None:
    """Create the container unless it exists already."""
    try:
        await container.create_container()
    except ResourceExistsError:
        return


async def send_message(queue: QueueClient, body: str) -> None:
    """Put raw text on a queue, and create the queue if it is missing."""
    try:
        await queue.send_message(body)
    except ResourceNotFoundError:
        await _create_queue(queue)
        await queue.send_message(body)


async def _create_queue(queue: QueueClient) -> None:
    try:
        await queue.create_queue()
    except ResourceExistsError:
        log.debug("queue %s was created by another process in the meantime", queue.queue_name)
