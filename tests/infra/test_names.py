"""Containers, queues, functions and events: the template and the code agree on their names."""

import re
from typing import Any

import pytest

from tests.infra.source import texts, triggers
from tests.infra.templates import Template

POISON = "-poison"
PACKAGE = "app-package"
BOTH = {"photo-jobs"}  # a container and a queue
SUBSCRIPTION = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
SUBJECT = "/blobServices/default/containers/{}/blobs/{}"  # of Event Grid's events of storage


@pytest.fixture(scope="module")
def storage(app: Template) -> dict[str, Any]:
    return app.arguments("storage")


def queues_of_triggers() -> set[str]:
    return {each["queueName"] for each in triggers().values() if each["type"] == "queueTrigger"}


def test_queues_are_those_of_the_triggers_and_their_poison_queues(storage: dict[str, Any]) -> None:
    queues = queues_of_triggers()
    poison = {each + POISON for each in queues if not each.endswith(POISON)}

    assert set(storage["queues"]) == queues | poison
    assert len(storage["queues"]) == len(set(storage["queues"]))


def test_containers_are_those_of_the_code(storage: dict[str, Any]) -> None:
    names = {each for each in texts() if re.fullmatch(r"photo-[a-z]+", each)}
    queues = queues_of_triggers() - BOTH

    assert set(storage["containers"]) == (names - queues) | {"photos", PACKAGE}


def test_the_package_goes_into_its_own_container(app: Template, storage: dict[str, Any]) -> None:
    uri = app.arguments("app")["packageUri"]

    assert app.body["variables"]["packageContainer"] == PACKAGE
    assert "variables('packageContainer')" in uri


def test_the_code_listens_to_the_container_of_the_template(app: Template) -> None:
    [trigger] = (each for each in triggers().values() if each["type"] == "blobTrigger")

    assert trigger["path"] == f"{app.body['variables']['photoContainer']}/{{name}}"
    assert app.arguments("app")["settings"]["PHOTO_CONTAINER"] == "photos"
    assert app.arguments("topic")["photoContainer"] == "photos"


@pytest.mark.parametrize("template", ["main", "events"])
def test_events_are_those_of_the_container_alone(template: str, request: pytest.FixtureRequest) -> None:
    subscription = request.getfixturevalue(template).resource(SUBSCRIPTION)
    prefix = subscription["properties"]["filter"]["subjectBeginsWith"]

    text = re.fullmatch(r"\[format\('(.*)', parameters\('photoContainer'\)\)\]", prefix)
    assert text
    begin = text[1].replace("{0}", "photos")
    assert SUBJECT.format("photos", "a/b.jpg").startswith(begin)
    assert SUBJECT.format("photos", "photos/c d.heic").startswith(begin)
    assert not SUBJECT.format("photos-old", "a.jpg").startswith(begin)
    assert not SUBJECT.format("photo-derived", "x/preview.jpg").startswith(begin)
    assert subscription["properties"]["filter"].keys() == {"includedEventTypes", "subjectBeginsWith"}
    assert subscription["properties"]["eventDeliverySchema"] == "EventGridSchema"


def test_each_kind_of_event_goes_to_its_function(main: Template, events: Template) -> None:
    deleted, created = main.resource(SUBSCRIPTION), events.resource(SUBSCRIPTION)

    assert deleted["properties"]["filter"]["includedEventTypes"] == ["Microsoft.Storage.BlobDeleted"]
    assert created["properties"]["filter"]["includedEventTypes"] == ["Microsoft.Storage.BlobCreated"]


def test_deletes_go_to_the_queue_that_a_function_reads(app: Template, main: Template) -> None:
    queue = app.arguments("topic")["deletedQueue"]
    delivery = main.resource(SUBSCRIPTION)["properties"]["deliveryWithResourceIdentity"]["destination"]

    assert triggers()["photo_deleted"]["queueName"] == queue
    assert delivery["properties"]["queueName"] == "[parameters('deletedQueue')]"
    assert delivery["endpointType"] == "StorageQueue"


def test_the_webhook_names_a_function_that_exists(events: Template) -> None:
    destination = events.resource(SUBSCRIPTION)["properties"]["destination"]
    url = destination["properties"]["endpointUrl"]
    [name] = re.findall(r"/runtime/webhooks/blobs\?functionName=Host\.Functions\.(\w+)&code=", url)

    assert destination["endpointType"] == "WebHook"
    assert triggers()[name]["type"] == "blobTrigger"


def test_the_key_of_the_webhook_is_a_secret(events: Template) -> None:
    assert events.body["parameters"]["blobsExtensionKey"]["type"] == "securestring"
    assert not events.body.get("outputs")
