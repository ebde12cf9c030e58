"""Runs functions on the messages of their queue."""

import json
import logging

from .functions import Function
from .invocations import Invoker, Start
from .messages import Message, Undecodable
from .worker import Data

log = logging.getLogger(__name__)


class QueueRuns:
    """Works on the messages one function is triggered by; False asks for another attempt."""

    def __init__(self, function: Function, invoker: Invoker, base64: bool) -> None:
        self._function = function
        self._invoker = invoker
        self._base64 = base64

    async def process(self, message: Message) -> bool:
        try:
            text = message.text(self._base64)
        except Undecodable as error:
            log.error("cannot run '%s': %s; is the sender's encoding that of host.json?", self._function.name, error)
            return False
        return await self.run(message, text, f"message {message.id}, attempt {message.dequeue_count}")

    async def run(self, message: Message, text: str, reason: str) -> bool:
        data: Data = ("string", text)
        start = Start(reason, ((self._function.trigger.name, data),), describe(message, text))
        return (await self._invoker.invoke(self._function, start)).succeeded


def describe(message: Message, text: str) -> dict[str, Data]:
    """The trigger metadata of a message; properties of a JSON body stand beside the built-in ones."""
    times = {
        "InsertionTime": message.inserted_at,
        "ExpirationTime": message.expires_at,
        "NextVisibleTime": message.visible_at,
    }
    return {
        **_properties(text),
        "QueueTrigger": ("string", text),
        "Id": ("string", message.id),
        "PopReceipt": ("string", message.pop_receipt),
        "DequeueCount": ("json", json.dumps(message.dequeue_count)),
        **{name: ("json", json.dumps(moment.isoformat())) for name, moment in times.items() if moment},
    }


def _properties(text: str) -> dict[str, Data]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    plain = {name: value for name, value in content.items() if not isinstance(value, list)}
    return {
        name: ("string", value) if isinstance(value, str) else ("json", json.dumps(value))
        for name, value in plain.items()
    }
