"""Runs functions on blobs: takes messages off the host's queue, checks them, fetches the blob, invokes."""

import asyncio
import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient

from local.host.bindings import model_binding_data
from local.host.blob_trigger.path_pattern import BlobPathPattern
from local.host.blob_trigger.trigger_message import BlobTriggerMessage, quoted_etag
from local.host.connections import StorageAccount
from local.host.function_metadata import Binding, FunctionMetadata
from local.host.invoker import Invocation, Invoker
from local.host.queue_trigger.received_message import MessageDecodingError, ReceivedMessage
from local.host.storage_errors import STORAGE_ERRORS, is_refusal
from local.host.worker_channel import TypedData

log = logging.getLogger(__name__)

_OUTAGE_PAUSE = 2.0


class BlobVersionChanged(Exception):
    """The blob is no longer the version that the message names."""


@dataclass(frozen=True)
class BlobTriggeredFunction:
    """A function with a blob trigger, the account of its blobs, and whether Event Grid reports them."""

    function: FunctionMetadata
    account: StorageAccount
    path: BlobPathPattern
    event_grid: bool


class BlobTriggerExecutor:
    """Runs functions on the messages of the blob queue; False asks for another attempt."""

    def __init__(self, functions: Mapping[str, BlobTriggeredFunction], invoker: Invoker) -> None:
        self._functions = functions
        self._invoker = invoker

    async def process(self, message: ReceivedMessage) -> bool:
        try:
            trigger_message = BlobTriggerMessage.decode(message.text(True))
        except (MessageDecodingError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.error("dropped a message that is not a blob trigger message: %s", error)
            return True
        target = self._functions.get(trigger_message.function)
        if target is None:
            log.warning("dropped a message for the function '%s', which no longer exists", trigger_message.function)
            return True
        return await self.run(target, trigger_message, f"new blob '{_path(trigger_message)}'")

    async def run(self, target: BlobTriggeredFunction, message: BlobTriggerMessage, reason: str) -> bool:
        """Invoke the function on the blob; a blob that is gone or has changed counts as done."""
        try:
            invocation = await self._prepare(target, message, reason)
        except ResourceNotFoundError:
            log.info("'%s' was deleted before '%s' ran on it", _path(message), message.function)
            return True
        except BlobVersionChanged:
            log.info("'%s' has changed: '%s' will run on the new version", _path(message), message.function)
            return True
        except STORAGE_ERRORS as error:
            log.warning("cannot read '%s': %s", _path(message), error)
            return False
        return (await self._invoker.invoke(target.function, invocation)).succeeded

    async def _prepare(self, target: BlobTriggeredFunction, message: BlobTriggerMessage, reason: str) -> Invocation:
        """What to invoke the function with; waits while storage does not respond, so that this takes no attempts."""
        while True:
            try:
                with target.account.availability.watch("blob"):
                    return await self._read(target, message, reason)
            except STORAGE_ERRORS as error:
                if is_refusal(error):
                    raise
            await asyncio.sleep(_OUTAGE_PAUSE)

    async def _read(self, target: BlobTriggeredFunction, message: BlobTriggerMessage, reason: str) -> Invocation:
        client = target.account.blobs.get_blob_client(message.container, message.blob)
        data, properties = await _fetch(target.function.trigger, message, client)
        # Event Grid reports each version once, so the real host runs on whatever is there now.
        if message.etag not in {quoted_etag(properties.etag), '""'} and not target.event_grid:
            raise BlobVersionChanged
        values = target.path.match_blob(message.container, message.blob) or {}
        tokens = {token: ("string", value) for token, value in values.items()}
        metadata = {**trigger_metadata(message, client.url, properties), **tokens}
        return Invocation(reason, ((target.function.trigger.name, data),), metadata)


def _path(message: BlobTriggerMessage) -> str:
    return f"{message.container}/{message.blob}"


async def _fetch(trigger: Binding, message: BlobTriggerMessage, client: BlobClient) -> tuple[TypedData, BlobProperties]:
    """Content and properties of one version, in one request; a parameter that is an SDK client needs no content."""
    if trigger.is_deferred:
        properties = await client.get_blob_properties()
        return model_binding_data(trigger, message.container, message.blob), properties
    try:
        stream = await client.download_blob()
        content = await stream.readall()
    except ResourceModifiedError:
        raise BlobVersionChanged from None
    data = ("string", content.decode(errors="replace")) if trigger.is_text else ("bytes", content)
    return data, stream.properties


def trigger_metadata(message: BlobTriggerMessage, url: str, properties: BlobProperties) -> dict[str, TypedData]:
    """The trigger metadata of a blob, under the real host's names."""
    return {
        "BlobTrigger": ("string", _path(message)),
        "Uri": ("json", json.dumps(url)),
        "Properties": ("json", json.dumps(_properties(properties), default=_to_json)),
        "Metadata": ("json", json.dumps(properties.metadata or {})),
    }


def _properties(blob: BlobProperties) -> dict[str, Any]:
    settings = blob.content_settings
    return {
        "LastModified": blob.last_modified,
        "CreatedOn": blob.creation_time,
        "Metadata": blob.metadata or {},
        "BlobType": blob.blob_type,
        "ContentLength": blob.size,
        "ContentType": settings.content_type,
        "ETag": quoted_etag(blob.etag),
        "ContentHash": settings.content_md5,
        "ContentEncoding": settings.content_encoding,
        "ContentDisposition": settings.content_disposition,
        "ContentLanguage": settings.content_language,
        "CacheControl": settings.cache_control,
        "AccessTier": blob.blob_tier,
        "VersionId": blob.version_id,
    }


def _to_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return str(value)
