"""What an older recipe described is counted before it is described again."""

from dataclasses import replace
from typing import Any, cast

import pytest

from ingest.handlers import photo_arrived, retry_due
from ingest.pipeline import ingest
from ingest.recaption import Estimate, estimate, recaption
from shared.catalogue.in_force import EMPTY, catalogue, definitions_version, put_in_force
from shared.photo import Photo, photo_id
from shared.stores.tickets import Ticket
from tests.ingest.fakes import fakes, jpeg
from tests.shared.catalogue.definitions import shop
from tests.web.fake_services import FakeCatalogue


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
    few = frozenset({photo_id("a.jpg"), photo_id("c.jpg")})
    assert await estimate(world.context, few) == Estimate(stale=1, total=2, tokens=1000)
    assert not world.tickets.sent
    assert await recaption(world.context) == 2
    version = definitions_version()
    assert world.tickets.sent == [(Ticket(name, definitions=version), 0) for name in ("a.jpg", "b.jpg")]

    for name in world.tickets.names:
        await photo_arrived(name)
    assert len(world.models.requests) == 3
    assert await estimate(world.context) == Estimate(stale=0, total=3, tokens=0)


@pytest.mark.parametrize("is_former", [True, False])
async def test_what_the_last_release_described_as_today_is_not_stale_whatever_embeds(is_former: bool) -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg(1))
    photo = await ingest("a.jpg", world.context)
    assert photo
    if is_former:
        world.index.photos[photo.id] = replace(photo, recipe=world.context.former_recipes[0])
    else:
        world.models.embedding_model = "better embedding"

    assert await estimate(world.context) == Estimate(stale=0, total=1, tokens=0)
    await ingest("a.jpg", world.context)
    assert len(world.models.requests) == 1


async def test_an_instance_with_older_definitions_reads_them_before_it_describes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg(1))
    old = definitions_version()
    put_in_force(shop())
    new = definitions_version()
    put_in_force(EMPTY)

    async def follow(version: str) -> None:
        put_in_force({old: EMPTY, new: shop(), "": catalogue()}[version])

    store = FakeCatalogue()
    monkeypatch.setattr(store, "follow", follow)
    world.context.catalogue = cast(Any, store)
    monkeypatch.setattr("ingest.handlers.ingest_context", lambda: world.context)

    await retry_due(Ticket("a.jpg", definitions=new).encode())

    photo = await world.index.get(photo_id("a.jpg"))
    assert catalogue() == shop()
    assert photo
    assert photo.recipe == world.context.recipe


async def test_another_language_makes_every_photo_stale_and_nothing_kept_is_used_for_it() -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg(1))
    english = await ingest("a.jpg", world.context)
    world.context.settings = world.context.settings.model_copy(update={"caption_language": "de"})

    assert await estimate(world.context) == Estimate(stale=1, total=1, tokens=1000)
    german = await ingest("a.jpg", world.context)

    assert english
    assert german
    assert (english.caption_language, german.caption_language) == ("en", "de")
    assert len(world.models.requests) == 2
    assert len(world.descriptions.texts) == 2
    assert await estimate(world.context) == Estimate(stale=0, total=1, tokens=0)


async def test_a_refresh_keeps_the_language_of_a_description_and_names_it_where_none_was_named() -> None:
    world = fakes()
    for name, language in (("new.jpg", "de"), ("of the last release.jpg", "")):
        info = world.storage.put(name, jpeg(len(name)))
        await ingest(name, world.context)
        id_ = photo_id(info.name)
        world.index.photos[id_] = replace(world.index.photos[id_], caption_language=language, fields_version=0)

        await ingest(name, world.context, refresh=True)

        assert world.index.photos[id_].caption_language == (language or "en")


def test_a_photo_without_tokens_costs_nothing() -> None:
    assert Photo(id="a", path="a").tokens == 0
