"""Input and output bindings: blobs read for a function, queue messages and blobs written after it."""

import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from .connections import Connections
from .functions import Binding, Function
from .handling import send
from .messages import wrap
from .worker import Data

log = logging.getLogger(__name__)

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class BrokenBinding(Exception):
    """A binding that cannot be filled in or delivered; the text names it."""


class BoundData:
    """Fetches inputs and delivers outputs; `wrote` is told the URL of every queue written to."""

    def __init__(self, connections: Connections, base64: bool, wrote: Callable[[str], None]) -> None:
        self._connections = connections
        self._base64 = base64
        self._wrote = wrote

    async def read(self, function: Function, metadata: Mapping[str, Data]) -> list[tuple[str, Data]]:
        """The function's input parameters; a blob that is not there is None."""
        return [(binding.name, await self._read(binding, function, metadata)) for binding in function.inputs]

    async def write(
        self,
        function: Function,
        value: Data | None,
        outputs: Mapping[str, Data | None],
        metadata: Mapping[str, Data],
    ) -> None:
        """Deliver what the function returned and set; http results are the caller's."""
        for binding in function.outputs:
            data = value if binding.name == "$return" else outputs.get(binding.name)
            if data is not None and binding.type == "queue":
                await self._enqueue(binding, function, data)
            elif data is not None and binding.type == "blob":
                await self._upload(binding, function, data, metadata)

    async def _read(self, binding: Binding, function: Function, metadata: Mapping[str, Data]) -> Data:
        container, name = fill_path(binding, metadata)
        if binding.deferred:
            return model_binding_data(binding, container, name)
        account = self._connections.account(binding.connection, function.name)
        try:
            stream = await account.blobs.get_blob_client(container, name).download_blob()
            content = await stream.readall()
        except ResourceNotFoundError:
            return "none", None
        return ("string", content.decode(errors="replace")) if binding.wants_text else ("bytes", content)

    async def _upload(self, binding: Binding, function: Function, data: Data, metadata: Mapping[str, Data]) -> None:
        container, name = fill_path(binding, metadata)
        blobs = self._connections.account(binding.connection, function.name).blobs
        content = data[1] if isinstance(data[1], (str, bytes)) else json.dumps(data[1])
        try:
            await blobs.get_blob_client(container, name).upload_blob(content, overwrite=True)
        except ResourceNotFoundError:
            await blobs.create_container(container)
            await blobs.get_blob_client(container, name).upload_blob(content, overwrite=True)

    async def _enqueue(self, binding: Binding, function: Function, data: Data) -> None:
        account = self._connections.account(binding.connection, function.name)
        queue = account.queues.get_queue_client(str(binding.data["queueName"]))
        for content in _messages(data):
            await send(queue, wrap(content, self._base64))
        self._wrote(queue.url)


def fill_path(binding: Binding, metadata: Mapping[str, Data]) -> tuple[str, str]:
    """Container and blob name of a binding's path, its {expressions} taken from the trigger."""
    known = {name.casefold(): value for name, value in metadata.items()}

    def replacement(match: re.Match[str]) -> str:
        return _expression(match[1], known, binding)

    container, _, name = _EXPRESSION.sub(replacement, str(binding.data["path"])).partition("/")
    if not name:
        raise BrokenBinding(f"the path of binding '{binding.name}' names no blob: '{binding.data['path']}'")
    return container, name


def model_binding_data(binding: Binding, container: str, name: str) -> Data:
    """Where a blob is, for a parameter that is an SDK client."""
    content = {"Connection": binding.connection, "ContainerName": container, "BlobName": name}
    return "model_binding_data", {
        "version": "1.0",
        "source": "AzureStorageBlobs",
        "content_type": "application/json",
        "content": json.dumps(content),
    }


def _expression(text: str, known: Mapping[str, Data], binding: Binding) -> str:
    name, _, form = text.partition(":")
    if name.casefold() == "rand-guid":
        return uuid.uuid4().hex if form.upper() == "N" else str(uuid.uuid4())
    if name.casefold() == "datetime":
        return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    if name.casefold() not in known:
        raise BrokenBinding(f"binding '{binding.name}' needs '{{{text}}}', which its trigger does not provide")
    kind, value = known[name.casefold()]
    decoded = json.loads(value) if kind == "json" else value
    return decoded if isinstance(decoded, str) else json.dumps(decoded)


def _messages(data: Data) -> list[str | bytes]:
    """One message per item of a list; a message object stands for its body."""
    kind, value = data
    if kind != "json":
        return [value if isinstance(value, bytes) else str(value)]
    decoded = json.loads(value)
    items = decoded if isinstance(decoded, list) else [decoded]
    return [_message(item) for item in items]


def _message(item: Any) -> str:
    if isinstance(item, dict) and set(item) == {"id", "body"}:
        return str(item["body"])
    return item if isinstance(item, str) else json.dumps(item)
