"""The action `move`: into a folder, by a pattern of names, twice, and back."""

from dataclasses import replace
from typing import Any

import pytest

from ingest.move import move
from ingest.pipeline import ingest
from shared.errors import BadRequest
from shared.photo import photo_id
from shared.stores.jobs import Job
from tests.ingest.fakes import Fakes, fakes, jpeg
from tests.shared.stores.test_jobs import some_job
from web.move_action import MoveAction, named

PATHS = ["rome/IMG_7.JPG", "rome/b.jpg"]
IDS = [photo_id(each) for each in PATHS]


async def world_with_photos() -> Fakes:
    world = fakes()
    for path in PATHS:
        world.storage.put(path, jpeg(), md5=path)
        await ingest(path, world.context)
    return world


async def moving(world: Fakes, **parameters: Any) -> tuple[MoveAction, Job]:
    action = MoveAction(lambda: world.context)
    return action, replace(some_job("move"), total=len(IDS), parameters=await action.check(parameters))


def paths(world: Fakes) -> set[str]:
    return {each.path for each in world.index.photos.values()}


async def test_photos_are_numbered_where_they_are_and_a_slice_may_be_done_twice() -> None:
    world = await world_with_photos()
    action, job = await moving(world, name="forum {number}")

    first, again = await action.work(IDS, job), await action.work(IDS, job)

    assert (first.changed, again.changed, again.faults) == (2, 2, [])
    assert paths(world) == {"rome/forum 1.JPG", "rome/forum 2.jpg"}


async def test_they_are_moved_back_once_and_others_are_left_alone() -> None:
    world = await world_with_photos()
    action, job = await moving(world, folder="2024", name="{name} of Rome")
    await action.work(IDS, job)
    await move(photo_id("2024/b of Rome.jpg"), "elsewhere/b.jpg", world.context)

    undone = await action.undo(IDS, job, "you")
    again = await action.undo(IDS, job, "you")

    assert (undone.changed, [each.id for each in undone.faults], again.changed) == (1, [IDS[1]], 0)
    assert paths(world) == {PATHS[0], "elsewhere/b.jpg"}


async def test_what_was_there_before_the_job_is_not_moved_back() -> None:
    world = await world_with_photos()
    await move(IDS[0], "2024/IMG_7.JPG", world.context)
    action, job = await moving(world, folder="2024")

    undone = await action.undo(IDS, replace(job, created_at="9999-01-01T00:00:00Z"), "you")

    assert (undone.changed, undone.unchanged) == (0, 2)


async def test_a_photo_without_a_date_is_not_named_by_one() -> None:
    world = await world_with_photos()
    world.index.photos[IDS[0]] = replace(
        world.index.photos[IDS[0]], taken_local="2024-05-31T00:00:00", taken_precision="month"
    )
    world.index.photos[IDS[1]] = replace(world.index.photos[IDS[1]], taken_local=None)
    action, job = await moving(world, name="{date} {name}")

    result = await action.work(IDS, job)

    assert [each.id for each in result.faults] == [IDS[1]]
    assert paths(world) == {"rome/2024-05 IMG_7.JPG", "rome/b.jpg"}


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({}, "folder"),
        ({"folder": 1}, "folder"),
        ({"folder": "a//b"}, "folder"),
        ({"name": "rome"}, "name"),
        ({"name": "{date}"}, "name"),
        ({"name": "{number} {camera}"}, "name"),
        ({"name": "rome/{number}"}, "name"),
        ({"name": " "}, "name"),
        ({"name": 1}, "name"),
        ({"path": "a"}, "path"),
    ],
)
async def test_what_is_wrong_is_said(parameters: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await MoveAction(lambda: fakes().context).check(parameters)

    assert caught.value.param == param


def test_a_name_without_an_extension_stays_so() -> None:
    assert named("photo", "{name}-{number}", number="01", date="") == "photo-01"
