"""Jobs as they are kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from shared.errors import BadRequest, NotFound
from shared.photo import photo_id
from shared.stores.jobs import Job, JobQueue, Jobs, JobTurn, PhotoFault
from tests.machine import Azurite

IDS = [photo_id(f"{number}.jpg") for number in range(5)]


def some_job(name: str = "job", **fields: Any) -> Job:
    values = {"action": "tag", "total": 5, "created_by": "me", "created_at": "2026-05-01T12:00:00Z", **fields}
    return Job(id=photo_id(name), **values)


def against(azurite: Azurite, work: Callable[[Jobs], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Jobs(blobs))

    asyncio.run(run())


def test_a_slice_of_photos_is_a_range_of_bytes(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        job = some_job("slices")
        assert await jobs.create(job, IDS)

        assert await jobs.photos(job, 2) == IDS[:2]
        assert await jobs.photos(replace(job, position=2), 2) == IDS[2:4]
        assert await jobs.photos(replace(job, position=4), 100) == IDS[4:]
        assert await jobs.photos(replace(job, position=5), 100) == []
        undo = some_job("undo", undoes=job.id, total=3)
        assert await jobs.create(undo, ())
        assert await jobs.photos(undo, 100) == IDS[:3]

    against(azurite, work)


def test_a_job_is_kept_once_changed_and_deleted(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        job = some_job("kept", parameters={"patch": {"title": "é"}})
        assert await jobs.create(job, IDS)
        assert not await jobs.create(replace(job, undoes=photo_id("other")), ())
        assert await jobs.read(job.id) == job

        after = await jobs.update(job.id, lambda each: replace(each, state="done"))
        assert after
        assert after.updated_at
        assert await jobs.read(job.id) == after
        assert await jobs.update(job.id, lambda _: None) is None
        listed = {each.id: each.has_ended async for each in jobs.all()}
        assert listed[job.id]

        await jobs.write_faults(job, [PhotoFault(IDS[0], "gone")])
        await jobs.delete(job.id)
        with pytest.raises(NotFound):
            await jobs.read(job.id)
        assert await jobs.faults(job.id, skip=0, top=9) == []

    against(azurite, work)


def test_two_changes_at_once_are_both_made(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        job = some_job("both")
        await jobs.create(job, IDS)

        def one_more(each: Job) -> Job:
            return replace(each, changed=each.changed + 1)

        await asyncio.gather(*(jobs.update(job.id, one_more) for _ in range(5)))

        assert (await jobs.read(job.id)).changed == 5

    against(azurite, work)


def test_faults_come_in_order_and_a_slice_replaces_its_own(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        job = some_job("faults")
        first, second = PhotoFault(IDS[0], "gone"), PhotoFault(IDS[3], "broken")
        await jobs.write_faults(replace(job, position=100), [second])
        await jobs.write_faults(job, [second, second])
        await jobs.write_faults(job, [first])

        assert await jobs.faults(job.id, skip=0, top=9) == [first, second]
        assert await jobs.faults(job.id, skip=1, top=1) == [second]

    against(azurite, work)


def test_the_latest_jobs_come_first(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        for name in ("first", "second"):
            await jobs.create(some_job(name), IDS)

        total, page = await jobs.recent(skip=0, top=100)

        ids = [each.id for each in page]
        assert total == len(page)
        assert {photo_id("first"), photo_id("second")} <= set(ids)

    against(azurite, work)


def test_turns_are_queued(azurite: Azurite) -> None:
    async def run() -> None:
        async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
            queue = JobQueue(queues)
            before = await queue.count()
            await queue.send(JobTurn(photo_id("job"), 3), delay=60)
            assert await queue.count() == before + 1

    asyncio.run(run())


def test_the_order_of_a_list_is_kept_once_and_forgets_photos_that_are_gone(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        job = some_job("takes out")
        assert await jobs.create(job, IDS[:1])
        assert await jobs.kept_order(job.id) == []

        await jobs.keep_order(job, IDS)
        await jobs.keep_order(job, IDS[1:])  # a slice that is done again, after some were taken out
        assert await jobs.kept_order(job.id) == [*IDS]

        await jobs.forget_photos({IDS[1]})
        assert await jobs.kept_order(job.id) == [IDS[0], "0" * 32, *IDS[2:]]
        await jobs.delete(job.id)
        assert await jobs.kept_order(job.id) == []

    against(azurite, work)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"id": 1, "attempt": "x"}', "nonsense"])
def test_what_is_no_turn_is_refused(body: str) -> None:
    with pytest.raises(BadRequest, match="not a turn of a job"):
        JobTurn.decode(body)


def test_a_turn_survives_the_queue() -> None:
    turn = JobTurn(photo_id("job"), 3)

    assert JobTurn.decode(turn.encode()) == turn


def test_photos_that_are_gone_leave_their_lines_and_a_job_of_no_other_goes(azurite: Azurite) -> None:
    async def work(jobs: Jobs) -> None:
        some, all_ = some_job("some gone"), some_job("all gone", total=1, state="done", parameters={"title": "secret"})
        undone = replace(some_job("undone", total=1, state="done"), undone_by=photo_id("undoing"))
        undoing = some_job("undoing", undoes=undone.id, total=1, state="done")
        running = some_job("running", total=1)
        for job, ids in ((some, IDS), (all_, IDS[:1]), (undone, IDS[:1]), (undoing, ()), (running, IDS[:1])):
            assert await jobs.create(job, ids)
        await jobs.write_faults(some, [PhotoFault(IDS[0], "secret"), PhotoFault(IDS[1], "other")])

        had = await jobs.forget_photos({IDS[0], photo_id("unknown")})
        assert had >= {each.id for each in (some, all_, undone, running)}
        assert await jobs.forget_photos({IDS[0], photo_id("unknown")}) == set()

        assert await jobs.photos(some, 5) == ["0" * 32, *IDS[1:]]
        assert await jobs.faults(some.id, skip=0, top=9) == [PhotoFault(IDS[1], "other")]
        assert await jobs.photos(running, 5) == ["0" * 32]
        for each in (all_, undone, undoing):
            with pytest.raises(NotFound):
                await jobs.read(each.id)

    against(azurite, work)
