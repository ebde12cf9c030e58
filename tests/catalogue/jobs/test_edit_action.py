"""The action `edit`: patch, add and remove, once for each photo, and taken back."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalogue.context import CatalogueContext
from catalogue.editing import edit
from catalogue.jobs.batched_context import BatchedContext
from catalogue.jobs.edit_action import PhotoEditing, check_edit
from shared.edits import FieldEdit, PhotoEdits
from shared.errors import BadRequest, NotFound
from shared.photo import Photo, photo_id
from shared.stores.jobs import Job
from tests.ingest.fakes import FakeEdits, FakeIndex, FakeModels, FakeTickets
from tests.shared.stores.test_jobs import some_job

ID = photo_id("a.jpg")


async def in_paris(location: Mapping[str, float]) -> dict[str, str]:
    return {"city": "Paris", "state": "", "country": "France"}


class Editing:
    """One photo, and jobs that edit it."""

    def __init__(self, **fields: Any) -> None:
        self.index, self.edits = FakeIndex(), FakeEdits()
        parts: list[Any] = [self.edits, self.index, FakeModels(), FakeTickets(), FakeTickets()]
        self.context = CatalogueContext(*parts)
        self.index.photos[ID] = Photo(id=ID, path="a.jpg", etag='"1"', digest="d", **fields)
        batched = BatchedContext(self.context)
        self.action = PhotoEditing(lambda: batched, in_paris).action

    async def job(self, name: str = "job", **parameters: Any) -> Job:
        return replace(some_job(name), parameters=await self.action.check(parameters))

    async def run(self, job: Job) -> bool:
        return await self.action.change(ID, job)

    async def undo(self, job: Job) -> Any:
        return await self.action.undo([ID], job, "you")

    @property
    def photo(self) -> Photo:
        return self.index.photos[ID]


async def test_lists_are_added_to_and_removed_from() -> None:
    editing = Editing(tags=["sea", "sky"])
    job = await editing.job(patch={"title": "Rome"}, add={"tags": ["Catalogue 2026", "sea"]}, remove={"tags": ["sky"]})

    assert await editing.run(job)

    assert (editing.photo.title, editing.photo.tags) == ("Rome", ["sea", "catalogue 2026"])


async def test_a_location_has_its_place() -> None:
    editing = Editing(city="Rome", country="Italy")

    await editing.run(await editing.job(patch={"location": {"latitude": 48.85, "longitude": 2.35}}))

    assert (editing.photo.city, editing.photo.country) == ("Paris", "France")


async def test_a_photo_is_written_once_however_often_it_is_tried() -> None:
    editing = Editing(tags=["sea"])
    job = await editing.job(add={"tags": ["2026"]})
    assert await editing.run(job)
    await edit(ID, {"tags": ["mine"]}, by="me", context=editing.context)

    assert await editing.run(job)

    assert editing.photo.tags == ["mine"]
    assert len((await editing.edits.read(ID)).history) == 2


async def test_where_there_is_nothing_to_do_nothing_is_written() -> None:
    editing = Editing(tags=["sea"])

    assert not await editing.run(await editing.job(add={"tags": ["sea"]}, remove={"tags": ["sky"]}))

    assert not editing.edits.records


async def test_an_edit_is_taken_back_once() -> None:
    editing = Editing(tags=["sea"])
    job = await editing.job(add={"tags": ["2026"]})
    await editing.run(job)

    assert (await editing.undo(job)).changed == 1
    assert (await editing.undo(job)).unchanged == 1

    assert editing.photo.tags == ["sea"]


async def test_what_was_edited_since_is_listed_and_not_taken_back() -> None:
    editing = Editing(tags=["sea"])
    job = await editing.job(add={"tags": ["2026"]})
    await editing.run(job)
    await edit(ID, {"tags": ["mine"]}, by="me", context=editing.context)

    [fault] = (await editing.undo(job)).faults

    assert (fault.id, fault.error) == (ID, "tags has been changed since: undo the later change first")
    assert editing.photo.tags == ["mine"]


async def test_a_photo_that_is_gone_is_said() -> None:
    editing = Editing()
    job = await editing.job(patch={"title": "Rome"})

    with pytest.raises(NotFound):
        await editing.action.change(photo_id("b.jpg"), job)


async def test_an_edit_by_somebody_else_at_the_same_time_is_kept() -> None:
    editing = Editing(tags=["sea"])
    job = await editing.job(add={"tags": ["2026"]})

    def rival() -> None:
        editing.edits.before_write = lambda: None
        sky = FieldEdit(value=["sky"], by="me", at="2026-05-01T12:00:00Z", digest="d")
        edits = PhotoEdits(id=ID).changed({"tags": sky}, by="me", at=datetime.now(UTC))
        editing.edits.records[ID] = replace(edits, etag='"rival"')

    editing.edits.before_write = rival
    await editing.run(job)

    assert editing.photo.tags == ["sky", "2026"]


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({}, "patch"),
        ({"patch": []}, None),
        ({"patch": {"colour": "red"}}, "colour"),
        ({"patch": {"rating": 6}}, "rating"),
        ({"add": {"title": ["x"]}}, "add.title"),
        ({"add": {"tags": "x"}}, "add.tags"),
        ({"remove": ["x"]}, "remove"),
        ({"add": {"tags": [1]}}, "tags.0"),
        ({"patch": {"tags": ["x"]}, "add": {"tags": ["y"]}}, "tags"),
    ],
)
async def test_what_is_wrong_with_an_edit_is_said(parameters: dict[str, Any], param: str | None) -> None:
    with pytest.raises(BadRequest) as error:
        await check_edit(parameters)

    assert error.value.param == param


async def test_a_list_does_not_become_longer_than_a_patch_may_make_it() -> None:
    editing = Editing(tags=[f"tag {number}" for number in range(199)])
    job = await editing.job(patch={"title": "Rome"}, add={"tags": ["one more", "two more"]})

    result = await editing.action.work([ID], job)

    assert (result.changed, [each.error for each in result.faults]) == (
        0,
        ["the photo would have 201 tags, and may have 200"],
    )
    assert editing.photo.title == ""
    assert ID not in editing.edits.records
    assert await editing.run(await editing.job("other", add={"tags": ["one more"]}))


@pytest.mark.parametrize("is_undone", [False, True])
async def test_a_worker_that_dies_before_the_document_follows_leaves_it_to_the_next(is_undone: bool) -> None:
    editing = Editing(tags=["sea"])
    job = await editing.job(add={"tags": ["2026"]})
    if is_undone:
        await editing.run(job)
    merge, deaths = editing.index.merge, iter([Killed()])

    async def die(documents: Any) -> int:
        if death := next(deaths, None):
            raise death
        return await merge(documents)

    editing.index.merge = die  # type: ignore[method-assign, assignment]
    for _ in range(2):
        with suppress(Killed):
            await (editing.undo(job) if is_undone else editing.run(job))

    assert editing.photo.tags == (["sea"] if is_undone else ["sea", "2026"])


class Killed(BaseException):
    """What ends a worker in the middle of everything."""
