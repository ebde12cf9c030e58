"""Failure records as they are kept."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from benchmarks.ingest_calls import Recorder, recording
from shared.access.uploader import NOBODY, Uploader
from shared.errors import NotFound, Outage, Transient
from shared.photo import photo_id
from shared.stores.failures import Failure, FailureRecords
from shared.stores.tickets import Ticket
from tests.machine import Azurite, free_port
from tests.shared.scripted_server import Answer, scripted_server

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
Work = Callable[[FailureRecords, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(FailureRecords(blobs), blobs)

    asyncio.run(run())


def test_a_failure_with_a_due_time_is_retrying() -> None:
    assert Failure.of(Ticket("a.jpg", 3), "busy", due=NOON) == Failure(
        id=photo_id("a.jpg"),
        path="a.jpg",
        state="retrying",
        reason="busy",
        attempts=3,
        next_attempt_at="2026-05-01T12:00:00Z",
        last_error="busy",
    )


def test_a_failure_without_a_due_time_has_failed() -> None:
    failure = Failure.of(Ticket("a.jpg"), "not an image", error="the last one", unreadable=True)

    assert (failure.state, failure.next_attempt_at) == ("failed", None)
    assert (failure.last_error, failure.unreadable) == ("the last one", True)
    assert Failure.decode(failure.encode()) == failure


def test_long_texts_are_cut() -> None:
    failure = Failure.of(Ticket("a.jpg"), "x" * 2000)

    assert (len(failure.reason), len(failure.last_error)) == (500, 1000)


def test_a_fresh_ticket_of_a_failure_begins_now() -> None:
    ticket = Failure.of(Ticket("a.jpg", 7, "2020-01-01T00:00:00Z"), "busy").ticket()

    assert (ticket.name, ticket.attempt) == ("a.jpg", 1)
    assert abs(datetime.fromisoformat(ticket.since) - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_record_is_written_replaced_read_listed_and_cleared(azurite: Azurite) -> None:
    async def work(failures: FailureRecords, _: BlobServiceClient) -> None:
        first, second = Failure.of(Ticket("f/ä.jpg"), "busy", due=NOON), Failure.of(Ticket("f/ä.jpg"), "broken")
        await failures.write(first)
        assert await failures.read(first.id) == first
        await failures.write(second)
        assert await failures.read(first.id) == second
        assert [each async for each in failures.all() if each.id == first.id] == [second]

        await failures.clear(first.id)
        await failures.clear(first.id)
        with pytest.raises(NotFound, match=f"no failure is recorded for {first.id}") as raised:
            await failures.read(first.id)
        assert raised.value.param == "id"
        assert [each async for each in failures.all() if each.id == first.id] == []

    against(azurite, work)


def test_the_longest_of_names_can_fail_and_be_listed(azurite: Azurite) -> None:
    name = "".join(chr(0x4E00 + number * 17 % 20_000) for number in range(1024))

    async def work(failures: FailureRecords, blobs: BlobServiceClient) -> None:
        failure = Failure.of(Ticket(name), "the image is damaged: " + "x" * 400)
        await failures.write(failure)
        container = blobs.get_container_client("photo-failures")
        metadata = (await container.get_blob_client(f"{failure.id}.json").get_blob_properties()).metadata
        assert sum(len(key) + len(value) for key, value in metadata.items()) < 8192
        assert [each.path async for each in failures.all() if each.id == failure.id] == [name]
        await failures.clear(failure.id)

    against(azurite, work)


STRAYS: dict[str, tuple[bytes, dict[str, str] | None]] = {
    "notes.txt": (b"hello", None),
    "folder/\u05d0.bin": (b"\xff\xfe" * 9, {"record": "?"}),
    "large.json": (b"{}" * 100_000, {"record": "eJwDAAAAAAE="}),
    f"{'0' * 32}.json": (b'{"id": "cut', {"record": "bm90IHpsaWI="}),
    "other.json": (b"{}", {"Owner": "somebody"}),
}


def test_a_stray_blob_among_the_records_hides_no_other(azurite: Azurite) -> None:
    async def work(failures: FailureRecords, blobs: BlobServiceClient) -> None:
        container = blobs.get_container_client("photo-failures")
        first, lost = Failure.of(Ticket("s/first.jpg"), "busy", due=NOON), Failure.of(Ticket("s/lost.jpg"), "broken")
        await failures.write(first)
        await failures.write(lost)
        await container.get_blob_client(f"{lost.id}.json").set_blob_metadata({})
        for name, (data, metadata) in STRAYS.items():
            await container.get_blob_client(name).upload_blob(data, metadata=metadata, overwrite=True)

        records = [each async for each in failures.all()]

        assert first in records
        assert lost in records
        strays = {each.path: each for each in records if each.unreadable}
        assert strays.keys() == {f"(blob) {name}" for name in STRAYS}
        assert strays["(blob) notes.txt"].reason == (
            "the blob notes.txt in the container photo-failures is not a failure record: delete it there"
        )
        with pytest.raises(NotFound):
            await failures.read("0" * 32)
        for name in (*STRAYS, f"{first.id}.json", f"{lost.id}.json"):
            await container.delete_blob(name)

    against(azurite, work)


def test_a_record_that_metadata_cannot_hold_is_listed_all_the_same(azurite: Azurite) -> None:
    generator = random.Random(1)

    def odd(length: int) -> str:
        return "".join(chr(generator.randrange(0x20000, 0x2A6DF)) for _ in range(length))

    async def work(failures: FailureRecords, _: BlobServiceClient) -> None:
        failure = Failure.of(Ticket(odd(1024)), odd(500), error=odd(1000), due=NOON, digest="ab" * 32)
        await failures.write(failure)

        assert failure in [each async for each in failures.all()]
        assert await failures.read(failure.id) == failure
        await failures.clear(failure.id)

    against(azurite, work)


@pytest.mark.parametrize(
    ("due", "is_overdue"),
    [
        (None, False),
        ("2026-05-01T11:00:00Z", False),
        ("2026-05-02T12:00:00Z", False),
        ("2026-04-30T12:00:00Z", True),
        ("soon", True),
        ("2026-05-01", True),
    ],
)
def test_an_attempt_that_should_have_begun_hours_ago_is_overdue(due: str | None, is_overdue: bool) -> None:
    failure = Failure(id="a", path="a", state="retrying", reason="why", attempts=1, next_attempt_at=due)

    assert failure.is_overdue(NOON) is is_overdue


@pytest.fixture
def none_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.stores.failures.ALONE_AFTER", math.inf)


@pytest.mark.usefixtures("none_is_alone")
def test_records_that_are_cleared_together_take_one_request(azurite: Azurite) -> None:
    async def work(failures: FailureRecords, _: BlobServiceClient) -> None:
        broken, busy = Failure.of(Ticket("together/a.jpg"), "broken"), Failure.of(Ticket("together/b.jpg"), "busy")
        await failures.write(broken)
        await failures.write(busy)
        ids = [busy.id, photo_id("together/none.jpg"), broken.id]

        recorder = Recorder({})
        async with recording(recorder):
            found = await asyncio.gather(*(failures.clear(each, with_others=True) for each in ids))
            again = await failures.clear(broken.id, with_others=True)

        assert (found, again) == ([True, False, True], False)
        assert [each.what.split()[0] for each in recorder.calls] == ["POST", "DELETE"]
        assert not {each.id async for each in failures.all()} & set(ids)

    against(azurite, work)


GONE = Answer(404, b"", {"x-ms-error-code": "BlobNotFound"})


def batch_answer(*statuses: str) -> Answer:
    parts = [
        f"--batch\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nHTTP/1.1 {status}\r\n\r\n\r\n"
        for number, status in enumerate(statuses)
    ]
    body = "".join([*parts, "--batch--"]).encode()
    return Answer(202, body, {"Content-Type": "multipart/mixed; boundary=batch"})


@pytest.mark.usefixtures("none_is_alone")
@pytest.mark.parametrize("refused", [("400 Bad Request",), ("503 Server Busy", "500 Internal Server Error")])
async def test_records_that_cannot_be_cleared_together_are_cleared_one_by_one(refused: Sequence[str]) -> None:
    async with (
        scripted_server(Answer(201), batch_answer(*refused), Answer(202), GONE) as server,
        BlobServiceClient(f"{server.url}/account", credential={"account_name": "account", "account_key": ""}) as blobs,
    ):
        failures = FailureRecords(blobs)
        ids = [photo_id("a.jpg"), photo_id("b.jpg")]

        found = await asyncio.gather(*(failures.clear(each, with_others=True) for each in ids))

    assert sorted(found) == [False, True]  # both are asked at the same time, so either may have either answer
    assert [each.method for each in server.requests] == ["PUT", "POST", "DELETE", "DELETE"]


@pytest.mark.usefixtures("none_is_alone")
async def test_one_record_that_cannot_be_cleared_among_others_is_cleared_alone() -> None:
    answer = batch_answer("404 Not Found", "503 Server Busy", "202 Accepted")
    async with (
        scripted_server(Answer(201), answer, Answer(202)) as server,
        BlobServiceClient(f"{server.url}/account", credential={"account_name": "account", "account_key": ""}) as blobs,
    ):
        failures = FailureRecords(blobs)
        ids = [photo_id(name) for name in ("a.jpg", "b.jpg", "c.jpg")]

        found = await asyncio.gather(*(failures.clear(each, with_others=True) for each in ids))

    assert found == [False, True, True]
    *_, batch, delete = server.requests
    assert batch.body.count(b"DELETE ") == 3
    assert delete.target.endswith(f"{ids[1]}.json")


@pytest.mark.usefixtures("none_is_alone")
async def test_one_record_that_cannot_be_cleared_fails_for_itself() -> None:
    leased = Answer(412, b"", {"x-ms-error-code": "LeaseIdMissing"})
    async with (
        scripted_server(Answer(201), batch_answer("202 Accepted", "412 Leased", "404 Not Found"), leased) as server,
        BlobServiceClient(f"{server.url}/account", credential={"account_name": "account", "account_key": ""}) as blobs,
    ):
        failures = FailureRecords(blobs)
        clearing = [failures.clear(photo_id(name), with_others=True) for name in ("a.jpg", "b.jpg", "c.jpg")]

        was_there, error, was_not = await asyncio.gather(*clearing, return_exceptions=True)

    assert (was_there, was_not) == (True, False)
    assert isinstance(error, Transient)


@pytest.mark.usefixtures("none_is_alone")
@pytest.mark.parametrize("answer", [Answer(202, b"fine"), Answer(202, b"", {"Content-Type": "multipart/mixed"})])
async def test_an_answer_that_is_none_of_a_batch_counts_for_nothing(answer: Answer) -> None:
    async with (
        scripted_server(Answer(201), answer, Answer(202)) as server,
        BlobServiceClient(f"{server.url}/account", credential={"account_name": "account", "account_key": ""}) as blobs,
    ):
        failures = FailureRecords(blobs)

        found = await asyncio.gather(*(failures.clear(photo_id(name), with_others=True) for name in ("a", "b")))

    assert found == [True, True]


async def test_records_that_cannot_be_reached_are_an_outage() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        failures = FailureRecords(blobs)
        calls: list[Coroutine[Any, Any, object]] = [failures.read("a"), failures.write(Failure.of(Ticket("a"), "why"))]
        calls += [failures.clear(each, with_others=True) for each in ("a", "b")]
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, Outage)
            assert str(error).startswith("blob storage cannot be reached")


def test_a_failure_knows_whose_the_photo_is(azurite: Azurite) -> None:
    async def work(_: FailureRecords, blobs: BlobServiceClient) -> None:
        async def uploader(path: str) -> Uploader:
            if path == "unknown.jpg":
                raise Outage("storage cannot be reached")
            return Uploader("1", "Ann") if path == "own.jpg" else NOBODY

        records = FailureRecords(blobs, uploader=uploader)
        for path in ("own.jpg", "nobodys.jpg", "unknown.jpg"):
            await records.write(Failure.of(Ticket(path), "broken"))
        await records.write(Failure.of(Ticket("own.jpg "), "broken", unreadable=True))

        owners = {each.path: (each.owner, each.uploaded_by) async for each in records.all()}
        assert owners["own.jpg"] == ("1", "Ann")
        assert {owners[path] for path in ("nobodys.jpg", "unknown.jpg", "own.jpg ")} == {("", "")}
        assert (await records.read(photo_id("own.jpg"))).owner == "1"
        for path in ("own.jpg", "nobodys.jpg", "unknown.jpg", "own.jpg "):
            await records.clear(photo_id(path))

    against(azurite, work)


def test_a_record_of_the_time_before_uploaders_belongs_to_nobody() -> None:
    text = '{"id": "1", "path": "a.jpg", "state": "failed", "reason": "broken", "attempts": 1}'

    assert Failure.decode(text).owner == ""
