"""Edits are stored first and indexed at once; of those made at the same time none is lost in silence."""

from dataclasses import replace
from typing import Any, cast

import pytest

from catalogue.context import CatalogueContext
from catalogue.editing import edit, record_etag, undo
from shared.edits import FieldEdit, PhotoEdits
from shared.embedded_text import text_digest
from shared.embedding_model import embedding_of
from shared.errors import NotFound, Outage, PreconditionFailed
from shared.photo import Photo, photo_id
from tests.ingest.fakes import FakeEdits, FakeIndex, FakeModels, FakeTickets

ID = photo_id("a.jpg")


class World:
    """The catalogue over services in memory, with one photo."""

    def __init__(self) -> None:
        self.edits, self.index, self.models = FakeEdits(), FakeIndex(), FakeModels()
        self.tickets, self.refresh_tickets = FakeTickets(), FakeTickets()
        names = ("edits", "index", "models", "tickets", "refresh_tickets")
        self.context = CatalogueContext(**{name: cast(Any, getattr(self, name)) for name in names})
        photo = Photo(id=ID, path="a.jpg", title="A lake", tags=["lake"], digest="d", etag='"1"', recipe="r")
        recipe = embedding_of(self.models).recipe
        self.index.photos[ID] = replace(photo, embedded_text=text_digest(photo), embedding_recipe=recipe, vector=[9.0])

    @property
    def photo(self) -> Photo:
        return self.index.photos[ID]

    async def edit(self, etag: str = "", **values: Any) -> Photo:
        if_match = frozenset({etag} - {""})
        return await edit(ID, values, by="ann", context=self.context, if_match=if_match)

    def edit_behind_its_back(self, **values: Any) -> None:
        """What another process stores, once."""
        edits = self.edits.records.get(ID, PhotoEdits(id=ID))
        new = {name: FieldEdit(value=value, by="bob", at="", digest="d") for name, value in values.items()}
        self.edits.records[ID] = replace(edits, fields=edits.fields | new, etag='"bob"')
        self.edits.before_write = lambda: None


async def test_an_edit_is_stored_indexed_and_embedded() -> None:
    world = World()

    photo = await world.edit(title="My lake", persons=["Ann Example"])

    assert (photo.title, photo.persons) == ("My lake", ["Ann Example"])
    assert world.photo == replace(photo, vector=world.photo.vector)
    assert world.photo.vector == [1.0, 0.5]
    assert world.models.embedded == ["My lake\nlake\nAnn Example"]
    record = world.edits.records[ID]
    assert (record.path, record.values) == ("a.jpg", {"title": "My lake", "persons": ["Ann Example"]})
    assert (record.fields["title"].by, record.fields["title"].digest) == ("ann", "d")


async def test_taking_an_edit_back_restores_all_with_its_vector() -> None:
    world = World()
    before = world.photo
    await world.edit(title="My lake", rating=5)

    photo = await world.edit(title=None, rating=None)

    kept = {"vector": world.photo.vector, "edits_state": photo.edits_state, "unedited": photo.unedited}
    kept |= {"alt_text_faults": photo.alt_text_faults}
    assert world.photo == replace(before, **cast(Any, kept))
    assert world.models.embedded == ["My lake\nlake", "A lake\nlake"]
    assert photo.record()["sources"] == {"title": "model", "tags": "model"}


async def test_what_is_not_embedded_costs_nothing() -> None:
    world = World()

    await world.edit(favorite=True, reviewed=True, rating=4, credit="Archive")

    assert (world.photo.favorite, world.photo.reviewed, world.photo.vector) == (True, True, [9.0])
    assert world.models.embedded == []


async def test_nothing_is_written_where_nothing_changes() -> None:
    world = World()
    await world.edit(title="My lake")

    await world.edit(title="My lake", city=None)

    assert world.edits.writes == 1


async def test_edits_of_different_fields_at_the_same_time_both_survive() -> None:
    world = World()
    world.edits.before_write = lambda: world.edit_behind_its_back(city="Rome")

    photo = await world.edit(title="My lake")

    assert (photo.title, photo.city) == ("My lake", "Rome")
    assert (world.photo.title, world.photo.city) == ("My lake", "Rome")


async def test_a_lost_race_is_told_and_writes_nothing() -> None:
    world = World()
    seen = record_etag(world.photo)
    await world.edit(city="Rome")

    with pytest.raises(PreconditionFailed) as refusal:
        await world.edit(seen, title="My lake")

    assert refusal.value.param == "If-Match"
    assert world.photo.title == "A lake"
    await world.edit(record_etag(world.photo), title="My lake")
    assert world.photo.title == "My lake"


async def test_a_race_that_is_lost_between_reading_and_writing_is_told() -> None:
    world = World()
    world.edits.before_write = lambda: world.edit_behind_its_back(city="Rome")

    with pytest.raises(PreconditionFailed):
        await world.edit(record_etag(world.photo), title="My lake")


async def test_any_etag_will_do_for_a_star() -> None:
    world = World()

    assert (await world.edit("*", title="My lake")).title == "My lake"


@pytest.mark.parametrize(
    "change",
    [{"etag": '"2"'}, {"recipe": "s"}, {"sidecar_digest": "x"}, {"title": "Other words"}, {"edits_state": "e"}],
)
def test_the_etag_covers_file_description_and_edits(change: dict[str, Any]) -> None:
    photo = World().photo

    assert record_etag(replace(photo, **change)) != record_etag(photo)
    assert record_etag(replace(photo, vector=[], indexed_at="2026-01-01T00:00:00Z")) == record_etag(photo)


async def test_the_etag_after_an_edit_is_that_of_the_record_in_the_index() -> None:
    world = World()

    photo = await world.edit(title="My lake")

    assert record_etag(photo) == record_etag(world.photo)


async def test_an_edit_that_is_not_indexed_yet_counts_all_the_same() -> None:
    world = World()
    world.edit_behind_its_back(city="Rome")

    photo = await world.edit(title="My lake")

    assert (photo.city, world.photo.city) == ("Rome", "Rome")


async def test_a_model_that_is_down_delays_the_vector_and_nothing_else() -> None:
    world = World()

    async def fail(texts: Any) -> Any:
        raise Outage("down")

    world.models.embed = fail  # type: ignore[method-assign]
    photo = await world.edit(title="My lake")

    assert photo.title == world.photo.title == "My lake"
    assert (world.photo.embedded_text, world.photo.vector) == ("", [9.0])
    assert world.refresh_tickets.names == ["a.jpg"]


async def test_there_is_nothing_to_edit_without_a_photo() -> None:
    world = World()
    world.index.photos.clear()

    with pytest.raises(NotFound):
        await world.edit(title="My lake")
    assert world.edits.writes == 0


async def test_a_new_location_has_a_place() -> None:
    world = World()
    place = {"city": "Rome", "state": "", "country": "Italy"}
    location = {"latitude": 41.9, "longitude": 12.5}

    photo = await edit(ID, {"location": location}, by="ann", context=world.context, place=place)

    assert (photo.location, photo.city, photo.country) == ((12.5, 41.9), "Rome", "Italy")
    photo = await world.edit(location=None)
    assert (photo.location, photo.city, photo.country) == (None, "", "")


async def test_an_undone_change_is_undone_in_the_index_too() -> None:
    world = World()
    await world.edit(title="My lake")
    await world.edit(title="Our lake", city="Rome")

    await undo(ID, None, by="ann", context=world.context)
    assert (world.photo.title, world.photo.city) == ("My lake", "")
    await undo(ID, 1, by="ann", context=world.context)
    assert (world.photo.title, world.photo.sources) == ("A lake", [])
    with pytest.raises(PreconditionFailed):
        await undo(ID, None, by="ann", context=world.context)
