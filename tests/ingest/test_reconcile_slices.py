"""A round of reconcile in slices: it finds what one run finds, wherever it is ended, killed or changed in between."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from ingest import reconcile as module
from ingest.checkpoint import Checkpoint
from ingest.heal_collections import heal_collections
from ingest.move_steps import INTERRUPTED
from ingest.reconcile import SLICE_SECONDS, continue_round, reconcile
from ingest.reconcile_slice import ReconcileReport
from ingest.reconcile_steps import STEPS, TENDING
from ingest.sweep import INDEXED_SHARE
from shared.edits import PhotoEdits
from shared.photo import Photo, photo_id, utc
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.storage_resources import PlaceLost
from shared.stores.collections import Collection
from shared.stores.failures import Failure
from shared.stores.jobs import JobTurn
from shared.stores.reconcile_rounds import ReconcileRecord, ReconcileRound
from shared.stores.tickets import Ticket
from shared.stores.trash import TrashedPhoto
from tests.ingest.fake_rounds import with_rounds
from tests.ingest.fakes import Fakes, fakes
from tests.ingest.test_move import OLD_ID, check_moved, killed_world
from tests.shared.stores.test_jobs import some_job

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
MOST_SLICES = 500


class Killed(BaseException):
    """What ends a process."""


def library(seed: int) -> Fakes:
    """A library in which everything is wrong that reconcile puts right, some of it many times."""
    world, draw = fakes(), random.Random(seed)
    indexed = draw.choice([0.6, 0.97])  # of the originals: below nine tenths nothing is swept
    for number in range(draw.randrange(60)):
        name = f"{draw.choice('ab')}/{number:02}.{draw.choice(['jpg', 'jpg', 'heic', 'mov', 'nef'])}"
        info = world.storage.put(name, bytes([number]))
        for beside in draw.sample([f"{name}.xmp", f"{name}.json", f"{name[:-4]}.xmp", f"{name[:-4]}.jpg"], k=1):
            if draw.random() < 0.3:
                world.storage.put(beside, b"x")
        id_, fate = photo_id(name), draw.random()
        if fate < indexed:
            photo = Photo(id=id_, path=name, digest=f"{number:064x}", etag=info.etag, recipe="r", embedded_text="t")
            world.index.photos[id_] = photo if fate < indexed - 0.1 else replace(photo, etag='"other"')
        elif fate < indexed + 0.2:
            failing(world, name, draw.choice([None, NOW, NOW - timedelta(days=2)]))
        if draw.random() < 0.3:
            world.edits.records[id_] = PhotoEdits(id=id_, path=name, etag=f'"{number}"')
    for number in range(draw.randrange(20)):
        name, id_ = f"gone/{number}.jpg", photo_id(f"gone/{number}.jpg")
        if draw.random() < 0.7:
            world.index.photos[id_] = Photo(id=id_, path=name, digest=f"{100 + number:064x}")
        if draw.random() < 0.5:
            failing(world, name, None)
        if draw.random() < 0.5:
            world.edits.records[id_] = PhotoEdits(id=id_, path=name, etag='"e"')
        if draw.random() < 0.3:
            world.trash.records[id_] = TrashedPhoto(id=id_, path=name, deleted_at=utc(NOW - timedelta(days=60)))
    for number in range(draw.randrange(130)):
        name = f"{number:064x}/r.json"
        world.descriptions.texts[f"{number:064x}", "r"] = "{}"
        world.descriptions.unused[name] = draw.choice([None, NOW - timedelta(days=8)])
    return world


def failing(world: Fakes, name: str, due: datetime | None) -> None:
    failure = Failure.of(Ticket(name), "why", due=due)
    world.failures.records[failure.id] = failure


def outcome(world: Fakes) -> dict[str, Any]:
    """All that a round may change."""
    return {
        "queued": sorted({*world.tickets.names}),
        "refreshed": sorted({*world.refresh_tickets.names}),
        "indexed": sorted(world.index.photos),
        "failing": sorted(world.failures.records),
        "edits": sorted(world.edits.records),
        "trash": sorted(world.trash.records),
        "gone": sorted(world.trash.noted),
        "descriptions": sorted(world.descriptions.texts),
        "unused": sorted(name for name, since in world.descriptions.unused.items() if since),
    }


async def whole_round(world: Fakes, between: Callable[[int], None] = lambda number: None) -> ReconcileReport:
    """A round in slices that have no time at all: each gets to the next place that can be noted."""
    for number in range(MOST_SLICES):
        if report := await continue_round(world.context, seconds=0):
            return report
        between(number)
    raise AssertionError("the round does not come to its end")


@hypothesis_settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_slices_find_what_one_run_finds(seed: int) -> None:
    one, many = library(seed), library(seed)
    rounds = with_rounds(many)

    expected = asyncio.run(reconcile(one.context))
    report = asyncio.run(whole_round(many))

    assert report == expected
    assert report.indexed == expected.indexed
    assert report.oldest == pytest.approx(expected.oldest, abs=300)  # seconds: the runs follow one another
    assert outcome(many) == outcome(one)
    assert rounds.record.last
    assert rounds.record.last.slices >= len(STEPS)
    assert rounds.record.current is None


@hypothesis_settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_round_that_is_killed_again_and_again_finds_the_same(seed: int) -> None:
    one, killed, draw = library(seed), library(seed), random.Random(seed)
    with_rounds(killed)
    danger = kill_at_random(killed, draw)

    async def run() -> ReconcileReport:
        for _ in range(MOST_SLICES):
            with suppress(Killed):
                if report := await continue_round(killed.context, seconds=0):
                    return report
        raise AssertionError("the round does not come to its end")

    expected = asyncio.run(reconcile(one.context))
    report = asyncio.run(run())
    danger.clear()
    asyncio.run(whole_round(killed))  # takes up what others than reconcile left half done as they were killed
    asyncio.run(reconcile(one.context))

    done, wanted = outcome(killed), outcome(one)
    # Who is killed between a document and its description leaves that to the sweep, which deletes it after a week.
    left = {f"{digest}/{recipe}.json" for digest, recipe in {*done["descriptions"]} - {*wanted["descriptions"]}}
    if report.indexed >= report.originals * INDEXED_SHARE:
        assert left <= {*done["unused"]}
        compared = done.keys() - {"descriptions", "unused"}
    else:  # nothing is swept before more of the library is indexed
        compared = {"queued", "refreshed", "indexed", "failing"}
    assert {each: done[each] for each in compared} == {each: wanted[each] for each in compared}
    counted = {"originals", "missing", "changed", "failing", "fresh", "queued", "postponed"}
    assert {each: getattr(report, each) for each in counted} == {each: getattr(expected, each) for each in counted}


def kill_at_random(world: Fakes, draw: random.Random) -> set[str]:
    """Let one of a few dozen calls of these end the process, before or after its work, until the set is empty."""
    danger = {"here"}

    def deadly(store: Any, name: str) -> None:
        call = getattr(store, name)

        async def dangerous(*arguments: Any, **options: Any) -> Any:
            fate = draw.random()
            if danger and fate < 0.02:
                raise Killed
            result = await call(*arguments, **options)
            if danger and fate > 0.98:
                raise Killed
            return result

        setattr(store, name, dangerous)

    for store, name in [
        (world.storage, "stat"),
        (world.tickets, "send"),
        (world.index, "delete"),
        (world.index, "entries"),
        (world.failures, "clear"),
        (world.descriptions, "delete"),
        (world.trash, "delete"),
    ]:
        deadly(store, name)
    return danger


@hypothesis_settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_what_changes_between_slices_is_found_by_the_next_round_at_the_latest(seed: int) -> None:
    world, draw = library(seed), random.Random(seed)
    with_rounds(world)

    def change(number: int) -> None:
        name = f"{draw.choice('abz')}/new {draw.randrange(30)}.jpg"
        if draw.random() < 0.5:
            world.storage.put(name, bytes([number % 256]))
        elif world.storage.blobs:
            del world.storage.blobs[draw.choice(sorted(world.storage.blobs))]

    async def run() -> None:
        await whole_round(world, change)
        await whole_round(world)

    asyncio.run(run())

    photos = {name for name in world.storage.blobs if name.startswith(("a/new", "b/new", "z/new"))}
    failing_ = {each.path for each in world.failures.records.values()}
    assert photos <= {*world.tickets.names} | failing_
    assert {each.path for each in world.index.photos.values()} <= world.storage.blobs.keys()
    assert failing_ <= world.storage.blobs.keys()


async def test_a_small_library_is_done_in_one_slice() -> None:
    world = library(1)
    rounds = with_rounds(world)

    assert await continue_round(world.context)

    assert rounds.record.last
    assert (rounds.record.last.slices, rounds.writes) == (1, 2)
    assert rounds.record.last.ended_at == rounds.record.ended_at >= rounds.record.last.began_at


async def test_photos_that_the_round_itself_has_queued_do_not_hold_up_those_of_its_later_slices() -> None:
    world = fakes()
    for number in range(40):
        world.storage.put(f"{number}.jpg", b"x")
    with_rounds(world)

    def wait(number: int) -> None:
        world.tickets.waiting, world.tickets.due = len(world.tickets.sent), bool(world.tickets.sent)

    report = await whole_round(world, wait)

    assert (report.missing, report.queued, report.postponed) == (40, 40, 0)


async def test_photos_that_came_after_the_round_began_wait_while_others_are_on_their_way() -> None:
    world = fakes()
    for number in range(20):
        world.storage.put(f"{number:02}.jpg", b"x")
    with_rounds(world)

    def arrive(number: int) -> None:
        world.storage.put("99.jpg", b"x", modified=datetime.now(UTC) - timedelta(seconds=1))
        world.host_queues.waiting = 1

    report = await whole_round(world, arrive)

    assert (report.queued, report.fresh + report.postponed) == (20, 1)


async def test_how_long_photos_wait_is_told_after_every_slice_by_what_a_whole_round_has_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = list[float]()
    monkeypatch.setattr("shared.telemetry.record_oldest_waiting", told.append)
    world = fakes()
    for number in range(20):
        world.storage.put(f"{number:02}.jpg", b"x", modified=NOW - timedelta(hours=1))
    world.storage.put("19.jpg", b"x", modified=NOW - timedelta(hours=5))
    with_rounds(world)

    await whole_round(world)
    first_round = len(told)
    world.storage.put("19.jpg", b"x", modified=NOW - timedelta(hours=1))
    await whole_round(world)

    hours = [each // 3600 for each in told]
    assert hours[:2] == [0, 1]
    assert {*hours[first_round - 1 : -1]} == {5}
    assert hours[-1] == 1


async def test_while_one_instance_is_at_it_the_timer_of_another_compares_nothing() -> None:
    world = library(2)
    rounds = with_rounds(world)
    before = outcome(world)

    async with rounds.hold():
        assert await continue_round(world.context) is None

    assert outcome(world) == before
    assert rounds.writes == 0


async def test_what_cannot_wait_is_done_while_another_instance_is_at_it() -> None:
    world, was_killed = await killed_world(3, before=False)
    rounds, job = with_rounds(world), some_job("lost", state="running")
    world.moves.since[OLD_ID] = NOW - INTERRUPTED
    await world.jobs.create(job, [])
    world.jobs.written[job.id] = NOW - timedelta(hours=1)

    async with rounds.hold():
        assert await continue_round(world.context) is None

    assert was_killed
    check_moved(world)
    assert [turn for turn, _ in world.job_queue.sent] == [JobTurn(job.id)]


async def test_the_command_waits_for_another_instance_and_then_begins_a_round_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0)
    one, world = library(3), library(3)
    rounds = with_rounds(world)
    await continue_round(world.context, seconds=0)
    await continue_round(world.context, seconds=0)
    begun, told = rounds.record.current, list[str]()

    def end(text: str) -> None:
        told.append(text)
        rounds.is_held = len(told) < 3

    rounds.is_held = True
    report = await reconcile(world.context, show=end)

    assert begun
    assert begun.counts["originals"] > 0
    assert told == [module.WAITING] * 3
    assert report == await reconcile(one.context)
    assert rounds.record.current is None
    assert rounds.record.ended_at


@pytest.mark.parametrize(
    "changes",
    [{"step": "of another version"}, {"container": "another"}],
    ids=["another version of the app", "another container"],
)
async def test_a_round_that_cannot_be_gone_on_with_is_begun_anew(changes: Any) -> None:
    world = library(4)
    rounds = with_rounds(world)
    known = ReconcileRound(began_at=utc(NOW), container="photos", step="failures", cursor="z")
    rounds.record = ReconcileRecord(current=replace(known, **changes))

    assert await continue_round(world.context) == await reconcile(library(4).context)


async def test_a_place_that_nobody_knows_any_more_is_an_error_once() -> None:
    world = library(5)
    rounds = with_rounds(world)
    begun = ReconcileRound(began_at=utc(NOW), container="photos", step="originals", cursor="damaged")
    rounds.record = ReconcileRecord(current=begun)

    with pytest.raises(PlaceLost):
        await continue_round(world.context)

    assert await continue_round(world.context) == await reconcile(library(5).context)


async def test_an_error_leaves_the_round_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    world = library(6)
    rounds = with_rounds(world)
    while not (rounds.record.current and rounds.record.current.step == "failures"):
        assert await continue_round(world.context, seconds=0) is None
    with monkeypatch.context() as patch:
        patch.setattr(world.failures, "pages", broken)
        with pytest.raises(RuntimeError):
            await continue_round(world.context)

    assert rounds.record.current.step == "failures"
    assert await whole_round(world) == await reconcile(library(6).context)


def broken(after: str) -> AsyncIterator[Any]:
    raise RuntimeError("no")


async def test_collections_are_mended_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    world, names = fakes(), [f"{number}.jpg" for number in range(20)]
    ids = sorted(map(photo_id, names))
    rome = Collection(id=photo_id("rome"), name="Rome", photos=tuple(ids[1::2]))
    world.collections.records[rome.id] = rome
    for name in names:
        lacks = photo_id(name) in ids[3::4]
        world.index.photos[photo_id(name)] = Photo(id=photo_id(name), path=name, collections=[] if lacks else [rome.id])

    async def search(query: IndexQuery) -> SearchResults:
        last = (query.filter or "").partition("id gt '")[2].removesuffix("'")
        photos = [each for id_, each in sorted(world.index.photos.items()) if each.collections and id_ > last]
        return SearchResults(len(photos), [Hit(each) for each in photos[: query.top]])

    monkeypatch.setattr(world.index, "search", search)
    monkeypatch.setattr("ingest.heal_collections.PAGE", 3)
    while not await _heal_some(world):
        pass

    assert [id_ for id_, each in sorted(world.index.photos.items()) if each.collections] == ids[1::2]


class OnePage(Checkpoint):
    """Ends the work at the first place that can be noted."""

    async def reached(self, cursor: str) -> None:
        OnePage.cursor = cursor
        raise InterruptedError


async def _heal_some(world: Fakes) -> bool:
    with suppress(InterruptedError):
        await heal_collections(world.context, OnePage())
        return True
    return False


def test_a_slice_ends_long_before_the_function_is_ended() -> None:
    minutes = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["functionTimeout"].split(":")[1]

    assert int(minutes) * 60 * 0.8 >= module.MOVES_SECONDS + SLICE_SECONDS + TENDING
