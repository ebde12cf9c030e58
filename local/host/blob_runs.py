"""Runs functions on blobs: takes events off the host's queue, checks that they still hold, fetches, invokes."""

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

from .blob_path import BlobPath
from .blob_queue import BlobEvent, quoted
from .bound_data import model_binding_data
from .connections import Account
from .functions import Binding, Function
from .invocations import Invoker, Start
from .messages import Message, Undecodable
from .outages import OUTAGES
from .worker import Data

log = logging.getLogger(__name__)


class BlobChanged(Exception):
    """The blob is no longer the version the event speaks of."""


@dataclass(frozen=True)
class BlobFunction:
    """A function with a blob trigger, the account it watches and how it hears of blobs."""

    function: Function
    account: Account
    path: BlobPath
    event_grid: bool


class BlobRuns:
    """Works on messages of the blob queue; False asks for another attempt."""

    def __init__(self, functions: Mapping[str, BlobFunction], invoker: Invoker) -> None:
        self._functions = functions
        self._invoker = invoker

    async def process(self, message: Message) -> bool:
        try:
            event = BlobEvent.decode(message.text(True))
        except (Undecodable, ValueError, KeyError, TypeError, AttributeError) as error:
            log.error("dropped a message that is no blob event: %s", error)
            return True
        target = self._functions.get(event.function)
        if target is None:
            log.warning("dropped an event for the function '%s', which is gone", event.function)
            return True
        return await self.run(target, event, f"new blob '{event.container}/{event.blob}'")

    async def run(self, target: BlobFunction, event: BlobEvent, reason: str) -> bool:
        """Invoke the function on the blob; a blob that is gone or changed counts as done."""
        try:
            start = await self._start(target, event, reason)
        except ResourceNotFoundError:
            log.info("'%s/%s' is gone before '%s' saw it", event.container, event.blob, event.function)
            return True
        except BlobChanged:
            log.info("'%s/%s' changed: '%s' will see the new version", event.container, event.blob, event.function)
            return True
        except OUTAGES as error:
            log.warning("cannot read '%s/%s': %s", event.container, event.blob, error)
            return False
        return (await self._invoker.invoke(target.function, start)).succeeded

    async def _start(self, target: BlobFunction, event: BlobEvent, reason: str) -> Start:
        client = target.account.blobs.get_blob_client(event.container, event.blob)
        data, properties = await _fetch(target.function.trigger, event, client)
        # Of Event Grid's versions only this one is told: the real host runs on whatever is there now.
        if event.etag not in {quoted(properties.etag), '""'} and not target.event_grid:
            raise BlobChanged
        metadata = {**describe(event, client.url, properties), **_tokens(target.path, event.blob)}
        return Start(reason, ((target.function.trigger.name, data),), metadata)


async def _fetch(trigger: Binding, event: BlobEvent, client: BlobClient) -> tuple[Data, BlobProperties]:
    """Content and properties of one version, in one request; an SDK client needs no content."""
    if trigger.deferred:
        properties = await client.get_blob_properties()
        return model_binding_data(trigger, event.container, event.blob), properties
    try:
        stream = await client.download_blob()
        content = await stream.readall()
    except ResourceModifiedError:
        raise BlobChanged from None
    data = ("string", content.decode(errors="replace")) if trigger.wants_text else ("bytes", content)
    return data, stream.properties


def describe(event: BlobEvent, url: str, properties: BlobProperties) -> dict[str, Data]:
    """The trigger metadata of a blob, named as the real host names it."""
    return {
        "BlobTrigger": ("string", f"{event.container}/{event.blob}"),
        "Uri": ("json", json.dumps(url)),
        "Properties": ("json", json.dumps(_properties(properties), default=_plain)),
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
        "ETag": quoted(blob.etag),
        "ContentHash": settings.content_md5,
        "ContentEncoding": settings.content_encoding,
        "ContentDisposition": settings.content_disposition,
        "ContentLanguage": settings.content_language,
        "CacheControl": settings.cache_control,
        "AccessTier": blob.blob_tier,
        "VersionId": blob.version_id,
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return str(value)


def _tokens(path: BlobPath, name: str) -> dict[str, Data]:
    return {token: ("string", value) for token, value in (path.match(name) or {}).items()}
