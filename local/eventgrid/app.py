"""The stand-in over HTTP: subscriptions, what the storage emulator reports, and control for tests under /__..."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.eventgrid.faults import BadFault, EventFault
from local.eventgrid.storage_events import UnknownOperation, event_of
from local.eventgrid.subscription import BadSubscription, Subscription
from local.eventgrid.topic import HandshakeFailed, Subscriber, Topic


class EventGridApp:
    """Answers for one topic; `encoded` is how blobs' addresses are spelt in its events."""

    def __init__(self, topic: Topic, *, encoded: bool) -> None:
        self._topic = topic
        self._encoded = encoded

    def starlette(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/subscriptions/{name}", self.subscription, methods=["GET", "PUT", "DELETE"]),
                Route("/validate", self.validate, methods=["GET"]),
                Route("/storage-operations", self.storage_operation, methods=["POST"]),
                Route("/__events", self.events, methods=["POST"]),
                Route("/__faults", self.faults, methods=["GET", "POST", "DELETE"]),
                Route("/__release", self.release, methods=["POST"]),
                Route("/__attempts", self.attempts, methods=["GET", "DELETE"]),
                Route("/__health", self.health, methods=["GET"]),
            ]
        )

    async def subscription(self, request: Request) -> Response:
        """As of the resource manager: PUT makes or replaces, after the handshake."""
        name = request.path_params["name"]
        if request.method == "DELETE":
            self._topic.unsubscribe(name)
            return Response(status_code=204)
        if request.method == "GET":
            subscriber = self._topic.find(name)
            return _resource(name, subscriber) if subscriber else _error(404, "ResourceNotFound", f"no {name!r}")
        try:
            subscriber = await self._topic.subscribe(Subscription.parse(name, await _json(request)))
        except (BadSubscription, ValueError) as error:
            return _error(400, "InvalidRequest", str(error))
        except HandshakeFailed as error:
            return _error(400, "URL validation", str(error))
        return _resource(name, subscriber, 201)

    async def validate(self, request: Request) -> Response:
        """The other way to shake hands: a visit to the validation address, by whoever got it."""
        name, code = (request.query_params.get(each, "") for each in ("subscription", "code"))
        if not self._topic.validate(name, code):
            return _error(400, "InvalidRequest", "there is nothing to validate at this address, or no longer")
        return JSONResponse("Webhook successfully validated as a subscription endpoint")

    async def storage_operation(self, request: Request) -> Response:
        try:
            event = event_of(await _json(request), encoded=self._encoded)
        except (UnknownOperation, ValueError, AttributeError) as error:
            return _error(400, "InvalidRequest", str(error))
        if event:
            self._topic.publish(event)
        return Response(status_code=202)

    async def events(self, request: Request) -> Response:
        """Events as they are, such as those that the emulator has no operation for."""
        try:
            content = await _json(request)
        except ValueError as error:
            return _error(400, "InvalidRequest", str(error))
        events = content if isinstance(content, list) else [content]
        if not all(isinstance(event, dict) for event in events):
            return _error(400, "InvalidRequest", "each event must be an object")
        for event in events:
            self._topic.publish(event)
        return Response(status_code=202)

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._topic.faults.clear()
        elif request.method == "POST":
            try:
                self._topic.faults.add(EventFault.parse(await _json(request)))
            except (BadFault, ValueError) as error:
                return _error(400, "InvalidRequest", str(error))
        return JSONResponse(self._topic.faults.bodies())

    async def release(self, _: Request) -> Response:
        return JSONResponse({"released": await self._topic.release()})

    async def attempts(self, request: Request) -> Response:
        """The deliveries so far, each with its answer."""
        if request.method == "DELETE":
            self._topic.attempts.clear()
        return JSONResponse(list(self._topic.attempts))

    async def health(self, _: Request) -> Response:
        return JSONResponse({"pending": self._topic.pending, "held": len(self._topic.held)})


async def _json(request: Request) -> Any:
    return json.loads(await request.body())


def _resource(name: str, subscriber: Subscriber, status: int = 200) -> Response:
    return JSONResponse({"name": name, "properties": {"provisioningState": subscriber.provisioning_state}}, status)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
