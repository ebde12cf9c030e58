"""One queue message from receipt to completion: invisible while it runs, then deleted, returned or poisoned."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.connections import StorageAccount
from local.host.host_json import QueueOptions
from local.host.queue_trigger.in_flight_messages import InFlightMessages
from local.host.queue_trigger.received_message import ReceivedMessage
from local.host.storage_errors import STORAGE_ERRORS, is_refusal, repeat_until_success
from local.host.storage_operations import send_message

log = logging.getLogger(__name__)

FIRST_VISIBILITY_TIMEOUT = 15
"""
Seconds a message is invisible at first. The real host begins with ten minutes. If this host is killed before it
has written down what it received, nobody can return the message, and a laptop should not wait ten minutes for it.
"""

_FIRST_RENEWAL = FIRST_VISIBILITY_TIMEOUT / 3
_RENEWAL_INTERVAL_AFTER_ERROR = 5

MessageHandler = Callable[[ReceivedMessage], Awaitable[bool]]
"""Processes one message and returns whether that succeeded; does not raise."""


@dataclass(frozen=True)
class PoisonQueue:
    """Where messages go that failed too often; created on first use."""

    account: StorageAccount
    name: str

    async def add(self, body: str) -> None:
        await send_message(self.account.queues.get_queue_client(self.name), body)


def poison_queue(account: StorageAccount, queue: str) -> PoisonQueue | None:
    """None if the name is already that of a poison queue, or would become too long."""
    name = f"{queue}-poison"
    return None if queue.endswith("-poison") or len(name) > 63 else PoisonQueue(account, name)


@dataclass(frozen=True)
class ListenedQueue:
    """A queue to listen to, and how its messages are processed."""

    account: StorageAccount
    client: QueueClient
    options: QueueOptions
    handler: MessageHandler
    in_flight: InFlightMessages
    poison_queue: Callable[[ReceivedMessage], PoisonQueue | None]


class MessageProcessor:
    """Processes one message and keeps its newest pop receipt."""

    def __init__(self, queue: ListenedQueue, message: ReceivedMessage) -> None:
        self._queue = queue
        self._message = message
        queue.in_flight.add(queue.client.url, message.id, message.pop_receipt)

    def adopt(self, message: ReceivedMessage) -> None:
        """The message came once more, as it could not be renewed in time: it runs already, and this is its receipt."""
        self._message = replace(self._message, pop_receipt=message.pop_receipt)
        self._queue.in_flight.add(self._queue.client.url, message.id, message.pop_receipt)

    async def run(self) -> None:
        renewal = asyncio.create_task(self._renew_visibility())
        try:
            succeeded = await self._attempt()
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])
        await self._complete(succeeded)
        self._queue.in_flight.remove(self._queue.client.url, self._message.id)

    async def return_unprocessed(self) -> None:
        """Let the next host have the message at once."""
        await self._persist(lambda: self._set_visibility(0))
        self._queue.in_flight.remove(self._queue.client.url, self._message.id)

    async def _attempt(self) -> bool:
        """False, without a run, if earlier hosts have used up all attempts."""
        poison = self._queue.poison_queue(self._message)
        if poison and self._message.dequeue_count > self._queue.options.max_dequeue_count:
            return False
        try:
            return await self._queue.handler(self._message)
        except Exception:
            log.exception("could not process a message of %s", self._queue.client.queue_name)
            return False

    async def _renew_visibility(self) -> None:
        pause: float = _FIRST_RENEWAL
        while True:
            await asyncio.sleep(pause)
            try:
                await self._set_visibility(self._queue.options.lease)
                pause = self._queue.options.lease / 2
            except ResourceNotFoundError:
                return
            except STORAGE_ERRORS as error:
                log.warning("cannot renew a message of %s: %s", self._queue.client.queue_name, error)
                pause = _RENEWAL_INTERVAL_AFTER_ERROR

    async def _complete(self, succeeded: bool) -> None:
        options, poison = self._queue.options, self._queue.poison_queue(self._message)
        if succeeded:
            await self._persist(self._delete)
        elif poison is None:
            # It stays invisible for a while: returned at once, it would fail in a tight loop.
            log.warning("a message of %s failed and has no poison queue", self._queue.client.queue_name)
            await self._persist(lambda: self._set_visibility(options.lease))
        elif self._message.dequeue_count < options.max_dequeue_count:
            await self._persist(lambda: self._set_visibility(options.visibility_timeout))
        else:
            await self._move_to_poison_queue(poison)

    async def _move_to_poison_queue(self, poison: PoisonQueue) -> None:
        log.error(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
            self._queue.options.max_dequeue_count,
            poison.name,
        )
        if await self._persist(lambda: poison.add(self._message.body)):
            await self._persist(self._delete)

    async def _delete(self) -> None:
        await self._queue.client.delete_message(self._message.id, self._message.pop_receipt)

    async def _set_visibility(self, seconds: float) -> None:
        updated = await self._queue.client.update_message(
            self._message.id, self._message.pop_receipt, visibility_timeout=int(seconds)
        )
        self._message = replace(self._message, pop_receipt=str(updated.pop_receipt))
        self._queue.in_flight.add(self._queue.client.url, self._message.id, self._message.pop_receipt)

    async def _persist(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Repeat the step until storage responds; False if storage refuses it."""

        async def attempt() -> bool:
            with self._queue.account.availability.watch("queue"):
                try:
                    await step()
                except HttpResponseError as error:
                    if not is_refusal(error):
                        raise
                    # A function is free to delete or postpone its own message.
                    log.debug("storage refused to update message %s: %s", self._message.id, error)
                    return False
                return True

        return await repeat_until_success(attempt, f"updating a message of {self._queue.client.queue_name}")
