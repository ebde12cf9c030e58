"""The local host does, row by row, what Microsoft's own trigger code was recorded to do (data/triggers)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError

from tests.local.host.conftest import HostSandbox, RunningHost, new_sandbox
from tests.machine import ROOT, Azurite, eventually

RECORDED: dict[str, Any] = json.loads((ROOT / "tests/data/triggers/triggers.json").read_text("utf-8"))
ADDRESSES = RECORDED["event_addresses"]
NOTIFICATION = {"aeg-event-type": "Notification"}
FUNCTION = "Host.Functions.event"


@dataclass
class Recorder:
    """The functions of the recording under the local host, and what it was asked then."""

    host: RunningHost
    sandbox: HostSandbox

    def post(self, body: object, headers: dict[str, str] = NOTIFICATION, function: str | None = FUNCTION) -> int:
        """The status that the webhook answers with, once all that it has queued has run."""
        query = {} if function is None else {"functionName": function}
        url, content = f"{self.host.url}/runtime/webhooks/blobs", body if isinstance(body, bytes) else json.dumps(body)
        status = httpx.post(url, params=query, headers=headers, content=content, trust_env=False).status_code
        eventually(self.assert_idle)
        return status

    def assert_idle(self) -> None:
        """Assert that the host has finished with every message in its own queue."""
        try:
            count = self.blob_queue.get_queue_properties().approximate_message_count
        except ResourceNotFoundError:
            return
        assert not count

    @cached_property
    def blob_queue(self) -> Any:
        return self.sandbox.queue_named(f"azure-webjobs-blobtrigger-{self.sandbox.name}")

    def ran(self, work: Callable[[], object]) -> tuple[object, list[str]]:
        """What the work returns, and the blobs that the function ran on meanwhile, as container/name."""
        before = len(self.host.events("event"))
        result = work()
        events = self.host.events("event")[before:]
        return result, [f"{each['container'].removeprefix(f'{self.sandbox.name}-')}/{each['name']}" for each in events]

    def event(self, url: str, **changes: Any) -> dict[str, Any]:
        """An event about the blob at an address such as events/a.jpg; None in `changes` leaves a property out."""
        data = {
            "api": "PutBlob",
            "eTag": "0x8D4BCC2E4835CD0",
            "blobType": "BlockBlob",
            "url": f"{self.sandbox.azurite.blob_url}/{self.sandbox.name}-{url}",
            **changes.pop("data", {}),
        }
        event = {
            "id": "1",
            "eventType": "Microsoft.Storage.BlobCreated",
            "subject": f"/blobServices/default/containers/{self.sandbox.name}-{url}",
            "data": {name: value for name, value in data.items() if value is not None},
            **changes,
        }
        return {name: value for name, value in event.items() if value is not None}


@pytest.fixture(scope="module")
def recorder(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with new_sandbox(azurite, tmp_path_factory.mktemp("recorded")) as sandbox:
        for suffix in ("-photos", "-events", "-quiet", "-failing"):
            sandbox.container(suffix)
        for suffix in ("-tickets", "-bad"):
            sandbox.queue(suffix)
        for row in RECORDED["polling"]:
            sandbox.container("-photos").upload_blob(row["name"], b"1")
        events = sandbox.container("-events")
        for name in {each["blob"] for each in ADDRESSES}:
            events.upload_blob(name, b"1")
        sandbox.container("-quiet").upload_blob("a.jpg", b"1")
        sandbox.container("-failing").upload_blob("x.jpg", b"1")
        sandbox.queue("-bad", raw=True).send_message("ZmFpbHM=")
        for row in RECORDED["queue"]:
            sandbox.queue("-tickets", raw=True).send_message(row["raw"])
        recorder = Recorder(sandbox.start("recorded_app"), sandbox)
        eventually(lambda: assert_failed(recorder))
        yield recorder


def assert_failed(recorder: Recorder) -> None:
    """The blob that always fails has been given up, so that only what a test asks for is in the host's queue."""
    assert len(recorder.host.events("blob attempt")) == len(RECORDED["failing"]["blob_trigger"]["attempts_at_s"])
    recorder.assert_idle()


@pytest.mark.parametrize("row", RECORDED["polling"], ids=lambda row: row["name"])
def test_polling_gives_every_name_as_it_is(row: dict[str, str], recorder: Recorder) -> None:
    def arrived() -> dict[str, Any]:
        [event] = [each for each in recorder.host.events("polling") if each["name"] == row["name"]]
        return event

    uri = eventually(arrived)["uri"]
    assert uri == f"{recorder.sandbox.azurite.blob_url}/{recorder.sandbox.name}-{row['uri']}"
    assert unquote(row["uri"]) == f"photos/{row['name']}"


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: f"{row['spelling']} {row['blob']}")
def test_an_event_is_about_the_blob_that_its_address_spells(row: dict[str, Any], recorder: Recorder) -> None:
    status, blobs = recorder.ran(lambda: recorder.post([recorder.event(row["url"])]))

    assert status == 202
    assert blobs == ([] if row["received"] is None else [f"events/{row['received']}"])


# What the recording posted: the events, or another body, header or function name.
CASES: dict[str, Callable[[Recorder], int]] = {
    "validation": lambda at: at.post(
        [{"data": {"validationCode": "abc"}}], {"aeg-event-type": "SubscriptionValidation"}
    ),
    "unsubscribe": lambda at: at.post([], {"aeg-event-type": "Unsubscribe"}),
    "no header": lambda at: at.post([at.event("events/a.jpg")], {}),
    "single object": lambda at: at.post(at.event("events/a.jpg")),
    "empty array": lambda at: at.post([]),
    "not json": lambda at: at.post(b"not json"),
    "deleted event": lambda at: at.post([at.event("events/a.jpg", eventType="Microsoft.Storage.BlobDeleted")]),
    "renamed event": lambda at: at.post([at.event("events/a.jpg", eventType="Microsoft.Storage.BlobRenamed")]),
    "wrong etag": lambda at: at.post([at.event("events/a.jpg", data={"eTag": "0x1"})]),
    "no such blob": lambda at: at.post([at.event("events/missing.jpg")]),
    "other container": lambda at: at.post([at.event("quiet/missing.jpg")]),
    "other container, blob there": lambda at: at.post([at.event("quiet/a.jpg")]),
    "no data": lambda at: at.post([{"id": "1", "eventType": "Microsoft.Storage.BlobCreated"}]),
    "first bad, second good": lambda at: at.post([{"id": "1"}, at.event("events/a.jpg")]),
    "first good, second bad": lambda at: at.post([at.event("events/a.jpg"), {"id": "1"}]),
    "directory event of a hierarchical account": lambda at: at.post(
        [at.event("events/dir", eventType="Microsoft.Storage.DirectoryCreated", data={"eTag": None, "blobType": None})]
    ),
    "no function name": lambda at: at.post([at.event("events/a.jpg")], function=None),
    "unknown function": lambda at: at.post([at.event("events/a.jpg")], function="Host.Functions.nobody"),
    "short function name": lambda at: at.post([at.event("events/a.jpg")], function="event"),
    "page blob": lambda at: at.post([at.event("events/a.jpg", data={"blobType": "PageBlob"})]),
    "no etag": lambda at: at.post([at.event("events/a.jpg", data={"eTag": None})]),
    "batch of 3": lambda at: at.post([at.event(f"events/{name}") for name in ("a.jpg", "A.JPG", "dir/sub/x.jpg")]),
    "cloud event": lambda at: at.post(
        [at.event("events/a.jpg", eventType=None, type="Microsoft.Storage.BlobCreated", specversion="1.0")]
    ),
}


@pytest.mark.parametrize("row", RECORDED["webhook"], ids=lambda row: row["case"])
def test_the_webhook_answers_and_runs_what_the_real_one_does(row: dict[str, Any], recorder: Recorder) -> None:
    status, blobs = recorder.ran(lambda: CASES[row["case"]](recorder))

    assert status == (500 if isinstance(row["status"], str) else row["status"])
    assert sorted(blobs) == sorted(row["ran"])


@pytest.mark.parametrize("case", ["no function name", "unknown function", "short function name"])
def test_a_wrong_function_name_is_accepted_but_said_in_the_log(case: str, recorder: Recorder) -> None:
    before = recorder.host.log.count("nothing will ever run")

    CASES[case](recorder)

    assert recorder.host.log.count("nothing will ever run") == before + 1
    assert "the right name is: " in recorder.host.log
    assert FUNCTION in recorder.host.log


@pytest.mark.parametrize("case", ["deleted event", "renamed event", "other container, blob there"])
def test_an_event_that_should_not_be_sent_here_is_said_in_the_log(case: str, recorder: Recorder) -> None:
    before = recorder.host.log.count(", as in Azure")

    CASES[case](recorder)

    assert recorder.host.log.count(", as in Azure") == before + 1


def test_a_function_that_binds_the_name_fails_on_a_blob_of_another_container(recorder: Recorder) -> None:
    event = recorder.event("quiet/a.jpg")

    assert recorder.post([event], function="Host.Functions.binds_name") == 202

    poison = recorder.sandbox.queue_named("webjobs-blobtrigger-poison")
    messages = [json.loads(each.content) for each in poison.peek_messages(max_messages=32)]
    ours = [each for each in messages if each["ContainerName"] == f"{recorder.sandbox.name}-quiet"]
    assert [each["FunctionId"] for each in ours] == ["Host.Functions.binds_name"]
    assert not recorder.host.events("binds name")


@pytest.mark.parametrize("row", RECORDED["queue"], ids=lambda row: row["case"])
def test_a_message_arrives_as_its_text_or_is_put_aside_as_it_is(row: dict[str, Any], recorder: Recorder) -> None:
    def dealt_with() -> None:
        tickets = [each for each in recorder.host.events("ticket") if each["text"] in row["received"]]
        assert [(each["text"], each["attempt"]) for each in tickets] == [
            (text, count) for text, count in zip(row["received"], row["dequeue_count"], strict=True)
        ]
        assert (row["raw"] in poisoned(recorder, "-tickets")) == (not row["received"])

    eventually(dealt_with)


def poisoned(recorder: Recorder, suffix: str) -> list[str]:
    queue = recorder.sandbox.queue_named(f"{recorder.sandbox.name}{suffix}-poison", raw=True)
    try:
        return [str(each.content or "") for each in queue.peek_messages(max_messages=32)]
    except ResourceNotFoundError:
        return []


def test_a_blob_that_always_fails_is_put_aside_with_the_message_about_it(recorder: Recorder) -> None:
    poison = recorder.sandbox.queue_named("webjobs-blobtrigger-poison")
    contents = [each.content for each in poison.peek_messages(max_messages=32)]

    [content] = [each for each in contents if f"{recorder.sandbox.name}-failing" in each]

    recorded = json.loads(RECORDED["failing"]["blob_trigger"]["poison"])
    message = json.loads(content)
    etag = recorder.sandbox.container("-failing").get_blob_client("x.jpg").get_blob_properties().etag
    ours = {"FunctionId": "Host.Functions.fails", "ContainerName": f"{recorder.sandbox.name}-failing", "ETag": etag}
    assert list(message.items()) == list({**recorded, **ours}.items())
    assert content == json.dumps(message, indent=2)


def test_a_message_that_always_fails_is_tried_again_after_its_pause(recorder: Recorder) -> None:
    recorded = RECORDED["failing"]["queue_trigger"]
    bodies = [each["body"] for each in recorded["poison"] if each["queue"] == "bad-poison"]

    def put_aside() -> None:
        assert poisoned(recorder, "-bad") == bodies

    eventually(put_aside)
    times = [each["at"] for each in recorder.host.events("queue attempt")]
    assert len(times) == len(recorded["attempts_at_s"])
    assert all(later - earlier >= 1.5 for earlier, later in pairwise(times))


def test_what_changes_runs_again_and_what_is_deleted_does_not(recorder: Recorder) -> None:
    blob = recorder.sandbox.container("-photos").get_blob_client("changing.jpg")

    def runs() -> list[dict[str, str]]:
        return [each["metadata"] for each in recorder.host.events("polling") if each["name"] == "changing.jpg"]

    def assert_runs(*metadata: dict[str, str]) -> None:
        assert runs() == list(metadata)

    blob.upload_blob(b"1")
    eventually(lambda: assert_runs({}))
    blob.upload_blob(b"2", overwrite=True)
    eventually(lambda: assert_runs({}, {}))
    blob.set_blob_metadata({"about": "it"})
    eventually(lambda: assert_runs({}, {}, {"about": "it"}))
    blob.delete_blob()
    other = recorder.sandbox.container("-photos").upload_blob("after the delete.jpg", b"1")

    def noticed() -> None:
        assert any(each["name"] == other.blob_name for each in recorder.host.events("polling"))

    eventually(noticed)
    assert_runs({}, {}, {"about": "it"})
