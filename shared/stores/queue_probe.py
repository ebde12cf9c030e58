"""Whether messages can be sent, received and deleted, tried in a queue of its own that is deleted again."""

from uuid import uuid4

from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.azure_errors import translated_errors
from shared.errors import Transient

SERVICE = "queue storage"
PREFIX = "photo-doctor-"
LIFETIME = 60  # seconds after which a message that was left behind goes by itself


class QueueProbe:
    """Tries the rights to queues."""

    def __init__(self, queues: QueueServiceClient) -> None:
        self._queues = queues

    async def run(self) -> None:
        """Outage where a right is lacking. The queue has a new name each time: Azure gives none away again at once."""
        queue = self._queues.get_queue_client(f"{PREFIX}{uuid4().hex}")
        async with translated_errors(SERVICE):
            await queue.create_queue()
            try:
                await _send_and_receive(queue)
            finally:
                await queue.delete_queue()


async def _send_and_receive(queue: QueueClient) -> None:
    await queue.send_message("probe", time_to_live=LIFETIME)
    message = await queue.receive_message()
    if message is None:
        raise Transient("a message that was sent to a queue could not be received")
    await queue.delete_message(message)
