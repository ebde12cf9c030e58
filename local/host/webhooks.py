"""Event Grid's door: /runtime/webhooks/blobs and /runtime/webhooks/eventgrid."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import web

from .blob_queue import BlobEvent, BlobQueue, quoted
from .blob_runs import BlobFunction
from .functions import Function
from .invocations import Invoker, Start
from .replies import TooLarge, error_reply, json_reply, raw_path, raw_target, read_body

log = logging.getLogger(__name__)

_BODY_LIMIT = 10 * 1024 * 1024


class Webhooks:
    """Answers /runtime/webhooks/...: blob events go through the queue, others to their function at once."""

    def __init__(
        self,
        blobs: Mapping[str, BlobFunction],
        queue: BlobQueue | None,
        subscribers: Mapping[str, Function],
        invoker: Invoker,
    ) -> None:
        self._blobs = blobs
        self._queue = queue
        self._subscribers = subscribers
        self._invoker = invoker

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        kind = raw_path(request).strip("/").removeprefix("runtime/webhooks/").casefold()
        if kind not in {"blobs", "eventgrid"}:
            return error_reply(404, f"The host has nothing at {request.path}.")
        if request.method == "OPTIONS":
            return _cloud_handshake(request)
        if request.method != "POST":
            return error_reply(405, "Use POST.", {"Allow": "POST, OPTIONS"})
        name = parse_qs(raw_target(request).partition("?")[2]).get("functionName", [""])[0].rsplit(".", 1)[-1]
        known: Mapping[str, object] = self._blobs if kind == "blobs" else self._subscribers
        if name not in known:
            return error_reply(404, f"functionName '{name}' is no function with this kind of trigger.")
        try:
            events = _events(json.loads(await read_body(request, _BODY_LIMIT)))
        except TooLarge:
            return error_reply(413, "The events are too large.")
        except ValueError as error:
            return error_reply(400, f"The body must hold events as JSON: {error}")
        return await self._receive(request, kind, name, events)

    async def _receive(
        self, request: web.BaseRequest, kind: str, name: str, events: list[dict[str, Any]]
    ) -> web.Response:
        sort = request.headers.get("aeg-event-type", "Notification")
        if sort == "SubscriptionValidation":
            return json_reply({"validationResponse": events[0].get("data", {}).get("validationCode")})
        if sort == "Unsubscribe":
            return web.Response(status=202)
        if kind == "blobs":
            return await self._enqueue(self._blobs[name], events)
        function = self._subscribers[name]
        outcomes = await asyncio.gather(*(self._invoke(function, event) for event in events))
        return web.Response(status=202 if all(outcomes) else 500)

    async def _invoke(self, function: Function, event: dict[str, Any]) -> bool:
        inputs = ((function.trigger.name, ("json", json.dumps(event))),)
        start = Start(f"event {event.get('eventType', event.get('type'))}", inputs, {})
        return (await self._invoker.invoke(function, start)).succeeded

    async def _enqueue(self, target: BlobFunction, events: list[dict[str, Any]]) -> web.Response:
        assert self._queue is not None
        for event in events:
            try:
                found = blob_event(event["data"], target)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                return error_reply(400, f"An event lacks what a blob event has: {error!r}")
            if found is None:
                log.warning("ignored an event: its blob does not match the path of '%s'", target.function.name)
            else:
                await self._queue.add(found)
        return web.Response(status=202)


def blob_event(data: Mapping[str, Any], target: BlobFunction) -> BlobEvent | None:
    """The event of a blob's URL, in the emulator's style or Azure's; None for another path."""
    base = urlsplit(str(target.account.blobs.url)).path.strip("/")
    path = urlsplit(data["url"]).path.lstrip("/")
    container, _, blob = path.removeprefix(f"{base}/" if base else "").partition("/")
    name = unquote(blob)
    if container != target.path.container or target.path.match(name) is None:
        return None
    return BlobEvent(target.function.name, str(data["blobType"]), container, name, quoted(data["eTag"]))


def _events(content: Any) -> list[dict[str, Any]]:
    events = content if isinstance(content, list) else [content]
    if not events or not all(isinstance(event, dict) for event in events):
        raise ValueError("each event must be an object")
    return events


def _cloud_handshake(request: web.BaseRequest) -> web.Response:
    """How a sender of cloud events asks whether it may."""
    origin = request.headers.get("WebHook-Request-Origin", "*")
    return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
