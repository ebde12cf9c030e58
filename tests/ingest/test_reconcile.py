"""Container against index: what is missing, changed, left over or of an older version."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest import reconcile_steps
from ingest.backlog import GRACE
from ingest.batches import batches as in_batches
from ingest.file_roles import photos
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.reconcile_slice import ReconcileReport
from shared.photo import photo_id
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg, settings

NOW = datetime.now(UTC)


async def world_with(*names: str) -> Fakes:
    """These photos, all of them indexed."""
    world = fakes()
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    world.models.requests.clear()
    return world


def failing(world: Fakes, name: str, **options: Any) -> None:
    failure = Failure.of(Ticket(name), "why", **options)
    world.failures.records[failure.id] = failure


async def test_nothing_to_do() -> None:
    world = await world_with("a.jpg", "b.jpg")

    assert await reconcile(world.context) == ReconcileReport(originals=2)
    assert not world.tickets.sent
    assert world.index.walks == 0


async def test_missing_and_changed_photos_are_queued() -> None:
    world = await world_with("same.jpg", "changed.jpg")
    world.storage.put("changed.jpg", jpeg(8))
    world.storage.put("missing.jpg", jpeg(9))

    report = await reconcile(world.context)

    assert report == ReconcileReport(originals=3, missing=1, changed=1, queued=2)
    assert world.tickets.sent == [(Ticket("changed.jpg"), 0), (Ticket("missing.jpg"), 0)]


@pytest.mark.parametrize(("age", "is_fresh"), [(timedelta(minutes=4.9), True), (timedelta(minutes=5.1), False)])
async def test_a_young_photo_has_an_event_on_its_way(age: timedelta, is_fresh: bool) -> None:
    world = fakes()
    world.storage.put("young.jpg", jpeg(), modified=datetime.now(UTC) - age)

    report = await reconcile(world.context)

    assert report == ReconcileReport(originals=1, fresh=is_fresh, missing=not is_fresh, queued=not is_fresh)


@pytest.mark.parametrize(
    ("failure", "hours"), [(None, 3), ({"due": NOW}, 3), ({}, 1)], ids=["waiting", "retried", "given up"]
)
async def test_the_oldest_that_waits_is_neither_searchable_nor_given_up(
    failure: dict[str, Any] | None, hours: int
) -> None:
    world = await world_with("searchable.jpg")
    world.storage.put("young.jpg", jpeg(1), modified=datetime.now(UTC) - timedelta(hours=1))
    world.storage.put("old.jpg", jpeg(2), modified=datetime.now(UTC) - timedelta(hours=3))
    if failure is not None:
        failing(world, "old.jpg", **failure)

    report = await reconcile(world.context)

    assert report.oldest // 3600 == hours
    assert "oldest" not in str(report)


async def test_without_grace_a_young_photo_is_queued_too() -> None:
    world = fakes()
    world.storage.put("young.jpg", jpeg(), modified=datetime.now(UTC))

    assert (await reconcile(world.context, grace=timedelta())).queued == 1


@pytest.mark.parametrize("due", [NOW, None])
async def test_a_photo_that_is_retried_or_given_up_has_its_own_next_step(due: datetime | None) -> None:
    world = fakes()
    world.storage.put("bad.jpg", jpeg())
    failing(world, "bad.jpg", due=due)

    assert await reconcile(world.context) == ReconcileReport(originals=1, failing=1)
    assert not world.tickets.sent
    assert list(world.failures.records) == [photo_id("bad.jpg")]


@pytest.mark.parametrize(("waiting", "due", "queued"), [(1, True, 1), (2, True, 0), (2, False, 1)])
async def test_while_other_tickets_are_due_nothing_is_queued(waiting: int, due: bool, queued: int) -> None:
    world = fakes()
    world.storage.put("missing.jpg", jpeg())
    world.storage.put("retrying.jpg", jpeg(1))
    world.storage.put("failed.jpg", jpeg(2))
    failing(world, "retrying.jpg", due=NOW)
    failing(world, "failed.jpg")
    world.tickets.waiting, world.tickets.due = waiting, due  # one of them is the retrying photo's

    report = await reconcile(world.context)

    assert report == ReconcileReport(originals=3, missing=1, failing=2, queued=queued, postponed=1 - queued)
    assert len(world.tickets.sent) == queued


async def test_what_the_host_has_yet_to_hand_over_is_not_queued_as_well() -> None:
    world = fakes()
    for number in range(3):
        world.storage.put(f"{number}.jpg", jpeg(number))
    world.host_queues.waiting = 3

    assert await reconcile(world.context) == ReconcileReport(originals=3, missing=3, postponed=3)
    assert not world.tickets.sent

    world.host_queues.waiting = 0
    assert (await reconcile(world.context)).queued == 3


@pytest.mark.parametrize(("age", "queued"), [(timedelta(minutes=59), 0), (timedelta(minutes=61), 1)])
async def test_where_the_backlog_cannot_be_seen_a_photo_has_an_hour(age: timedelta, queued: int) -> None:
    world = fakes()
    world.storage.put("young.jpg", jpeg(), modified=datetime.now(UTC) - age)
    world.host_queues.waiting = None

    assert (await reconcile(world.context)).queued == queued
    assert (await reconcile(world.context, grace=timedelta())).queued == queued


async def test_documents_of_an_older_version_are_queued_in_portions() -> None:
    world = await world_with("a.jpg", "b.jpg", "c.jpg")
    world.context.settings = settings(REFRESH_PHOTOS="2")
    for id_, photo in world.index.photos.items():
        world.index.photos[id_] = replace(photo, facts_version=0)

    report = await reconcile(world.context)

    assert report == ReconcileReport(originals=3, refreshing=2)
    assert world.refresh_tickets.names == ["a.jpg", "b.jpg"]
    assert not world.tickets.sent


@pytest.mark.parametrize(("backlog", "outdated"), [(0, 1), (1, 0)])
async def test_nothing_is_refreshed_while_new_photos_wait(backlog: int, outdated: int) -> None:
    world = await world_with("a.jpg")
    [(id_, photo)] = world.index.photos.items()
    world.index.photos[id_] = replace(photo, facts_version=0)
    world.host_queues.waiting = backlog

    assert (await reconcile(world.context)).refreshing == outdated


async def test_documents_without_an_original_are_removed() -> None:
    world = await world_with("kept.jpg", "gone.jpg", "gone too.jpg")
    del world.storage.blobs["gone.jpg"], world.storage.blobs["gone too.jpg"]

    report = await reconcile(world.context)

    assert report == ReconcileReport(originals=1, orphaned=2)
    assert [photo.path for photo in world.index.photos.values()] == ["kept.jpg"]
    assert list(world.storage.pictures) == [photo_id("kept.jpg")]


async def test_failures_of_originals_that_are_gone_are_cleared() -> None:
    world = fakes()
    world.storage.put("there.jpg", jpeg())
    failing(world, "there.jpg")
    failing(world, "gone.jpg")
    failing(world, "(message) what", unreadable=True)

    await reconcile(world.context)

    assert {each.path for each in world.failures.records.values()} == {"there.jpg", "(message) what"}


async def test_a_photo_whose_ticket_is_lost_is_queued_again() -> None:
    world = fakes()
    for name, due in (("lost.jpg", NOW - timedelta(days=1)), ("due.jpg", datetime.now(UTC) - timedelta(hours=1))):
        world.storage.put(name, jpeg())
        failing(world, name, due=due)
    world.tickets.waiting = 1

    await reconcile(world.context)

    assert world.tickets.names == ["lost.jpg"]


async def test_a_photo_that_is_searchable_is_not_failed_as_well() -> None:
    world = await world_with("fine.jpg", "replaced.jpg")
    world.storage.put("replaced.jpg", b"text")
    failing(world, "fine.jpg")
    failing(world, "replaced.jpg")

    await reconcile(world.context)

    assert [each.path for each in world.failures.records.values()] == ["replaced.jpg"]
    assert [each.path for each in world.index.photos.values()] == ["fine.jpg"]


@pytest.mark.parametrize(
    ("change", "age", "left"),
    [
        ("none", timedelta(hours=13), []),
        ("none", timedelta(hours=11), ["a.jpg"]),
        ("new", timedelta(hours=13), ["a.jpg"]),
    ],
)
async def test_a_photo_that_is_searchable_as_it_is_waits_for_no_attempt_that_was_lost(
    change: str, age: timedelta, left: list[str]
) -> None:
    world = await world_with("a.jpg")
    if change == "new":
        world.storage.put("a.jpg", jpeg(1))
    failing(world, "a.jpg", due=datetime.now(UTC) - age)

    report = await reconcile(world.context)

    assert [each.path for each in world.failures.records.values()] == left
    assert [each.path for each in world.index.photos.values()] == ["a.jpg"]
    assert report.queued == (change == "new")


async def test_large_containers_are_compared_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    for number in range(7):
        world.storage.put(f"{number}.jpg", b"x")
    batches: list[int] = []
    entries = world.index.entries

    async def count(ids: Any) -> Any:
        batches.append(len(ids))
        return await entries(ids)

    monkeypatch.setattr(reconcile_steps, "BATCH", 3)
    monkeypatch.setattr(world.index, "entries", count)

    assert (await reconcile(world.context)).missing == 7
    assert batches == [3, 3, 1]


async def test_a_full_last_batch_is_not_followed_by_an_empty_one() -> None:
    world = await world_with("a.jpg", "b.jpg")

    assert [len(batch) async for batch in in_batches(photos(world.context), 2)] == [2]
    assert timedelta(minutes=5) == GRACE


def test_the_report_reads_as_a_line() -> None:
    assert str(ReconcileReport(originals=3, missing=1, queued=1)) == (
        "3 originals, 1 missing, 0 changed, 0 orphaned, 0 failing, 0 fresh, 1 queued, 0 postponed, 0 refreshing"
    )
