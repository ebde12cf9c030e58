"""What an older recipe described is counted before it is described again."""

import pytest

from ingest.handlers import photo_arrived
from ingest.pipeline import ingest
from ingest.recaption import Estimate, estimate, recaption
from shared.photo import Photo
from shared.stores.tickets import Ticket
from tests.ingest.fakes import fakes, jpeg


async def test_photos_of_an_older_recipe_are_counted_with_their_tokens_queued_and_described_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    world.models.requests.clear()
    monkeypatch.setattr("ingest.handlers.ingest_context", lambda: world.context)
    assert await estimate(world.context) == Estimate(stale=0, total=3, tokens=0)
    assert await recaption(world.context) == 0

    world.models.caption_model = "better vision"
    await ingest("c.jpg", world.context)

    assert await estimate(world.context) == Estimate(stale=2, total=3, tokens=2000)
    assert not world.tickets.sent
    assert await recaption(world.context) == 2
    assert world.tickets.sent == [(Ticket("a.jpg"), 0), (Ticket("b.jpg"), 0)]

    for name in world.tickets.names:
        await photo_arrived(name)
    assert len(world.models.requests) == 3
    assert await estimate(world.context) == Estimate(stale=0, total=3, tokens=0)


def test_a_photo_without_tokens_costs_nothing() -> None:
    assert Photo(id="a", path="a").tokens == 0
