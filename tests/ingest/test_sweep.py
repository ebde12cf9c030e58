"""Descriptions that no photo uses go after a week."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.image import sha256_hex
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.sweep import sweep_descriptions
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

FIRST, SECOND = (sha256_hex(jpeg(number)) for number in (1, 2))
WEEK = timedelta(days=7, minutes=1)


def digests(world: Fakes) -> set[str]:
    return {digest for digest, _ in world.descriptions.texts}


def let_pass(world: Fakes, time: timedelta) -> None:
    """As if all marks had been made that much earlier."""
    world.descriptions.unused = {name: since and since - time for name, since in world.descriptions.unused.items()}


@pytest.fixture
async def world() -> Fakes:
    """A photo whose first version was replaced."""
    world = fakes()
    for number in (1, 2):
        world.storage.put("a.jpg", jpeg(number))
        await ingest("a.jpg", world.context)
    world.models.requests.clear()
    return world


async def test_the_description_of_a_version_that_was_replaced_stays_for_a_week(world: Fakes) -> None:
    await reconcile(world.context)
    let_pass(world, WEEK - timedelta(hours=1))
    await reconcile(world.context)
    assert digests(world) == {FIRST, SECOND}

    let_pass(world, timedelta(hours=1))
    await reconcile(world.context)

    assert digests(world) == {SECOND}


async def test_a_version_that_is_put_back_is_not_paid_for_twice_and_its_week_begins_anew(world: Fakes) -> None:
    await reconcile(world.context)
    let_pass(world, timedelta(days=6))
    world.storage.put("a.jpg", jpeg(1))
    await ingest("a.jpg", world.context)
    await reconcile(world.context)
    let_pass(world, timedelta(days=6))
    await reconcile(world.context)

    assert not world.models.requests
    assert digests(world) == {FIRST, SECOND}
    assert [since is None for _, since in sorted(world.descriptions.unused.items())].count(True) == 1


async def test_what_failed_after_it_was_described_keeps_its_description(world: Fakes) -> None:
    failure = Failure.of(Ticket("a.jpg"), "busy", due=datetime.now(UTC), digest=FIRST)
    world.failures.records[failure.id] = failure
    await sweep_descriptions(world.context, originals=1, indexed=1)
    let_pass(world, WEEK)
    await sweep_descriptions(world.context, originals=1, indexed=1)

    assert digests(world) == {FIRST, SECOND}


async def test_while_the_index_is_being_filled_nothing_is_swept(world: Fakes) -> None:
    await sweep_descriptions(world.context, originals=1, indexed=1)
    let_pass(world, WEEK)

    assert await sweep_descriptions(world.context, originals=10, indexed=8) == 0
    assert digests(world) == {FIRST, SECOND}
    assert await sweep_descriptions(world.context, originals=10, indexed=9) == 1


async def test_many_are_looked_for_in_batches(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sweep.BATCH", 3)
    batches: list[int] = []

    async def count(names: list[str]) -> set[str]:
        batches.append(len(names))
        return set()

    monkeypatch.setattr(world.index, "digests", count)
    world.descriptions.texts = {(f"{number:064}", "r"): "x" for number in range(7)}

    await sweep_descriptions(world.context, originals=1, indexed=1)

    assert batches == [3, 3, 1]
    assert len(world.descriptions.unused) == 7
