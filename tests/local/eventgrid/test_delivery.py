"""Deliveries: attempts, batches, dead letters, queues, and what may happen to events on demand."""

import base64
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.eventgrid.app import EventGridApp
from local.eventgrid.faults import BadFault, EventFault
from local.eventgrid.retry_schedule import seconds_until_retry
from local.eventgrid.subscription import Subscription
from local.eventgrid.topic import Subscriber, Topic
from tests.local.eventgrid.conftest import event, notifications, to_webhook
from tests.machine import Azurite, eventually
from tests.shared.scripted_server import Answer, ScriptedServer


async def subscribe(topic: Topic, webhook: ScriptedServer, *answers: Answer, **options: Any) -> Subscriber:
    """A subscription whose handshake is done, and a webhook that gives these answers from now on."""
    subscriber = await topic.subscribe(to_webhook(webhook, **options))
    subscriber.state = "Succeeded"
    webhook.script(*(answers or (Answer(),)))
    return subscriber


async def settled(topic: Topic) -> None:
    """Wait until nothing is on its way."""

    async def check() -> None:
        assert not topic.pending

    await eventually(check)


def ids(webhook: ScriptedServer) -> list[list[str]]:
    return [[each["id"] for each in request.json()] for request in notifications(webhook)]


async def test_an_event_is_an_array_of_one(topic: Topic, webhook: ScriptedServer) -> None:
    await subscribe(topic, webhook)

    topic.publish(event())
    topic.publish(event("b.jpg"))
    await settled(topic)

    assert sorted(ids(webhook)) == [["a.jpg"], ["b.jpg"]]
    assert "aeg-subscription-name: photo-arrived" in webhook.requests[0].head.lower()


async def test_a_batch_is_as_large_as_what_waits_and_no_larger(topic: Topic, webhook: ScriptedServer) -> None:
    await subscribe(topic, webhook, batch=3)

    for number in range(7):
        topic.publish(event(str(number)))
    await settled(topic)

    assert sorted(ids(webhook)) == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


async def test_a_batch_ends_before_it_is_too_large_but_holds_at_least_one(
    topic: Topic, webhook: ScriptedServer
) -> None:
    await subscribe(topic, webhook, batch=10)

    for number in range(3):
        topic.publish({**event(str(number)), "data": {"text": "x" * 40_000}})
    await settled(topic)

    assert sorted(ids(webhook)) == [["0"], ["1"], ["2"]]


@pytest.mark.parametrize("trouble", [Answer(500), Answer(503), Answer(404), Answer(302), Answer(fault="broken")])
async def test_whatever_is_no_success_is_tried_again_as_it_was(
    trouble: Answer, topic: Topic, webhook: ScriptedServer
) -> None:
    await subscribe(topic, webhook, trouble, trouble, Answer(202), batch=2)

    topic.publish(event("a.jpg"))
    topic.publish(event("b.jpg"))
    await settled(topic)

    assert ids(webhook) == [["a.jpg", "b.jpg"]] * 3
    counts = [line for each in webhook.requests for line in each.head.splitlines() if "delivery-count" in line]
    assert [line.split(": ")[1] for line in counts] == ["0", "1", "2"]
    assert [each["outcome"] for each in topic.attempts] == ["retrying", "retrying", "delivered"]


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_some_refusals_are_final(status: int, topic: Topic, webhook: ScriptedServer) -> None:
    await subscribe(topic, webhook, Answer(status))

    topic.publish(event())
    await settled(topic)

    assert [each["outcome"] for each in topic.attempts] == ["Undeliverable"]


@pytest.mark.parametrize(
    ("attempts", "status", "seconds"),
    [(1, 500, 10), (2, 500, 30), (7, 500, 3600), (30, 500, 3600), (1, 503, 30), (1, 408, 120), (2, 404, 300)],
)
def test_the_pauses_are_the_documented_ones(attempts: int, status: int, seconds: int) -> None:
    assert seconds_until_retry(attempts, status) == seconds


async def test_what_cannot_be_delivered_is_kept_as_a_dead_letter(
    topic: Topic, webhook: ScriptedServer, azurite: Azurite
) -> None:
    container = f"letters-{uuid4().hex}"
    letters = {"endpointType": "StorageBlob", "properties": {"blobContainerName": container}}
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        client = blobs.create_container(container)
        await subscribe(
            topic,
            webhook,
            Answer(500),
            retryPolicy={"maxDeliveryAttempts": 2},
            deadLetterDestination=letters,
        )
        topic.publish(event())
        await settled(topic)
        [name] = client.list_blob_names()
        [letter] = json.loads(client.download_blob(name).readall())

    assert name.startswith("PHOTO-ARRIVED/")
    assert letter["id"] == "a.jpg"
    assert (letter["deadLetterReason"], letter["deliveryAttempts"]) == ("MaxDeliveryAttemptsExceeded", 2)
    assert letter["lastDeliveryOutcome"] == "InternalServerError"


async def test_a_queue_gets_one_message_for_each_event_as_the_functions_host_reads_them(
    topic: Topic, azurite: Azurite
) -> None:
    name = f"q{uuid4().hex}"
    destination = {"endpointType": "StorageQueue", "properties": {"queueName": name}}
    await topic.subscribe(Subscription.parse("photo-deleted", {"properties": {"destination": destination}}))
    topic.publish(event("a ü.jpg"))
    with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        queue = queues.create_queue(name)  # after the first attempt, perhaps
        await settled(topic)
        [message] = queue.receive_messages()

    assert json.loads(base64.b64decode(message.content))["id"] == "a ü.jpg"


async def test_events_are_lost_doubled_or_held_on_demand(topic: Topic, webhook: ScriptedServer) -> None:
    await subscribe(topic, webhook)
    topic.faults.add(EventFault("lose", match="lost"))
    topic.faults.add(EventFault("duplicate", match="twice"))
    topic.faults.add(EventFault("hold", match="held", count=0))

    for name in ("lost", "twice", "held 1", "held 2", "twice once", "lost not"):
        topic.publish(event(name))
    await settled(topic)
    assert sorted(ids(webhook)) == [["lost not"], ["twice"], ["twice"], ["twice once"]]

    webhook.requests.clear()
    assert await topic.release() == 2
    assert ids(webhook) == [["held 2"], ["held 1"]]


@pytest.mark.parametrize("body", [[], {}, {"action": "burn"}, {"action": "lose", "count": -1}, {"acton": "lose"}])
def test_a_fault_that_makes_no_sense_is_refused(body: object) -> None:
    with pytest.raises(BadFault):
        EventFault.parse(body)


async def test_what_storage_reports_becomes_an_event(topic: Topic, webhook: ScriptedServer) -> None:
    await subscribe(topic, webhook)
    address = "http://127.0.0.1:10000/devstoreaccount1/photos/a%2520b%20%F0%9F%98%80.jpg"
    operation = {"api": "PutBlob", "address": address, "etag": '"0x1"', "contentLength": 5}

    for encoded in (False, True):
        transport = httpx.ASGITransport(EventGridApp(topic, encoded=encoded).starlette())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            assert (await http.post("/storage-operations", json=operation)).status_code == 202
            for path, content in [
                ("/storage-operations", '{"api": "Dance"}'),
                ("/__events", "["),
                ("/__events", "[1]"),
            ]:
                assert (await http.post(path, content=content)).status_code == 400
        await settled(topic)

    raw, quoted = [request.json()[0] for request in notifications(webhook)]
    assert raw["subject"] == "/blobServices/default/containers/photos/blobs/a%20b \ufffd.jpg"
    assert raw["eventType"] == "Microsoft.Storage.BlobCreated"
    assert raw["data"]["url"].endswith("/devstoreaccount1/photos/a%20b 😀.jpg")
    assert quoted["data"]["url"] == address
    assert raw["data"]["eTag"] == "0x1"
    assert raw["data"]["sequencer"] < quoted["data"]["sequencer"]
