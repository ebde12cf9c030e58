"""How far reconcile is: kept in one blob, which one worker at a time changes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import PreconditionFailed
from shared.photo import utc
from shared.stores.reconcile_rounds import BLOB, CONTAINER, ReconcileRecord, ReconcileRound, ReconcileRounds
from tests.machine import Azurite

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROUND = ReconcileRound(
    began_at=utc(NOW), container="photos", step="originals", cursor='["ü", []]', counts={"originals": 3, "oldest": 1.5}
)
Work = Callable[[ReconcileRounds, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    """Run this on an account without a record."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            rounds = ReconcileRounds(blobs)
            await rounds.ready()
            blob = blobs.get_blob_client(CONTAINER, BLOB)
            if await blob.exists():
                await blob.delete_blob()
            await work(rounds, blobs)

    asyncio.run(run())


def test_the_record_is_kept_and_read_by_anyone(azurite: Azurite) -> None:
    async def work(rounds: ReconcileRounds, blobs: BlobServiceClient) -> None:
        assert await rounds.read() == ReconcileRecord()
        record = ReconcileRecord(current=ROUND, last=replace(ROUND, ended_at=utc(NOW)), slice_at=utc(NOW), pause=900.0)
        async with rounds.hold() as held:
            assert held
            assert held.record == ReconcileRecord()
            await held.write(record)
            assert held.record == record
            assert await ReconcileRounds(blobs).read() == record

    against(azurite, work)


def test_one_worker_at_a_time_has_it(azurite: Azurite) -> None:
    async def work(rounds: ReconcileRounds, blobs: BlobServiceClient) -> None:
        for _ in range(2):
            async with rounds.hold() as held:
                assert held
                async with ReconcileRounds(blobs).hold() as others:
                    assert others is None

    against(azurite, work)


def test_who_has_lost_it_to_another_writes_no_more(azurite: Azurite) -> None:
    async def work(rounds: ReconcileRounds, blobs: BlobServiceClient) -> None:
        async with rounds.hold() as held:
            assert held
            await held.write(ReconcileRecord(current=ROUND))
            lease = held._lease  # as when it has expired, for which nobody waits here
            await lease.break_lease(lease_break_period=0)
            async with ReconcileRounds(blobs).hold() as other:
                assert other
                await other.write(ReconcileRecord(current=replace(ROUND, cursor="further")))
                with pytest.raises(PreconditionFailed):
                    await held.write(ReconcileRecord())
            assert (await rounds.read()).current == replace(ROUND, cursor="further")

    against(azurite, work)


def test_a_damaged_record_is_as_good_as_none(azurite: Azurite) -> None:
    async def work(rounds: ReconcileRounds, blobs: BlobServiceClient) -> None:
        blob = blobs.get_blob_client(CONTAINER, BLOB)
        await blob.upload_blob(b'{"current": 3}', overwrite=True)

        async with rounds.hold() as held:
            assert held
            assert held.record == ReconcileRecord()

    against(azurite, work)


def record_of(*, ended: timedelta | None, pause: float = 0.0, began: timedelta | None = None) -> ReconcileRecord:
    last = replace(ROUND, ended_at=utc(NOW - ended)) if ended is not None else None
    current = replace(ROUND, began_at=utc(NOW - began)) if began is not None else None
    return ReconcileRecord(current=current, last=last, slice_at=utc(NOW), pause=pause)


@pytest.mark.parametrize(
    ("record", "is_late"),
    [
        (ReconcileRecord(), False),
        (record_of(ended=timedelta(hours=23), pause=900), False),
        (record_of(ended=timedelta(hours=25), pause=900), True),
        (record_of(ended=timedelta(hours=25), pause=900, began=timedelta(hours=1)), True),
        (record_of(ended=timedelta(days=20), pause=7 * 86400), False),
        (record_of(ended=timedelta(days=22), pause=7 * 86400), True),
        (record_of(ended=timedelta(days=8)), False),
        (record_of(ended=timedelta(days=10)), True),
        (record_of(ended=None, began=timedelta(hours=23), pause=900), False),
        (record_of(ended=None, began=timedelta(days=2), pause=900), True),
    ],
)
def test_a_round_that_ended_too_long_ago_is_worth_a_warning(record: ReconcileRecord, is_late: bool) -> None:
    assert bool(record.warning(NOW)) is is_late


def test_the_warning_says_since_when() -> None:
    ended, begun = record_of(ended=timedelta(days=3), pause=1), record_of(ended=None, began=timedelta(days=2), pause=1)

    assert ended.warning(NOW).startswith("the container was last compared with the index 2026-11-24T12:00:00Z, 3 days")
    assert begun.warning(NOW).startswith("the container is being compared with the index since 2026-11-25T12:00:00Z, 2")


def test_a_slice_notes_how_long_ago_the_one_before_began() -> None:
    first = ReconcileRecord(current=ROUND).begun(utc(NOW))
    second = first.begun(utc(NOW + timedelta(minutes=15)))

    assert (first.pause, second.pause, second.current) == (0.0, 900.0, ROUND)
