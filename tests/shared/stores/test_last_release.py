"""What the release before this one wrote is still read, byte for byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date

from azure.storage.blob.aio import BlobServiceClient

from ingest.describe import Description
from ingest.retries import blob_name_in
from shared.stores.descriptions import Descriptions
from shared.stores.failures import Failure, FailureRecords
from shared.stores.spending import SpendingCounter
from shared.stores.spending_page import Spending
from shared.stores.tickets import Ticket
from tests.machine import Azurite

TICKET = '{"name": "a.jpg", "attempt": 2, "since": "2026-05-01T12:00:00Z"}'
FAILURE_ID = "1d1fb5ead8df9bc77ac9e1f1b4b5d0bb"
FAILURE = (
    b'{"id": "1d1fb5ead8df9bc77ac9e1f1b4b5d0bb", "path": "old/\\u00e4.jpg", "state": "retrying", "reason": "busy", '
    b'"attempts": 2, "next_attempt_at": "2026-05-01T12:00:00Z", "last_error": "busy", "unreadable": false}'
)
EARLIER_FAILURE = (
    b'{"id": "2d1fb5ead8df9bc77ac9e1f1b4b5d0bb", "path": "b.jpg", "state": "failed", "reason": "broken", '
    b'"attempts": 1, "next_attempt_at": null, "last_error": "broken"}'
)
PACKED_FAILURE = (  # the same record, compressed and in base64, in the metadata of its blob
    "eNpNjdEKwjAMRX9l9NlpWzan+w6fRBjJmupkdqPNwCH+u434IARCzr2596UGp9pCGWc81gTu4PwR+6aB/kjGG6ywdhpRbQo1A9/E"
    "O41ud1m0pmp7n6+iJAYmkSJxXIfwhZEgTUEoLmkVAsz0mDllZvMZ6Mndj+UtTqvtvtR1qc3J2FbrPGf5HCFxRzFO8T9vCbnDAY7S"
    "7WFM9P4AXls+4g=="
)
SPENDING = b'{"captions": 3, "tokens": 1000}'
DESCRIPTION = (
    b'{"title":"A dog on a beach","alt_text":"A brown dog runs.","caption":"A brown dog runs along a wide beach.",'
    b'"tags":["dog","beach"],"text_in_photo":"","people":0,"setting":"outdoors","colors":["brown"],"tokens":1000}'
)
POISON = (
    '{\r\n  "Type": "BlobTrigger",\r\n  "FunctionId": "Host.Functions.ingest",\r\n  "BlobType": "BlockBlob",\r\n'
    '  "ContainerName": "photos",\r\n  "BlobName": "a b/x.jpg",\r\n  "ETag": "\\"0x8D\\""\r\n}'
)


def against(azurite: Azurite, work: Callable[[BlobServiceClient], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(blobs)

    asyncio.run(run())


def test_a_ticket() -> None:
    assert Ticket.decode(TICKET) == Ticket("a.jpg", 2, "2026-05-01T12:00:00Z")
    assert Ticket.decode('{"name": "a.jpg"}') == Ticket("a.jpg", 1, "")
    assert Ticket.decode('{"name": "a.jpg", "attempt": 1, "since": ""}') == Ticket("a.jpg")


def test_a_failure_record() -> None:
    assert Failure.decode(FAILURE.decode()) == Failure(
        id=FAILURE_ID,
        path="old/ä.jpg",
        state="retrying",
        reason="busy",
        attempts=2,
        next_attempt_at="2026-05-01T12:00:00Z",
        last_error="busy",
    )


def test_a_failure_record_from_before_messages_could_be_unreadable() -> None:
    failure = Failure.decode(EARLIER_FAILURE.decode())

    assert (failure.state, failure.next_attempt_at, failure.unreadable) == ("failed", None, False)


def test_a_failure_record_in_the_container(azurite: Azurite) -> None:
    async def work(blobs: BlobServiceClient) -> None:
        failures = FailureRecords(blobs)
        await failures.ready()
        blob = blobs.get_blob_client("photo-failures", f"{FAILURE_ID}.json")
        await blob.upload_blob(FAILURE, overwrite=True, metadata={"record": PACKED_FAILURE})

        expected = Failure.decode(FAILURE.decode())
        assert await failures.read(FAILURE_ID) == expected
        assert [each async for each in failures.all() if each.id == FAILURE_ID] == [expected]
        await failures.clear(FAILURE_ID)

    against(azurite, work)


def test_a_day_of_spending(azurite: Azurite) -> None:
    async def work(blobs: BlobServiceClient) -> None:
        spending, day = SpendingCounter(blobs), date(2002, 2, 2)
        await spending.ready()
        await blobs.get_blob_client("photo-spending", "2002-02-02.json").upload_blob(SPENDING)

        assert await spending.total(day) == Spending(3, 1000)
        assert not await spending.add(day, captions=1, cap=3)
        assert await spending.add(day, captions=1, tokens=5, cap=4)
        assert await spending.total(day) == Spending(4, 1005)

    against(azurite, work)


def test_a_description(azurite: Azurite) -> None:
    async def work(blobs: BlobServiceClient) -> None:
        descriptions = Descriptions(blobs)
        await descriptions.ready()
        blob = blobs.get_blob_client("photo-descriptions", f"{'9' * 64}/0123456789ab.json")
        await blob.upload_blob(DESCRIPTION, overwrite=True)

        async with descriptions.claim("9" * 64, "0123456789ab") as claim:
            assert claim.description is not None
            description = Description.model_validate_json(claim.description)
        assert (description.title, description.tokens) == ("A dog on a beach", 1000)
        added = {"caption_language": "en", "fields": {}, "suggested_tags": []}
        assert json.loads(description.model_dump_json()) == json.loads(DESCRIPTION) | added

    against(azurite, work)


def test_a_message_that_the_host_gave_up_on() -> None:
    assert blob_name_in(POISON) == "a b/x.jpg"
    assert blob_name_in(TICKET) == "a.jpg"
