"""A topic in this process, a webhook that a test scripts, and real storage for queues and dead letters."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.eventgrid.destinations import Destinations
from local.eventgrid.subscription import Subscription
from local.eventgrid.topic import Topic
from tests.machine import Azurite
from tests.shared.scripted_server import Request, ScriptedServer, scripted_server

CREATED = "Microsoft.Storage.BlobCreated"
PREFIX = "/blobServices/default/containers/photos/blobs/"


@pytest.fixture
async def topic(azurite: Azurite) -> AsyncIterator[Topic]:
    """Pauses between attempts are a thousandth of the real ones."""
    destinations = Destinations(azurite.connection_string)
    topic = Topic(destinations, address="http://127.0.0.1:1", speed=1000)
    yield topic
    topic.stop()
    await destinations.close()


@pytest.fixture
async def webhook() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


def event(name: str = "a.jpg", type_: str = CREATED) -> dict[str, Any]:
    return {"id": name, "eventType": type_, "subject": f"{PREFIX}{name}", "data": {}}


def to_webhook(server: ScriptedServer, *, batch: int = 1, **properties: Any) -> Subscription:
    target = {"endpointUrl": f"{server.url}/hook?code=secret", "maxEventsPerBatch": batch}
    destination = {"endpointType": "WebHook", "properties": target}
    return Subscription.parse("photo-arrived", {"properties": {"destination": destination, **properties}})


def notifications(server: ScriptedServer) -> list[Request]:
    return [each for each in server.requests if "aeg-event-type: notification" in each.head.lower()]
