"""Failure records as they are kept."""

import asyncio
from datetime import UTC, datetime

from azure.storage.blob.aio import BlobServiceClient

from shared.stores.failures import Failure, FailureRecords
from shared.stores.tickets import Ticket
from tests.machine import Azurite

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_failure_with_a_due_time_is_retrying_and_without_has_failed() -> None:
    ticket = Ticket("a.jpg", 3)

    assert Failure.of(ticket, "busy", due=NOON).state == "retrying"
    assert Failure.of(ticket, "no image").state == "failed"
    assert Failure.decode(Failure.of(ticket, "no image").encode()).path == "a.jpg"


def test_the_longest_of_names_can_fail_and_be_listed(azurite: Azurite) -> None:
    name = "".join(chr(0x4E00 + number * 17 % 20_000) for number in range(1024))

    async def run() -> list[Failure]:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            failures = FailureRecords(blobs)
            failure = Failure.of(Ticket(name), "the image is damaged: " + "x" * 400)
            await failures.write(failure)
            container = blobs.get_container_client("photo-failures")
            metadata = (await container.get_blob_client(f"{failure.id}.json").get_blob_properties()).metadata
            assert sum(len(key) + len(value) for key, value in metadata.items()) < 8192
            records = [each async for each in failures.all() if each.id == failure.id]
            await failures.clear(failure.id)
            return records

    assert [each.path for each in asyncio.run(run())] == [name]
