"""Edits outlive whatever becomes of a document: another description, other bytes, another index, a kill."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.edits import queue_edited
from ingest.pipeline import ingest
from shared.edits import FieldEdit, PhotoEdits
from shared.photo import Photo, photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "dog.jpg"
ID = photo_id(NAME)
NOW = datetime(2026, 11, 2, tzinfo=UTC)


async def edit(world: Fakes, id_: str = ID, **values: Any) -> None:
    """Store an edit, as if its process were killed before the document followed."""
    digest = world.index.photos[id_].digest if id_ in world.index.photos else ""
    edits = {name: value and FieldEdit(value=value, by="ann", at="", digest=digest) for name, value in values.items()}
    old = await world.edits.read(id_)
    assert await world.edits.write(old.changed(edits, by="ann", at=NOW))


async def indexed_with_edit() -> Fakes:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await edit(world, title="Rex")
    await ingest(NAME, world.context)
    return world


async def edits_of(world: Fakes) -> list[tuple[str, str]]:
    """The ids and etags of all edits."""
    return [each async for page, _ in world.edits.pages() for each in page]


async def test_an_edit_is_indexed_and_embedded_without_reading_the_photo_again() -> None:
    world = await indexed_with_edit()

    photo = world.index.photos[ID]
    assert (photo.title, photo.caption) == ("Rex", "A brown dog runs along a wide beach.")
    assert "Rex" in world.models.embedded[-1]
    assert photo.vector == [2.0, 0.5]
    assert world.storage.reads == [NAME]
    assert len(world.models.requests) == 1


async def test_a_photo_whose_edits_are_indexed_is_left_alone() -> None:
    world = await indexed_with_edit()
    before = world.index.photos[ID]

    await ingest(NAME, world.context)

    assert world.index.photos[ID] == before
    assert len(world.models.embedded) == 2


async def test_an_edit_that_changes_no_text_is_not_embedded_again() -> None:
    world = await indexed_with_edit()
    await edit(world, favorite=True)

    photo = await ingest(NAME, world.context)

    assert photo
    assert (photo.title, photo.favorite) == ("Rex", True)
    assert len(world.models.embedded) == 2


async def test_an_edit_survives_another_index() -> None:
    world = await indexed_with_edit()
    world.index.photos.clear()

    photo = await ingest(NAME, world.context)

    assert photo
    assert (photo.title, photo.sources) == ("Rex", ["title:person"])
    assert len(world.models.requests) == 1


async def test_an_edit_survives_another_description_and_comes_off_to_the_new_one() -> None:
    world = await indexed_with_edit()
    world.index.photos[ID] = replace(world.index.photos[ID], recipe="old")
    world.descriptions.texts.clear()
    world.models.reply = replace(world.models.reply, text=world.models.reply.text.replace("A dog on a beach", "Dog"))

    photo = await ingest(NAME, world.context)
    assert photo
    assert photo.title == "Rex"
    assert len(world.models.requests) == 2

    await edit(world, title=None)
    photo = await ingest(NAME, world.context)
    assert photo
    assert (photo.title, photo.sources) == ("Dog", [])


async def test_an_edit_stays_when_other_bytes_come_under_the_name() -> None:
    world = await indexed_with_edit()
    world.storage.put(NAME, jpeg(1))

    photo = await ingest(NAME, world.context)

    assert photo
    assert (photo.title, photo.for_earlier_file) == ("Rex", ["title"])


async def test_the_same_bytes_under_a_new_etag_keep_the_edit() -> None:
    world = await indexed_with_edit()
    info = world.storage.put(NAME, jpeg())

    photo = await ingest(NAME, world.context)

    assert photo
    assert (photo.title, photo.etag, photo.for_earlier_file) == ("Rex", info.etag, [])
    assert await queue_edited(await edits_of(world), world.context) == 0
    assert len(world.models.embedded) == 2


async def test_a_copy_does_not_share_edits_and_gets_its_own_vector() -> None:
    world = await indexed_with_edit()
    world.storage.put("copy.jpg", jpeg())

    copy = await ingest("copy.jpg", world.context)

    assert copy
    assert (copy.title, copy.sources) == ("A dog on a beach", [])
    assert copy.vector == [3.0, 0.5]
    assert len(world.models.requests) == 1


async def test_an_edit_made_while_a_photo_is_indexed_is_not_overwritten() -> None:
    world = await indexed_with_edit()
    world.storage.put(NAME, jpeg(1))
    late = replace(world.edits.records[ID], etag='"late"')
    late = replace(late, fields={"title": replace(late.fields["title"], value="Max")})
    world.index.before_put = lambda: world.edits.records.update({ID: late})

    await ingest(NAME, world.context)

    assert world.index.photos[ID].title == "Max"
    assert "Max" in world.models.embedded[-1]


async def test_an_edit_outlasts_a_worker_that_began_before_there_was_a_document() -> None:
    world = await indexed_with_edit()
    by_another, edits = world.index.photos.pop(ID), world.edits.records.pop(ID)

    def another_is_first() -> None:
        world.index.photos[ID], world.edits.records[ID] = by_another, edits

    world.index.before_put = another_is_first

    await ingest(NAME, world.context)

    assert world.index.photos[ID].title == "Rex"


async def test_what_waits_for_a_photo_that_comes_again_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await indexed_with_edit()
    world.index.photos.clear()
    asked: list[str] = []
    monkeypatch.setattr(world.edits, "etag", asked.append)
    monkeypatch.setattr("ingest.pipeline.check_grants", asked.append)

    photo = await ingest(NAME, world.context)

    assert photo
    assert photo.title == "Rex"
    assert not asked  # nobody can have changed them while there was no document


async def test_edits_laid_over_a_document_that_was_replaced_meanwhile_are_mended_without_paying() -> None:
    world = await indexed_with_edit()
    stale = world.index.photos[ID]
    world.storage.put(NAME, jpeg(1))
    photo = await ingest(NAME, world.context)
    assert photo
    requests = len(world.models.requests)
    world.index.photos[ID] = replace(photo, caption="of the old file", unedited=stale.unedited, edits_state="old")

    assert await queue_edited(await edits_of(world), world.context) == 1
    await ingest(NAME, world.context, refresh=True)

    assert world.index.photos[ID] == replace(photo, vector=world.index.photos[ID].vector, indexed_at=indexed_at(world))
    assert len(world.models.requests) == requests


def indexed_at(world: Fakes) -> str | None:
    return world.index.photos[ID].indexed_at


async def test_reconcile_queues_documents_that_lack_an_edit_and_no_others() -> None:
    world = await indexed_with_edit()
    assert await queue_edited(await edits_of(world), world.context) == 0

    await edit(world, city="Rome")
    await edit(world, "b" * 32, title="of a photo that is not indexed yet")

    assert await queue_edited(await edits_of(world), world.context) == 1
    assert world.refresh_tickets.names == [NAME]


async def test_reconcile_queues_a_document_whose_text_was_not_embedded() -> None:
    world = await indexed_with_edit()
    world.index.photos[ID] = replace(world.index.photos[ID], embedded_text="")

    assert await queue_edited(await edits_of(world), world.context) == 1
    await ingest(NAME, world.context, refresh=True)

    assert world.index.photos[ID].embedded_text
    assert len(world.models.embedded) == 3


async def test_two_who_edit_at_once_both_have_their_way() -> None:
    world = await indexed_with_edit()
    await edit(world, caption="By ann")
    others: list[PhotoEdits] = []

    def write_another() -> None:
        if not others:
            edits = world.edits.records[ID]
            city = FieldEdit(value="Rome", by="bob", at="", digest=world.index.photos[ID].digest)
            others.append(replace(edits, fields=edits.fields | {"city": city}, etag='"bob"'))
            world.edits.records[ID] = others[0]

    world.index.before_merge = write_another
    await world.context.edited_documents.follow(ID)

    photo: Photo = world.index.photos[ID]
    assert (photo.title, photo.caption, photo.city) == ("Rex", "By ann", "Rome")
