"""Old jobs go, and jobs whose turn was lost get another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.tend_jobs import tend_jobs
from shared.stores.jobs import JobState, JobTurn
from tests.ingest.fakes import Fakes, fakes
from tests.shared.stores.test_jobs import some_job


async def world_with(name: str, age: timedelta, state: JobState) -> Fakes:
    world, job = fakes(), some_job(name)
    await world.jobs.create(job, [])
    world.jobs.records[job.id] = replace(job, state=state)
    world.jobs.written[job.id] = datetime.now(UTC) - age
    return world


async def test_a_job_goes_a_month_after_its_end() -> None:
    world = await world_with("old", timedelta(days=31), "done")

    await tend_jobs(world.context)

    assert not world.jobs.records


async def test_a_job_that_ended_lately_stays() -> None:
    world = await world_with("new", timedelta(days=29), "failed")

    await tend_jobs(world.context)

    assert world.jobs.records
    assert not world.job_queue.sent


async def test_a_job_that_lost_its_turn_gets_another() -> None:
    world = await world_with("lost", timedelta(hours=1), "running")

    await tend_jobs(world.context)

    assert [turn for turn, _ in world.job_queue.sent] == [JobTurn(some_job("lost").id)]


async def test_a_job_that_may_still_have_its_turn_is_left_alone() -> None:
    young = await world_with("young", timedelta(minutes=1), "waiting")
    queued = await world_with("queued", timedelta(hours=1), "waiting")
    queued.job_queue.waiting = 1

    for world in (young, queued):
        await tend_jobs(world.context)
        assert not world.job_queue.sent
