"""Subscriptions: how they are written down, what they match, and the handshake with a webhook."""

import json
from typing import Any

import httpx
import pytest

from local.eventgrid import topic as module
from local.eventgrid.app import EventGridApp
from local.eventgrid.destinations import Destinations
from local.eventgrid.subscription import BadSubscription, Subscription
from local.eventgrid.topic import HandshakeFailed, Topic
from tests.local.eventgrid.conftest import CREATED, PREFIX, event, notifications, to_webhook
from tests.machine import Azurite, eventually
from tests.shared.scripted_server import Answer, ScriptedServer

QUEUE = {"endpointType": "StorageQueue", "properties": {"queueName": "q"}}
HOOK = {"endpointType": "WebHook", "properties": {"endpointUrl": "http://127.0.0.1:1/hook"}}


def subscription(**filter_: Any) -> Subscription:
    return Subscription.parse("name", {"properties": {"destination": QUEUE, "filter": filter_}})


@pytest.mark.parametrize(
    ("filter_", "matches"),
    [
        ({}, True),
        ({"includedEventTypes": [CREATED]}, True),
        ({"includedEventTypes": ["microsoft.storage.blobcreated"]}, True),
        ({"includedEventTypes": ["Microsoft.Storage.BlobDeleted"]}, False),
        ({"subjectBeginsWith": PREFIX}, True),
        ({"subjectBeginsWith": PREFIX.upper()}, True),
        ({"subjectBeginsWith": PREFIX.upper(), "isSubjectCaseSensitive": True}, False),
        ({"subjectBeginsWith": "/blobServices/default/containers/photo"}, True),
        ({"subjectBeginsWith": "/blobServices/default/containers/photo/"}, False),
        ({"subjectEndsWith": ".jpg"}, True),
        ({"subjectEndsWith": ".png"}, False),
    ],
)
def test_a_filter_looks_at_type_and_both_ends_of_the_subject(filter_: dict[str, Any], matches: bool) -> None:
    assert subscription(**filter_).filter.matches(event()) is matches


def test_a_subscription_of_a_template_is_understood() -> None:
    """Delivery with the topic's identity, retries and dead letters, as the resource manager writes them."""
    letters = {"endpointType": "StorageBlob", "properties": {"blobContainerName": "letters"}}
    properties = {
        "deliveryWithResourceIdentity": {"identity": {"type": "SystemAssigned"}, "destination": QUEUE},
        "retryPolicy": {"maxDeliveryAttempts": 3, "eventTimeToLiveInMinutes": 2},
        "deadLetterDestination": letters,
    }

    parsed = Subscription.parse("name", {"properties": properties})

    assert (parsed.queue, parsed.max_attempts, parsed.time_to_live, parsed.dead_letters) == ("q", 3, 120, "letters")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (None, "properties must be an object"),
        ({}, "destination must be an object"),
        ({"destination": {"endpointType": "EventHub", "properties": {}}}, "endpointType is 'EventHub'"),
        ({"destination": {"endpointType": "WebHook", "properties": {}}}, "endpointUrl is missing"),
        ({"destination": HOOK, "retryPolicy": {"maxDeliveryAttempts": 31}}, "a number from 1 to 30"),
    ],
)
def test_what_azure_refuses_is_refused_with_the_reason(properties: object, reason: str) -> None:
    with pytest.raises(BadSubscription, match=reason):
        Subscription.parse("name", {"properties": properties})


async def test_a_webhook_that_returns_the_code_gets_events(azurite: Azurite, webhook: ScriptedServer) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer_like_the_host))
    destinations = Destinations(azurite.connection_string, http)
    try:
        subscriber = await Topic(destinations, address="", speed=1).subscribe(to_webhook(webhook))
    finally:
        await destinations.close()

    assert subscriber.provisioning_state == "Succeeded"


def answer_like_the_host(request: httpx.Request) -> httpx.Response:
    [asked] = json.loads(request.content)
    assert request.headers["aeg-event-type"] == "SubscriptionValidation"
    assert asked["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    return httpx.Response(200, json={"validationResponse": asked["data"]["validationCode"]})


async def test_a_webhook_that_only_says_yes_gets_none_until_somebody_visits_the_address(
    topic: Topic, webhook: ScriptedServer
) -> None:
    subscriber = await topic.subscribe(to_webhook(webhook))
    assert subscriber.provisioning_state == "AwaitingManualAction"
    topic.publish(event("early.jpg"))

    address = webhook.requests[0].json()[0]["data"]["validationUrl"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(EventGridApp(topic, encoded=False).starlette())) as http:
        assert (await http.get(address + "0")).status_code == 400
        assert (await http.get(address)).status_code == 200
    topic.publish(event("late.jpg"))

    async def arrived() -> None:
        assert [each.json()[0]["id"] for each in notifications(webhook)] == ["late.jpg"]

    await eventually(arrived)
    assert subscriber.provisioning_state == "Succeeded"


async def test_after_ten_minutes_it_is_too_late_to_visit(
    topic: Topic, webhook: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = await topic.subscribe(to_webhook(webhook))

    monkeypatch.setattr(module, "VALIDATION_SECONDS", -1)

    assert subscriber.provisioning_state == "Failed"
    assert not topic.validate("photo-arrived", subscriber.code)


@pytest.mark.parametrize("answer", [Answer(401), Answer(404), Answer(fault="broken")])
async def test_a_webhook_that_refuses_makes_no_subscription(
    answer: Answer, topic: Topic, webhook: ScriptedServer
) -> None:
    webhook.script(answer)

    with pytest.raises(HandshakeFailed, match="Webhook validation handshake failed") as error:
        await topic.subscribe(to_webhook(webhook))

    assert "secret" not in str(error.value)
    assert topic.find("photo-arrived") is None
