"""The Event Grid stand-in in a process of its own, and a world whose app hears of blobs through it, as on Azure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.machine import Azurite, free_port, running_azurite
from tests.world import Process, World, python, running_around

CREATED, DELETED = "Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"
PREFIX = "/blobServices/default/containers/photos/blobs/"
FLEX = {"WEBSITE_SKU": "FlexConsumption", "PHOTO_EVENTS": "eventgrid"}
HTTP_CONCURRENCY = ("--http-concurrency", "16")
# Pauses between attempts are 10 s to an hour; divided by this, no test waits for them.
SPEED = "200"


@dataclass
class EventGrid:
    """The stand-in, and what a test does with it."""

    process: Process
    url: str

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return httpx.request(method, f"{self.url}{path}", json=body, timeout=60, trust_env=False)

    def subscribe(self, name: str, destination: Mapping[str, Any], types: list[str], **options: Any) -> httpx.Response:
        properties = {
            "destination": destination,
            "filter": {"includedEventTypes": types, "subjectBeginsWith": PREFIX},
            "eventDeliverySchema": "EventGridSchema",
            **options,
        }
        return self.ask("PUT", f"/subscriptions/{name}", {"properties": properties})

    def subscribe_app(self, app_url: str, *, key: str = "") -> None:
        """The two subscriptions of the app: new blobs to its function, deletes to its queue."""
        query = f"functionName=Host.Functions.photo_arrived{f'&code={key}' if key else ''}"
        webhook = {"endpointUrl": f"{app_url}/runtime/webhooks/blobs?{query}", "maxEventsPerBatch": 1}
        queue = {"resourceId": "local", "queueName": "photo-deleted"}
        created = {"endpointType": "WebHook", "properties": webhook}
        deleted = {"endpointType": "StorageQueue", "properties": queue}
        for name, destination, type_ in (("photo-arrived", created, CREATED), ("photo-deleted", deleted, DELETED)):
            answer = self.subscribe(name, destination, [type_])
            assert answer.json()["properties"]["provisioningState"] == "Succeeded", answer.text

    def disturb(self, **fault: Any) -> None:
        """Make something happen to events: `action` is lose, duplicate or hold."""
        self.ask("POST", "/__faults", fault).raise_for_status()

    def release(self) -> None:
        """Deliver what is held, the last event first."""
        self.ask("POST", "/__release").raise_for_status()

    def calm(self) -> None:
        self.ask("DELETE", "/__faults").raise_for_status()
        self.release()

    def publish(self, *events: Mapping[str, Any]) -> None:
        self.ask("POST", "/__events", list(events)).raise_for_status()

    def attempts(self, part_of_subject: str = "") -> list[dict[str, Any]]:
        """The attempts at deliveries of events with this in their subject."""
        attempts: list[dict[str, Any]] = self.ask("GET", "/__attempts").json()
        return [each for each in attempts if any(part_of_subject in str(subject) for subject in each["subjects"])]

    def assert_idle(self, *, held: int = 0) -> None:
        """Assert that no event is on its way, and as many are held."""
        assert self.ask("GET", "/__health").json() == {"pending": 0, "held": held}


@contextmanager
def running_event_grid(azurite: Azurite, folder: Path, *options: str) -> Iterator[EventGrid]:
    """The stand-in at the address that this Azurite reports to."""
    port = azurite.event_grid.rpartition(":")[2]
    process = Process(
        "event-grid",
        python("local.eventgrid", "--port", port, "--speed", SPEED, *options),
        f"{azurite.event_grid}/__health",
        folder,
        {"EVENT_GRID_STORAGE": azurite.connection_string},
    )
    try:
        process.start()
        yield EventGrid(process, azurite.event_grid)
    finally:
        process.stop()


def event_grid_address() -> str:
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def running_on_flex(folder: Path, **moved: str) -> Iterator[tuple[World, EventGrid]]:
    """The product as on Flex Consumption: events by Event Grid, both subscriptions made, 16 requests at a time."""
    with (
        running_azurite(event_grid=event_grid_address()) as azurite,
        running_event_grid(azurite, folder) as events,
        running_around(azurite, folder, fast=True, moved={**FLEX, **moved}, host_options=HTTP_CONCURRENCY) as world,
    ):
        events.subscribe_app(world.host.url)
        yield world, events
