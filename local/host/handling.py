"""One queue message from received to settled: kept invisible while it runs, then deleted, returned or buried."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from .connections import Account
from .host_file import QueueRules
from .journal import Journal
from .messages import Message
from .outages import OUTAGES

log = logging.getLogger(__name__)

VISIBILITY = 600
_RENEWAL = VISIBILITY / 2
_RENEWAL_IN_TROUBLE = 60

Process = Callable[[Message], Awaitable[bool]]
"""Works on one message and says whether it succeeded; does not raise."""


@dataclass(frozen=True)
class PoisonQueue:
    """Where messages go that failed too often; made on first use."""

    account: Account
    name: str

    async def add(self, body: str) -> None:
        await send(self.account.queues.get_queue_client(self.name), body)


def poison_queue(account: Account, queue: str) -> PoisonQueue | None:
    """None where the name is already that of a poison queue, or would become too long."""
    name = f"{queue}-poison"
    return None if queue.endswith("-poison") or len(name) > 63 else PoisonQueue(account, name)


@dataclass(frozen=True)
class Desk:
    """What handling the messages of one queue takes."""

    account: Account
    queue: QueueClient
    rules: QueueRules
    process: Process
    journal: Journal
    poison: Callable[[Message], PoisonQueue | None]


class Handling:
    """One message in hand; knows its newest pop receipt."""

    def __init__(self, desk: Desk, message: Message) -> None:
        self._desk = desk
        self._message = message
        desk.journal.hold(desk.queue.url, message.id, message.pop_receipt)

    async def run(self) -> None:
        renewal = asyncio.create_task(self._renew())
        try:
            succeeded = await self._attempt()
        finally:
            renewal.cancel()
            await asyncio.wait([renewal])
        await self._settle(succeeded)
        self._desk.journal.release(self._desk.queue.url, self._message.id)

    async def give_back(self) -> None:
        """Let the next host have it at once, unrun."""
        await self._persist(lambda: self._update(0))
        self._desk.journal.release(self._desk.queue.url, self._message.id)

    async def _attempt(self) -> bool:
        """False without a run where earlier hosts already used up all attempts."""
        poison = self._desk.poison(self._message)
        if poison and self._message.dequeue_count > self._desk.rules.max_dequeue_count:
            return False
        try:
            return await self._desk.process(self._message)
        except Exception:
            log.exception("could not run a message of %s", self._desk.queue.queue_name)
            return False

    async def _renew(self) -> None:
        pause: float = _RENEWAL
        while True:
            await asyncio.sleep(pause)
            try:
                await self._update(VISIBILITY)
                pause = _RENEWAL
            except ResourceNotFoundError:
                return
            except OUTAGES as error:
                log.warning("cannot renew a message of %s: %s", self._desk.queue.queue_name, error)
                pause = _RENEWAL_IN_TROUBLE

    async def _settle(self, succeeded: bool) -> None:
        rules, poison = self._desk.rules, self._desk.poison(self._message)
        if succeeded:
            await self._persist(self._delete)
        elif poison is None:
            # Left invisible until its ten minutes end: returned at once it would fail in a tight loop.
            log.warning("a message of %s failed and has no poison queue", self._desk.queue.queue_name)
        elif self._message.dequeue_count < rules.max_dequeue_count:
            await self._persist(lambda: self._update(rules.visibility_timeout))
        else:
            await self._bury(poison)

    async def _bury(self, poison: PoisonQueue) -> None:
        log.error(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
            self._desk.rules.max_dequeue_count,
            poison.name,
        )
        if await self._persist(lambda: poison.add(self._message.body)):
            await self._persist(self._delete)

    async def _delete(self) -> None:
        await self._desk.queue.delete_message(self._message.id, self._message.pop_receipt)

    async def _update(self, visibility: float) -> None:
        updated = await self._desk.queue.update_message(
            self._message.id, self._message.pop_receipt, visibility_timeout=int(visibility)
        )
        self._message = replace(self._message, pop_receipt=str(updated.pop_receipt))
        self._desk.journal.hold(self._desk.queue.url, self._message.id, self._message.pop_receipt)

    async def _persist(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Repeat the step while storage is away; False where storage refuses it."""
        pause = 0.5
        while True:
            try:
                await step()
                return True
            except HttpResponseError as error:
                if error.status_code is not None and error.status_code < 500:
                    # A function may have deleted or postponed its own message: that is its right.
                    log.debug("storage refused to settle message %s: %s", self._message.id, error)
                    return False
                self._desk.account.outages.failed("queues", error)
            except OUTAGES as error:
                self._desk.account.outages.failed("queues", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)


async def send(queue: QueueClient, body: str) -> None:
    """Put raw text on a queue, making the queue where it is missing."""
    try:
        await queue.send_message(body)
    except ResourceNotFoundError:
        await _create(queue)
        await queue.send_message(body)


async def _create(queue: QueueClient) -> None:
    try:
        await queue.create_queue()
    except ResourceExistsError:
        log.debug("queue %s was made by somebody else meanwhile", queue.queue_name)
