"""The endpoints Event Grid posts to: /runtime/webhooks/blobs and /runtime/webhooks/eventgrid."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import web

from local.host.blob_trigger.executor import BlobTriggeredFunction
from local.host.blob_trigger.trigger_message import BlobTriggerMessage, quoted_etag
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.function_metadata import FunctionMetadata
from local.host.http.responses import (
    RequestBodyTooLarge,
    error_response,
    json_response,
    raw_path,
    raw_target,
    read_body,
)
from local.host.invoker import Invocation, Invoker

log = logging.getLogger(__name__)

_BODY_LIMIT = 10 * 1024 * 1024


class EventGridWebhooks:
    """Answers /runtime/webhooks/...: blob events go through the blob queue, others to their function at once."""

    def __init__(
        self,
        blob_functions: Mapping[str, BlobTriggeredFunction],
        blob_queue: BlobTriggerQueue | None,
        event_functions: Mapping[str, FunctionMetadata],
        invoker: Invoker,
    ) -> None:
        self._blob_functions = blob_functions
        self._blob_queue = blob_queue
        self._event_functions = event_functions
        self._invoker = invoker

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        endpoint = raw_path(request).strip("/").removeprefix("runtime/webhooks/").casefold()
        if endpoint not in {"blobs", "eventgrid"}:
            return error_response(404, f"The host has nothing at {request.path}.")
        if request.method == "OPTIONS":
            return _cloud_event_handshake(request)
        if request.method != "POST":
            return error_response(405, "Use POST.", {"Allow": "POST, OPTIONS"})
        name = parse_qs(raw_target(request).partition("?")[2]).get("functionName", [""])[0].rsplit(".", 1)[-1]
        functions: Mapping[str, object] = self._blob_functions if endpoint == "blobs" else self._event_functions
        if name not in functions:
            return error_response(404, f"functionName '{name}' is not a function with this kind of trigger.")
        try:
            events = _parse_events(json.loads(await read_body(request, _BODY_LIMIT)))
        except RequestBodyTooLarge:
            return error_response(413, "The events are too large.")
        except (ValueError, RecursionError) as error:
            return error_response(400, f"The body must contain events as JSON: {error}")
        return await self._receive(request, endpoint, name, events)

    async def _receive(
        self, request: web.BaseRequest, endpoint: str, name: str, events: list[dict[str, Any]]
    ) -> web.Response:
        event_type = request.headers.get("aeg-event-type", "Notification")
        if event_type == "SubscriptionValidation":
            return json_response({"validationResponse": events[0].get("data", {}).get("validationCode")})
        if event_type == "Unsubscribe":
            return web.Response(status=202)
        if endpoint == "blobs":
            return await self._enqueue(self._blob_functions[name], events)
        function = self._event_functions[name]
        successes = await asyncio.gather(*(self._invoke(function, event) for event in events))
        return web.Response(status=202 if all(successes) else 500)

    async def _invoke(self, function: FunctionMetadata, event: dict[str, Any]) -> bool:
        inputs = ((function.trigger.name, ("json", json.dumps(event))),)
        invocation = Invocation(f"event {event.get('eventType', event.get('type'))}", inputs, {})
        return (await self._invoker.invoke(function, invocation)).succeeded

    async def _enqueue(self, target: BlobTriggeredFunction, events: list[dict[str, Any]]) -> web.Response:
        assert self._blob_queue is not None
        for event in events:
            try:
                message = trigger_message(event["data"], target)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                return error_response(400, f"An event lacks what a blob event has: {error!r}")
            if message is None:
                log.warning("ignored an event: its blob does not match the path of '%s'", target.function.name)
            else:
                await self._blob_queue.add(message)
        return web.Response(status=202)


def trigger_message(data: Mapping[str, Any], target: BlobTriggeredFunction) -> BlobTriggerMessage | None:
    """The message for an event about a blob, its URL in the emulator's style or Azure's; None for another path."""
    account_path = urlsplit(str(target.account.blobs.url)).path.strip("/")
    path = urlsplit(data["url"]).path.lstrip("/")
    container, _, blob = path.removeprefix(f"{account_path}/" if account_path else "").partition("/")
    name = unquote(blob)
    if container != target.path.container or target.path.match(name) is None:
        return None
    return BlobTriggerMessage(target.function.name, str(data["blobType"]), container, name, quoted_etag(data["eTag"]))


def _parse_events(content: Any) -> list[dict[str, Any]]:
    events = content if isinstance(content, list) else [content]
    if not events or not all(isinstance(event, dict) for event in events):
        raise ValueError("each event must be an object")
    return events


def _cloud_event_handshake(request: web.BaseRequest) -> web.Response:
    """How a sender of cloud events asks for permission to send."""
    origin = request.headers.get("WebHook-Request-Origin", "*")
    return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
