"""
The endpoints Event Grid posts to: /runtime/webhooks/blobs and /runtime/webhooks/eventgrid.

They answer as the real host does, even where that hides a mistake; the log says what Azure would not.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from local.host.blob_trigger.executor import BlobTriggeredFunction
from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.function_metadata import FunctionMetadata
from local.host.http.blob_event import function_of, trigger_message
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
_NOTHING_RUNS = "took %d events for functionName=%r and nothing will ever run, as in Azure; the right name is: %s"


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
        name = parse_qs(raw_target(request).partition("?")[2]).get("functionName", [""])[0]
        function = self._event_functions.get(name.rsplit(".", 1)[-1])
        if endpoint == "eventgrid" and function is None:
            return error_response(404, f"functionName '{name}' is not a function with this kind of trigger.")
        return await self._receive(request, name, function if endpoint == "eventgrid" else None)

    async def _receive(
        self, request: web.BaseRequest, name: str, function: FunctionMetadata | None
    ) -> web.StreamResponse:
        """Events for the function that takes them itself or, without one, for the blob function of this name."""
        event_type = request.headers.get("aeg-event-type", "")
        if event_type not in {"SubscriptionValidation", "Unsubscribe", "Notification"}:
            return error_response(400, "The header aeg-event-type must say what this is, such as Notification.")
        try:
            events = _parse_events(json.loads(await read_body(request, _BODY_LIMIT)))
        except RequestBodyTooLarge:
            return error_response(413, "The events are too large.")
        except (ValueError, RecursionError) as error:
            return error_response(500, f"The body must contain events as JSON: {error}")
        if event_type == "SubscriptionValidation":
            return _validation_response(events)
        if event_type == "Unsubscribe":
            return web.Response(status=202)
        return await (self._run(function, events) if function else self._enqueue(name, events))

    async def _run(self, function: FunctionMetadata, events: list[Any]) -> web.Response:
        successes = await asyncio.gather(*(self._invoke(function, event) for event in events))
        return web.Response(status=202 if all(successes) else 500)

    async def _invoke(self, function: FunctionMetadata, event: Any) -> bool:
        inputs = ((function.trigger.name, ("json", json.dumps(event))),)
        type_ = event.get("eventType", event.get("type")) if isinstance(event, dict) else None
        invocation = Invocation(f"event {type_}", inputs, {})
        return (await self._invoker.invoke(function, invocation)).succeeded

    async def _enqueue(self, function_id: str, events: list[Any]) -> web.Response:
        """Queue one message for each event; those before one that cannot be read stay queued."""
        name = function_of(function_id, self._blob_functions)
        if name is None:
            log.error(_NOTHING_RUNS, len(events), function_id, _suggestions(self._blob_functions))
            return web.Response(status=202)
        assert self._blob_queue is not None
        target = self._blob_functions[name]
        for event in events:
            try:
                message = trigger_message(event, target)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                return error_response(500, f"An event lacks what a blob event has: {error!r}")
            _warn_of_surprises(event, message, target)
            await self._blob_queue.add(message)
        return web.Response(status=202)


def _warn_of_surprises(event: Any, message: BlobTriggerMessage, target: BlobTriggeredFunction) -> None:
    """Say what the real host does without a word."""
    if message.container != target.path.container:
        log.warning(
            "'%s' runs on a blob of the container '%s', as in Azure: check the filter of the subscription",
            target.function.name,
            message.container,
        )
    type_ = event.get("eventType", event.get("type"))
    if type_ != "Microsoft.Storage.BlobCreated":
        log.warning("'%s' runs for an event of the type %s, as in Azure", target.function.name, type_)


def _suggestions(functions: Mapping[str, object]) -> str:
    return ", ".join(f"Host.Functions.{name}" for name in functions) or "there is no function with a blob trigger"


def _validation_response(events: list[Any]) -> web.Response:
    try:
        return json_response({"validationResponse": events[0]["data"]["validationCode"]})
    except (IndexError, KeyError, TypeError) as error:
        return error_response(500, f"A validation event has data with a validationCode: {error!r}")


def _parse_events(content: Any) -> list[Any]:
    if not isinstance(content, (list, dict)):
        raise ValueError("it must be an event or an array of events")
    return content if isinstance(content, list) else [content]


def _cloud_event_handshake(request: web.BaseRequest) -> web.Response:
    """How a sender of cloud events asks for permission to send."""
    origin = request.headers.get("WebHook-Request-Origin", "*")
    return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
