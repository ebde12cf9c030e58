"""Documents of an older version are brought up to date: all of them, once, whatever happens in between."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ingest import handlers, refresh as module
from ingest.pipeline import ingest
from ingest.refresh import RefreshReport, queue_outdated, refresh, refresh_all
from ingest.versions import CURRENT, STAMP
from shared.errors import BadReply, Outage, OutOfMemory, PhotoError, SettingsError, Throttled
from shared.photo import Photo, photo_id
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg, settings
from tests.machine import patch_sleep


async def older_library(count: int) -> Fakes:
    """This many photos, all indexed by an older version with other text, and nothing recorded of that."""
    world = fakes()
    for number in range(count):
        world.storage.put(f"{number}.jpg", jpeg(number))
        photo = await ingest(f"{number}.jpg", world.context)
        assert photo
        world.index.photos[photo.id] = replace(photo, facts_version=0, format="")
    world.models.requests.clear()
    world.models.embedded.clear()
    world.storage.reads.clear()
    return world


def up_to_date(world: Fakes) -> set[str]:
    return {each.path for each in world.index.photos.values() if each.facts_version == CURRENT.facts_version}


def photo_of(world: Fakes, name: str) -> Photo:
    return world.index.photos[photo_id(name)]


def quiet(_: str) -> None:
    pass


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits take no time, and are noted."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    patch_sleep(monkeypatch, note)
    return waits


def failing(world: Fakes, error: Exception, when: Callable[[str], bool] = lambda name: True) -> None:
    """Reading the photos that `when` is true of fails."""
    read = world.storage.read

    async def fail(info: Any) -> Any:
        if when(info.name):
            raise error
        return await read(info)

    world.storage.read = fail  # type: ignore[method-assign]


async def test_everything_is_refreshed_with_progress_and_a_second_run_has_nothing_to_do() -> None:
    world = await older_library(20)
    lines: list[str] = []

    report = await refresh_all(world.context, total=20, progress=lines.append)

    assert report == RefreshReport(done=20)
    assert lines[-1] == "20 of 20 photos read again"
    assert len(up_to_date(world)) == 20
    assert {each.format for each in world.index.photos.values()} == {"jpeg"}
    assert not world.models.requests
    assert not world.models.embedded
    assert (await refresh_all(world.context, total=0, progress=quiet)).count == 0
    assert len(world.storage.reads) == 20


async def test_a_refresh_that_is_stopped_goes_on_where_it_was() -> None:
    world = await older_library(20)
    failing(world, Outage("storage is gone"), when=lambda _: len(world.storage.reads) > 10)
    with pytest.raises(Outage):
        await refresh_all(world.context, total=20, progress=quiet)
    before = up_to_date(world)
    assert 0 < len(before) < 20
    world.storage.reads.clear()

    report = await refresh_all(world.context, total=20, progress=quiet)

    assert report.done == 20 - len(before)
    assert len(up_to_date(world)) == 20
    assert not before & set(world.storage.reads)


async def test_what_is_busy_is_tried_again_first(no_waiting: list[float]) -> None:
    world = await older_library(1)
    tries: list[str] = []

    def twice(name: str) -> bool:
        tries.append(name)
        return len(tries) <= 2

    failing(world, Throttled("slow down", wait=30), when=twice)

    assert (await refresh_all(world.context, total=1, progress=quiet)).done == 1
    assert no_waiting == [30, 30]


async def test_a_service_that_is_down_ends_it(no_waiting: list[float]) -> None:
    world = await older_library(1)
    failing(world, Outage("storage is gone"))

    with pytest.raises(Outage, match="storage is gone"):
        await refresh_all(world.context, total=1, progress=quiet)

    assert no_waiting == [5, 15, 60]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OutOfMemory("there is not enough memory"), "there is not enough memory"), (TypeError(), "the app failed on it")],
)
async def test_a_photo_that_fails_by_itself_does_not_keep_the_others(error: Exception, reason: str) -> None:
    world = await older_library(5)
    failing(world, error, when=lambda name: name == "2.jpg")

    report = await refresh_all(world.context, total=5, progress=quiet)

    assert report == RefreshReport(done=4, failed={"2.jpg": reason})
    assert up_to_date(world) == {"0.jpg", "1.jpg", "3.jpg", "4.jpg"}


async def test_a_photo_that_cannot_be_read_any_more_keeps_what_it_has_and_is_not_read_again() -> None:
    world = await older_library(2)
    world.context.settings = settings(MAX_PHOTO_BYTES="10")

    report = await refresh_all(world.context, total=2, progress=quiet)

    assert report.done == 0
    assert report.kept.keys() == {"0.jpg", "1.jpg"}
    assert "MAX_PHOTO_BYTES" in report.kept["0.jpg"]
    assert photo_of(world, "0.jpg").caption
    assert not world.failures.records
    assert (await refresh_all(world.context, total=0, progress=quiet)).count == 0


async def test_a_photo_that_has_changed_is_left_to_its_event_and_one_that_is_gone_is_removed() -> None:
    world = await older_library(2)
    world.storage.put("0.jpg", jpeg(7))
    del world.storage.blobs["1.jpg"]

    report = await refresh_all(world.context, total=2, progress=quiet)

    assert report == RefreshReport(left=2)
    assert [each.path for each in world.index.photos.values()] == ["0.jpg"]
    assert not up_to_date(world)


async def test_where_only_analyzers_are_newer_the_file_is_not_read() -> None:
    world = await older_library(1)
    world.index.photos[photo_id("0.jpg")] = replace(
        photo_of(world, "0.jpg"), facts_version=CURRENT.facts_version, analyzers_version=0
    )

    assert await refresh("0.jpg", world.context)

    assert photo_of(world, "0.jpg").analyzers_version == CURRENT.analyzers_version
    assert not world.storage.reads


# -- tickets ------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "delays"), [("3", [0, 1, 2]), ("1200", [0, 0.5, 1, 1.5])])
async def test_a_portion_is_spread_over_the_minutes_that_follow(limit: str, delays: list[float]) -> None:
    world = await older_library(4)
    world.context.settings = settings(REFRESH_PHOTOS=limit)

    assert await queue_outdated(world.context) == len(delays)

    assert [delay for _, delay in world.refresh_tickets.sent] == delays
    assert not world.tickets.sent


@pytest.mark.parametrize(("limit", "waiting"), [("0", 0), ("4", 1)])
async def test_no_portion_is_queued_if_there_is_to_be_none_or_one_waits(limit: str, waiting: int) -> None:
    world = await older_library(1)
    world.context.settings = settings(REFRESH_PHOTOS=limit)
    world.refresh_tickets.waiting = waiting

    assert await queue_outdated(world.context) == 0
    assert not world.refresh_tickets.sent


async def test_a_ticket_that_is_due_refreshes_its_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await older_library(1)
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)

    await handlers.refresh_due(Ticket("0.jpg").encode())

    assert up_to_date(world) == {"0.jpg"}
    assert not world.models.requests


@pytest.mark.parametrize(
    ("error", "attempt"),
    [(Throttled("slow down", wait=100), 1), (BadReply("nonsense"), 2), (SettingsError("wrong"), 1)],
)
async def test_a_refresh_that_has_to_wait_is_no_failure(error: Exception, attempt: int) -> None:
    world = await older_library(1)
    failing(world, error)

    await module.attempt(Ticket("0.jpg"), world.context)

    [(ticket, delay)] = world.refresh_tickets.sent
    assert (ticket.name, ticket.attempt) == ("0.jpg", attempt)
    assert delay >= (100 if isinstance(error, Throttled) else 15)
    assert not world.failures.records
    assert not world.tickets.sent


async def test_a_refresh_in_vain_is_left_to_reconcile() -> None:
    world = await older_library(1)
    failing(world, BadReply("nonsense"))

    await module.attempt(Ticket("0.jpg", attempt=3), world.context)

    assert not world.refresh_tickets.sent
    assert not up_to_date(world)
    assert await queue_outdated(world.context) == 1


async def test_a_ticket_for_a_photo_that_cannot_be_read_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await older_library(1)
    failing(world, PhotoError("broken"))

    await module.attempt(Ticket("0.jpg"), world.context)

    assert up_to_date(world) == {"0.jpg"}
    assert not world.refresh_tickets.sent
    assert not world.failures.records


async def test_what_the_host_gave_up_on_stays_searchable_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await older_library(1)
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    before = photo_of(world, "0.jpg")

    await handlers.refresh_given_up(Ticket("0.jpg").encode())

    assert photo_of(world, "0.jpg") == replace(before, **STAMP)
    assert not world.failures.records


@pytest.mark.parametrize("handler", [handlers.refresh_due, handlers.refresh_given_up])
async def test_a_message_that_names_no_photo_is_recorded(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)

    await handler("not a ticket")

    [failure] = world.failures.records.values()
    assert failure.unreadable
