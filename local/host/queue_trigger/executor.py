"""Runs a function on the messages of its queue."""

import json
import logging

from local.host.function_metadata import FunctionMetadata
from local.host.invoker import Invocation, Invoker
from local.host.queue_trigger.received_message import MessageDecodingError, ReceivedMessage
from local.host.worker_channel import TypedData

log = logging.getLogger(__name__)


class QueueTriggerExecutor:
    """Runs one function on messages; False asks for another attempt."""

    def __init__(self, function: FunctionMetadata, invoker: Invoker, base64: bool) -> None:
        self._function = function
        self._invoker = invoker
        self._base64 = base64

    async def process(self, message: ReceivedMessage) -> bool:
        try:
            text = message.text(self._base64)
        except MessageDecodingError as error:
            log.error(
                "cannot run '%s': %s; does the sender use the messageEncoding of host.json?",
                self._function.name,
                error,
            )
            return False
        return await self.run(message, text, f"message {message.id}, attempt {message.dequeue_count}")

    async def run(self, message: ReceivedMessage, text: str, reason: str) -> bool:
        data: TypedData = ("string", text)
        invocation = Invocation(reason, ((self._function.trigger.name, data),), trigger_metadata(message, text))
        return (await self._invoker.invoke(self._function, invocation)).succeeded


def trigger_metadata(message: ReceivedMessage, text: str) -> dict[str, TypedData]:
    """The trigger metadata of a message: the built-in names, and the properties of a JSON body."""
    times = {
        "InsertionTime": message.inserted_at,
        "ExpirationTime": message.expires_at,
        "NextVisibleTime": message.visible_at,
    }
    return {
        **_body_properties(text),
        "QueueTrigger": ("string", text),
        "Id": ("string", message.id),
        "PopReceipt": ("string", message.pop_receipt),
        "DequeueCount": ("json", json.dumps(message.dequeue_count)),
        **{name: ("json", json.dumps(time.isoformat())) for name, time in times.items() if time},
    }


def _body_properties(text: str) -> dict[str, TypedData]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    return {
        name: ("string", value) if isinstance(value, str) else ("json", json.dumps(value))
        for name, value in content.items()
        if not isinstance(value, list)
    }
