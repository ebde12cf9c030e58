"""Functions started by hand: POST /admin/functions/<name> with {"input": "..."}."""

import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from .blob_queue import BlobEvent
from .blob_runs import BlobFunction, BlobRuns
from .functions import Function
from .invocations import Invoker, Start
from .messages import Message
from .queue_runs import QueueRuns
from .timers import Timer

Run = Callable[[str], Awaitable[object]]
"""Runs one function with the given input, to its end."""


def run_blob(target: BlobFunction, runs: BlobRuns) -> Run:
    """The input names a blob, as container/blob."""

    async def run(text: str) -> object:
        container, _, blob = text.strip("/").partition("/")
        event = BlobEvent(target.function.name, "BlockBlob", container, blob, '""')
        return await runs.run(target, event, "started by hand")

    return run


def run_queue(runs: QueueRuns) -> Run:
    """The input is the message."""

    async def run(text: str) -> object:
        message = Message(str(uuid.uuid4()), text, "", 1, datetime.now(UTC))
        return await runs.run(message, text, "started by hand")

    return run


def run_timer(timer: Timer) -> Run:
    async def run(_: str) -> None:
        await timer.run("started by hand")

    return run


def run_event(function: Function, invoker: Invoker) -> Run:
    """The input is one event as JSON."""

    async def run(text: str) -> object:
        json.loads(text)
        return await invoker.invoke(function, Start("started by hand", ((function.trigger.name, ("json", text)),), {}))

    return run
