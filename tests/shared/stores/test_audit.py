"""Who did what, appended by all instances together, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from shared.stores.audit import CONTAINER, AuditLog, AuditPart, AuditRecord
from tests.machine import Azurite

Work = Callable[[AuditLog, AuditLog, BlobServiceClient], Awaitable[None]]
ALWAYS = (date.min, date.max)


def against(azurite: Azurite, work: Work, *, max_part: int = 1_000_000) -> None:
    """Two logs, as two instances have them."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            with suppress(ResourceNotFoundError):  # others have written to it, perhaps
                await blobs.delete_container(CONTAINER)
            try:
                await work(AuditLog(blobs, max_part=max_part), AuditLog(blobs, max_part=max_part), blobs)
            finally:
                await blobs.delete_container(CONTAINER)

    asyncio.run(run())


def edit(photo: str) -> AuditRecord:
    return AuditRecord(at="2026-11-26T10:11:12Z", action="edited", by="Ann", by_id="1", role="editor", photos=(photo,))


def test_two_instances_write_to_one_day_and_lose_nothing(azurite: Azurite) -> None:
    async def work(one: AuditLog, other: AuditLog, _: BlobServiceClient) -> None:
        records = [edit(f"{number:032x}") for number in range(12)]
        await asyncio.gather(*(log.append([each]) for log, each in zip([one, other] * 6, records, strict=True)))

        kept = [each async for each in other.walk(*ALWAYS)]
        assert sorted(kept, key=lambda each: each.photos) == records
        assert [part.day for part in await one.parts()] == [datetime.now(UTC).date()]

    against(azurite, work)


def test_a_part_that_is_full_is_followed_by_another(azurite: Azurite) -> None:
    async def work(one: AuditLog, other: AuditLog, _: BlobServiceClient) -> None:
        records = [edit(f"{number:032x}") for number in range(10)]
        for log, record in zip([one, other] * 5, records, strict=True):
            await log.append([record])

        parts = await one.parts()
        assert len(parts) > 2
        assert [part.number for part in parts] == list(range(1, len(parts) + 1))
        assert [each async for each in one.walk(*ALWAYS)] == records

    against(azurite, work, max_part=400)


def test_many_records_are_written_in_few_requests_of_a_size_that_azure_takes(azurite: Azurite) -> None:
    async def work(one: AuditLog, _: AuditLog, blobs: BlobServiceClient) -> None:
        ids = tuple(f"{number:032x}" for number in range(1000))
        records = [AuditRecord(at="2026-11-26T10:11:12Z", action="deleted", by="job", photos=ids)] * 60  # 2 MB
        await one.append(records)

        [part] = await one.parts()
        properties = await blobs.get_blob_client(CONTAINER, part.name).get_blob_properties()
        assert properties.append_blob_committed_block_count == 3
        assert [each async for each in one.walk(*ALWAYS)] == records

    against(azurite, work, max_part=8_000_000)


def test_old_days_go_and_blobs_of_others_stay(azurite: Azurite) -> None:
    async def work(one: AuditLog, _: AuditLog, blobs: BlobServiceClient) -> None:
        await one.append([edit("0" * 32)])
        today = datetime.now(UTC).date()
        for name in ("notes.txt", AuditPart(today - timedelta(days=366)).name, AuditPart(today - timedelta(365)).name):
            await blobs.get_blob_client(CONTAINER, name).upload_blob(b"mine")

        assert await one.delete_before(today - timedelta(days=365)) == 1
        assert [part.day for part in await one.parts()] == [today - timedelta(days=365), today]
        assert await blobs.get_blob_client(CONTAINER, "notes.txt").exists()

    against(azurite, work)


def test_a_damaged_line_and_a_blob_of_another_kind_lose_nothing_else(azurite: Azurite) -> None:
    async def work(one: AuditLog, _: AuditLog, blobs: BlobServiceClient) -> None:
        first = AuditPart(datetime.now(UTC).date())
        await one.ready()
        await blobs.get_blob_client(CONTAINER, first.name).upload_blob(b'{"at": ')  # nothing can be appended to it
        await one.append([edit("0" * 32)])
        await one.append([edit("1" * 32)])

        assert [each async for each in one.walk(*ALWAYS)] == [edit("0" * 32), edit("1" * 32)]
        assert await one.read(first) == [None]

    against(azurite, work)


def test_only_the_days_that_are_asked_for_are_read(azurite: Azurite) -> None:
    async def work(one: AuditLog, other: AuditLog, _: BlobServiceClient) -> None:
        await one.append([edit("0" * 32)])
        today = datetime.now(UTC).date()

        assert [each.photos async for each in other.walk(today - timedelta(days=1), today)] == [("0" * 32,)]
        assert [each async for each in other.walk(date.min, today - timedelta(days=2))] == []

    against(azurite, work)
