"""After the switch all photos are embedded by the new model: also those that come after one that cannot be."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ingest import migrate_command
from ingest.migrate_command import Migration
from ingest.migration import patience
from ingest.pipeline import ingest
from ingest.refresh import refresh
from shared.embedded_index import EmbeddedIndex, IndexRecord
from shared.embedding_model import embedding_of
from shared.errors import BadReply, Outage
from shared.photo import photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

NAMES = [f"{number}.jpg" for number in range(4)]
BROKEN = NAMES[1]


@pytest.fixture
async def world() -> Fakes:
    """Photos that another model embedded, one of which cannot be read any more."""
    world = fakes()
    for number, name in enumerate(NAMES):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    for id_, photo in world.index.photos.items():
        world.index.photos[id_] = replace(photo, facts_version=0, embedding_recipe="of another model")
    info, _ = world.storage.blobs[BROKEN]
    world.storage.blobs[BROKEN] = info, b"no picture"
    return world


def migration(world: Fakes) -> Migration:
    record = IndexRecord(EmbeddedIndex("photos", embedding_of(world.context.models)))

    async def now() -> IndexRecord:
        return record

    index = SimpleNamespace(record=SimpleNamespace(now=now))
    return Migration(world.context, cast(Any, index), lambda _: None, asks=False, azd=False)


def embedded_now(world: Fakes) -> set[str]:
    recipe = world.context.embedding_recipe
    return {photo.path for photo in world.index.photos.values() if photo.embedding_recipe == recipe}


async def test_one_that_cannot_be_read_is_named_and_keeps_none_of_the_others(
    world: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    described = len(world.models.requests)

    await migration(world).settle()

    assert embedded_now(world) == set(NAMES)
    assert len(world.models.requests) == described
    photo = world.index.photos[photo_id(BROKEN)]
    assert photo.caption  # it stays as it was
    [line] = [each for each in capsys.readouterr().out.splitlines() if BROKEN in each]
    assert line.startswith(f"kept {BROKEN} as it was: ")


@pytest.mark.parametrize("error", [BadReply("nonsense"), Outage("storage is away")])
async def test_what_is_about_one_photo_ends_nothing_and_an_outage_does(
    error: Exception, world: Fakes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(name: str, context: Any) -> bool:
        if name == NAMES[0]:
            raise error
        return await refresh(name, context)

    monkeypatch.setattr(migrate_command, "refresh", fail)
    monkeypatch.setattr(patience, "PATIENCE", (0.0,))

    if isinstance(error, Outage):
        with pytest.raises(Outage):
            await migration(world).settle()
        return
    await migration(world).settle()
    assert embedded_now(world) == set(NAMES[1:])
    assert f"failed {NAMES[0]}: nonsense; reconcile tries it again" in capsys.readouterr().out
