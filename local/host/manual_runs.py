"""Functions started by hand: POST /admin/functions/<name> with {"input": "..."}."""

import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from local.host.blob_trigger.executor import BlobTriggeredFunction, BlobTriggerExecutor
from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.function_metadata import FunctionMetadata
from local.host.invoker import Invocation, Invoker
from local.host.queue_trigger.executor import QueueTriggerExecutor
from local.host.queue_trigger.received_message import ReceivedMessage
from local.host.timer_trigger.listener import TimerListener

ManualRun = Callable[[str], Awaitable[object]]
"""Runs one function with this input until it ends."""

_REASON = "started by hand"


def manual_blob_run(target: BlobTriggeredFunction, executor: BlobTriggerExecutor) -> ManualRun:
    """The input names a blob, as container/blob."""

    async def run(text: str) -> object:
        container, _, blob = text.strip("/").partition("/")
        message = BlobTriggerMessage(target.function.name, "BlockBlob", container, blob, '""')
        return await executor.run(target, message, _REASON)

    return run


def manual_queue_run(executor: QueueTriggerExecutor) -> ManualRun:
    """The input is the message."""

    async def run(text: str) -> object:
        message = ReceivedMessage(str(uuid.uuid4()), text, "", 1, datetime.now(UTC))
        return await executor.run(message, text, _REASON)

    return run


def manual_timer_run(timer: TimerListener) -> ManualRun:
    """The input is ignored."""

    async def run(_: str) -> None:
        await timer.run(_REASON)

    return run


def manual_event_run(function: FunctionMetadata, invoker: Invoker) -> ManualRun:
    """The input is one event as JSON."""

    async def run(text: str) -> object:
        json.loads(text)
        return await invoker.invoke(function, Invocation(_REASON, ((function.trigger.name, ("json", text)),), {}))

    return run
