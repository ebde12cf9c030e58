"""Descriptions by another model are kept beside those of now, until they are accepted or rejected."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.caption_once import earlier_descriptions
from ingest.context import IngestContext
from ingest.pipeline import ingest
from ingest.recaption import estimate
from ingest.sample_page import SampledPhoto, sample_page
from ingest.trial_captions import accept, describe_all, describe_beside, reject, sample, trial_context
from shared.edits import FieldEdit
from shared.errors import BadRequest, Paused, RefusedPhoto
from shared.model_reply import ModelReply, TokenUsage
from shared.photo import photo_id
from tests.ingest.fakes import ANSWER, FakeModels, Fakes, fakes, jpeg

NAMES = ("a.jpg", "b.jpg", "c.jpg")
BETTER = "better vision"


class TrialModels(FakeModels):
    """Models of which another one describes photos in other words."""

    def captioned_by(self, model: str) -> "TrialModels":
        answer = ANSWER | {"caption": f"What {model} sees.", "title": "Another title"}
        reply = ModelReply(json.dumps(answer), usage=TokenUsage(900, 100))
        others = TrialModels(reply=reply, caption_model=model, embedded=self.embedded, requests=self.requests)
        others.error = self.error
        return others


@pytest.fixture
async def world() -> Fakes:
    """Three photos that the model of now has described."""
    return await described()


async def described(names: Sequence[str] = NAMES, **settings: str) -> Fakes:
    """A library whose photos the model of now has described."""
    world = fakes(**settings)
    world.models = world.context.models = TrialModels()  # type: ignore[assignment]
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    world.models.requests.clear()
    return world


def trial_of(world: Fakes) -> IngestContext:
    return trial_context(world.context, BETTER)


def quiet(_: str) -> None: ...


async def use(world: Fakes) -> None:
    """Set the model that describes photos."""
    world.context.models = world.context.models.captioned_by(BETTER)


async def test_both_versions_are_kept_and_no_document_changes(world: Fakes) -> None:
    before = dict(world.index.photos)
    assert (await estimate(trial_of(world))).stale == 3

    report = await describe_all(trial_of(world), progress=quiet)

    assert (report.described, report.kept, report.changed, report.failed) == (3, 0, 0, {})
    assert world.index.photos == before
    assert not world.tickets.sent
    photo = before[photo_id("a.jpg")]
    versions = await earlier_descriptions(photo, world.context)
    assert {each.description.caption for each in versions} == {photo.caption, f"What {BETTER} sees."}


async def test_whoever_was_stopped_pays_for_nothing_twice(world: Fakes) -> None:
    await describe_beside(world.index.photos[photo_id("b.jpg")], trial_of(world))
    world.storage.reads.clear()

    report = await describe_all(trial_of(world), progress=quiet)

    assert (report.described, report.kept) == (2, 1)
    assert sorted(world.storage.reads) == ["a.jpg", "c.jpg"]
    assert len(world.models.requests) == 3


async def test_accepted_descriptions_cost_nothing_and_what_people_wrote_wins(world: Fakes) -> None:
    id_ = photo_id("a.jpg")
    edit = FieldEdit(value="Rex", by="ann", at="", digest=world.index.photos[id_].digest)
    await world.edits.write((await world.edits.read(id_)).changed({"title": edit}, by="ann", at=datetime.now(UTC)))
    await describe_all(trial_of(world), progress=quiet)
    world.models.requests.clear()
    with pytest.raises(BadRequest, match="set it to better vision for all instances"):
        await accept(world.context, BETTER)
    await use(world)

    assert await accept(world.context, BETTER) == (3, 0)
    for name in world.tickets.names:
        await ingest(name, world.context)

    assert world.models.requests == []
    assert {each.caption for each in world.index.photos.values()} == {f"What {BETTER} sees."}
    assert {each.title for each in world.index.photos.values()} == {"Rex", "Another title"}
    assert (await estimate(world.context)).stale == 0


async def test_what_is_not_described_yet_is_not_paid_for_by_accepting(world: Fakes) -> None:
    await describe_beside(world.index.photos[photo_id("b.jpg")], trial_of(world))
    await use(world)

    assert await accept(world.context, BETTER) == (1, 2)

    assert world.tickets.names == ["b.jpg"]


async def test_rejected_descriptions_go_and_those_of_now_stay(world: Fakes) -> None:
    before = set(world.descriptions.texts)
    await describe_all(trial_of(world), progress=quiet)

    assert await reject(world.context, BETTER) == 3

    assert set(world.descriptions.texts) == before
    with pytest.raises(BadRequest, match="CAPTION_MODEL is vision"):
        await reject(world.context, "vision")


async def test_a_description_that_a_photo_uses_is_not_rejected(world: Fakes) -> None:
    await describe_all(trial_of(world), progress=quiet)
    id_ = photo_id("a.jpg")
    world.index.photos[id_] = replace(world.index.photos[id_], recipe=trial_of(world).recipe)

    assert await reject(world.context, BETTER) == 2


async def test_it_counts_against_the_cap_of_the_day_and_goes_on_the_next() -> None:
    world = await described(CAPTIONS_PER_DAY="4")

    with pytest.raises(Paused, match="used up"):
        await describe_all(trial_of(world), progress=quiet)

    assert len(world.models.requests) == 1
    world.spending.days.clear()
    report = await describe_all(trial_of(world), progress=quiet)
    assert (report.described, report.kept) == (2, 1)


async def test_a_photo_that_changed_is_left_and_one_that_is_refused_keeps_none_of_the_others(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg(9))
    world.models.error = RefusedPhoto("the model does not describe it")

    report = await describe_all(trial_of(world), progress=quiet)

    assert report.changed == 1
    assert set(report.failed) == {"b.jpg", "c.jpg"}


async def test_a_sample_shows_both_side_by_side(world: Fakes) -> None:
    rows = await sample(trial_of(world), 2)

    assert len(rows) == 2
    assert len(world.models.requests) == 2
    [(photo, new), _] = rows
    shown = SampledPhoto("<b>.jpg", b"jpeg", new.model_copy(update={"caption": photo.caption}), new)
    text = sample_page([shown], now="vision", new=BETTER)
    expected = (
        "&lt;b&gt;.jpg",
        photo.caption,
        f"What {BETTER} sees.",
        "data:image/jpeg;base64,anBlZw==",
        "<h2>vision</h2>",
    )
    assert all(each in text for each in expected)
    assert "<b>" not in text
