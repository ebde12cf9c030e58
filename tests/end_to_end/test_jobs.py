"""Jobs in the running product: they survive a kill, change each photo once, and can be taken back."""

import io
import signal
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from shared.photo import photo_id
from tests.machine import eventually
from tests.world import World, picture, running_world

PATHS = [f"batch/{number}.jpg" for number in range(6)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own, with a few photos."""
    with running_world(tmp_path_factory.mktemp("jobs")) as world:
        for number, path in enumerate(PATHS):
            world.put(path, picture(number)).raise_for_status()
        eventually(lambda: all_are_there(world), timeout=90)
        world.wait_until_settled(90)
        yield world


def all_are_there(world: World) -> None:
    assert set(PATHS) <= world.paths()


def make(world: World, **body: Any) -> str:
    answer = world.http.post("/api/jobs", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def is_done(world: World, id_: str, **counts: int) -> dict[str, Any]:
    job: dict[str, Any] = world.get(f"/api/jobs/{id_}")
    assert (job["state"], {name: job[name] for name in counts}) == ("done", counts), job
    return job


def tags(world: World, path: str) -> list[str]:
    return list(world.get(f"/api/photos/{photo_id(path)}")["tags"])


def changes(world: World, path: str) -> list[dict[str, Any]]:
    return list(world.get(f"/api/photos/{photo_id(path)}/history")["changes"])


def test_a_job_that_is_killed_goes_on_and_writes_each_photo_once(world: World) -> None:
    world.misbehave(kind="latency", on="embed", rate=1, seconds=1)  # so that the kill comes in the middle
    id_ = make(world, action="edit", search={"folder": "batch"}, expected=6, add={"tags": ["catalogue 2026"]})
    eventually(lambda: some_are_edited(world), timeout=60)
    world.host.stop(signal.SIGKILL)
    world.calm()
    world.host.start()

    job = eventually(lambda: is_done(world, id_, total=6, failed=0), timeout=120)

    assert job["changed"] == 6
    for path in PATHS:
        assert tags(world, path)[-1] == "catalogue 2026"
        assert sum("tags" in each["after"] for each in changes(world, path)) == 1
    assert world.get("/api/search", tag="catalogue 2026")["total"] == 6

    renamed = make(
        world, action="rename_tags", search={"tag": "catalogue 2026"}, old=["catalogue 2026"], new="autumn list"
    )
    eventually(partial(is_done, world, renamed, changed=6), timeout=60)
    assert world.get("/api/search", tag="autumn list")["total"] == 6
    undo = world.http.post(f"/api/jobs/{renamed}/undo").json()["id"]
    eventually(partial(is_done, world, undo, changed=6), timeout=60)
    assert world.get("/api/search", tag="catalogue 2026")["total"] == 6


def some_are_edited(world: World) -> None:
    assert any(changes(world, path) for path in PATHS)


def test_what_a_job_deletes_comes_back_from_the_trash_with_what_people_wrote(world: World) -> None:
    path = PATHS[0]
    world.http.patch(f"/api/photos/{photo_id(path)}", json={"title": "The last of its kind"}).raise_for_status()

    id_ = make(world, action="delete", ids=[photo_id(path)])
    eventually(partial(is_done, world, id_, changed=1), timeout=60)
    assert path not in world.paths()
    assert [each["path"] for each in world.get("/api/trash")["photos"]] == [path]

    undo = world.http.post(f"/api/jobs/{id_}/undo").json()["id"]
    eventually(partial(is_done, world, undo, changed=1), timeout=60)
    eventually(lambda: has_title(world, path, "The last of its kind"), timeout=60)


def test_an_export_that_is_killed_becomes_one_zip_behind_a_link(world: World) -> None:
    paths = PATHS[1:]
    id_ = make(world, action="export", ids=[photo_id(each) for each in paths])
    world.host.stop(signal.SIGKILL)
    world.host.start()

    job = eventually(partial(is_done, world, id_, changed=len(paths), failed=0), timeout=120)

    zipped = httpx.get(job["result"]["url"], trust_env=False, timeout=60)
    archive = zipfile.ZipFile(io.BytesIO(zipped.raise_for_status().content))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == sorted(paths)
    assert archive.read(paths[0]) == picture(PATHS.index(paths[0]))
    assert len(zipped.content) == job["result"]["size_bytes"]
    assert zipped.headers["content-disposition"] == 'attachment; filename="photos.zip"'


def has_title(world: World, path: str, title: str) -> None:
    assert world.get(f"/api/photos/{photo_id(path)}")["title"] == title
