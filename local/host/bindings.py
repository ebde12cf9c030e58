"""Input and output bindings: read blobs for a function, write queue messages and blobs after it."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from local.host.connections import StorageConnections
from local.host.function_metadata import Binding, FunctionMetadata
from local.host.queue_trigger.received_message import encode_message
from local.host.storage_operations import send_message
from local.host.worker_channel import TypedData

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class BindingError(Exception):
    """A binding that cannot be resolved or delivered; the message names it."""


class InputOutputBindings:
    """Reads inputs and writes outputs; `on_queue_write` receives the URL of every queue written to."""

    def __init__(self, connections: StorageConnections, base64: bool, on_queue_write: Callable[[str], None]) -> None:
        self._connections = connections
        self._base64 = base64
        self._on_queue_write = on_queue_write

    async def read_inputs(
        self, function: FunctionMetadata, metadata: Mapping[str, TypedData]
    ) -> list[tuple[str, TypedData]]:
        """The function's input parameters; a blob that does not exist is None."""
        return [(binding.name, await self._read_blob(binding, function, metadata)) for binding in function.inputs]

    async def write_outputs(
        self,
        function: FunctionMetadata,
        value: TypedData | None,
        outputs: Mapping[str, TypedData | None],
        metadata: Mapping[str, TypedData],
    ) -> None:
        """Deliver what the function returned and set; the caller deals with HTTP results."""
        for binding in function.outputs:
            data = value if binding.name == "$return" else outputs.get(binding.name)
            if data is not None and binding.type == "queue":
                await self._send_messages(binding, function, data)
            elif data is not None and binding.type == "blob":
                await self._write_blob(binding, function, data, metadata)

    async def _read_blob(
        self, binding: Binding, function: FunctionMetadata, metadata: Mapping[str, TypedData]
    ) -> TypedData:
        container, name = resolve_blob_path(binding, metadata)
        if binding.is_deferred:
            return model_binding_data(binding, container, name)
        account = self._connections.account(binding.connection, function.name)
        try:
            stream = await account.blobs.get_blob_client(container, name).download_blob()
            content = await stream.readall()
        except ResourceNotFoundError:
            return "none", None
        return ("string", content.decode(errors="replace")) if binding.is_text else ("bytes", content)

    async def _write_blob(
        self, binding: Binding, function: FunctionMetadata, data: TypedData, metadata: Mapping[str, TypedData]
    ) -> None:
        container, name = resolve_blob_path(binding, metadata)
        blobs = self._connections.account(binding.connection, function.name).blobs
        content = data[1] if isinstance(data[1], (str, bytes)) else json.dumps(data[1])
        try:
            await blobs.get_blob_client(container, name).upload_blob(content, overwrite=True)
        except ResourceNotFoundError:
            await blobs.create_container(container)
            await blobs.get_blob_client(container, name).upload_blob(content, overwrite=True)

    async def _send_messages(self, binding: Binding, function: FunctionMetadata, data: TypedData) -> None:
        account = self._connections.account(binding.connection, function.name)
        queue = account.queues.get_queue_client(str(binding.data["queueName"]))
        for content in _message_contents(data):
            await send_message(queue, encode_message(content, self._base64))
        self._on_queue_write(queue.url)


def resolve_blob_path(binding: Binding, metadata: Mapping[str, TypedData]) -> tuple[str, str]:
    """Container and blob name of a binding's path, with its {expressions} taken from the trigger metadata."""
    values = {name.casefold(): value for name, value in metadata.items()}
    path = _EXPRESSION.sub(lambda match: _evaluate(match[1], values, binding), str(binding.data["path"]))
    container, _, name = path.partition("/")
    if not name:
        raise BindingError(f"the path of binding '{binding.name}' names no blob: '{binding.data['path']}'")
    return container, name


def model_binding_data(binding: Binding, container: str, name: str) -> TypedData:
    """Where a blob is, for a parameter that is an SDK client."""
    content = {"Connection": binding.connection, "ContainerName": container, "BlobName": name}
    return "model_binding_data", {
        "version": "1.0",
        "source": "AzureStorageBlobs",
        "content_type": "application/json",
        "content": json.dumps(content),
    }


def _evaluate(expression: str, values: Mapping[str, TypedData], binding: Binding) -> str:
    name, _, format_ = expression.partition(":")
    if name.casefold() == "rand-guid":
        return uuid.uuid4().hex if format_.upper() == "N" else str(uuid.uuid4())
    if name.casefold() == "datetime":
        return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    if name.casefold() not in values:
        raise BindingError(f"binding '{binding.name}' needs '{{{expression}}}', which its trigger does not provide")
    kind, value = values[name.casefold()]
    decoded = json.loads(value) if kind == "json" else value
    return decoded if isinstance(decoded, str) else json.dumps(decoded)


def _message_contents(data: TypedData) -> list[str | bytes]:
    """One message per item of a list; of a message object, only its body is sent."""
    kind, value = data
    if kind != "json":
        return [value if isinstance(value, bytes) else str(value)]
    decoded = json.loads(value)
    items = decoded if isinstance(decoded, list) else [decoded]
    return [_message_text(item) for item in items]


def _message_text(item: Any) -> str:
    if isinstance(item, dict) and set(item) == {"id", "body"}:
        return str(item["body"])
    return item if isinstance(item, str) else json.dumps(item)
