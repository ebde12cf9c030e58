"""Edits in the running product: found within seconds, kept through kills and a dropped index, taken back for free."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import pytest

from shared.photo import photo_id
from tests.machine import eventually
from tests.world import World, picture, running_world

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own."""
    with running_world(tmp_path_factory.mktemp("edits")) as world:
        yield world


def arrived(world: World, path: str, seed: int) -> dict[str, Any]:
    world.put(path, picture(seed)).raise_for_status()
    return eventually(lambda: record(world, path), timeout=60)


def record(world: World, path: str) -> dict[str, Any]:
    photo: dict[str, Any] = world.get(f"/api/photos/{photo_id(path)}")
    return photo


def edit(world: World, path: str, **values: Any) -> dict[str, Any]:
    answer = world.http.patch(f"/api/photos/{photo_id(path)}", json=values)
    assert answer.status_code == 200, answer.text
    photo: dict[str, Any] = answer.json()
    return photo


def finds(world: World, path: str, **search: Any) -> None:
    assert path in [photo["path"] for photo in world.get("/api/search", **search)["photos"]]


def test_what_people_write_is_found_by_words_by_meaning_and_by_filters_and_comes_off_again(world: World) -> None:
    before = arrived(world, "harbour.jpg", 1)
    described = len(world.calls("vision"))

    edit(
        world,
        "harbour.jpg",
        title="The ferry Skjoldnes",
        persons=["Åse Example"],
        taken_local="1987-06",
        tags=["ferry"],
        reviewed=True,
        city="Bergen",
    )

    eventually(lambda: finds(world, "harbour.jpg", q="Skjoldnes", mode="keyword"))
    eventually(lambda: finds(world, "harbour.jpg", q="the ferry Skjoldnes", mode="vector", top=1))
    for filter_ in ({"person": "Åse Example"}, {"taken_in": "1987"}, {"reviewed": "true"}, {"city": "Bergen"}):
        finds(world, "harbour.jpg", **filter_)
    assert world.get("/api/search", reviewed="false")["total"] == world.get("/api/search")["total"] - 1
    facets = world.get("/api/search")["facets"]
    assert {"value": "1987-06", "count": 1} in facets["month"]
    assert {"value": "Åse Example", "count": 1} in facets["persons"]

    names = ("title", "persons", "taken_local", "tags", "reviewed", "city")
    after = edit(world, "harbour.jpg", **dict.fromkeys(names))
    changing = {"etag", "indexed_at"}
    assert {name: after[name] for name in before.keys() - changing} == {
        name: before[name] for name in before.keys() - changing
    }
    assert len(world.calls("vision")) == described


def test_no_edit_is_lost_or_doubled_by_a_kill_at_any_moment_and_an_index_that_is_dropped(world: World) -> None:
    paths = [f"kill-{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        arrived(world, path, 10 + number)
    world.wait_until_settled()
    described = len(world.calls("vision"))
    world.misbehave(kind="latency", on="embed", rate=1, seconds=2)  # so that the kill comes before the vector
    for number, path in enumerate(paths):
        with suppress(httpx.HTTPError):  # whether it was answered is not the point
            world.http.patch(f"/api/photos/{photo_id(path)}", json={"title": f"Saved {number}"}, timeout=0.5)

    world.host.stop(signal.SIGKILL)
    world.calm()
    world.host.start()

    stored = {path for path in paths if is_stored(world, path)}
    assert stored, "none was stored before the kill"
    run_reconcile(world)
    for path in stored:
        eventually(partial(has_title, world, path), timeout=60)
    world.wait_until_settled()  # nothing is queued while something else is on its way
    world.drop_index()
    run_reconcile(world)
    for path in stored:
        eventually(partial(has_title, world, path), timeout=90)
        assert len(world.get(f"/api/photos/{photo_id(path)}/history")["changes"]) == 1
    assert len(world.calls("vision")) == described


def is_stored(world: World, path: str) -> bool:
    return bool(world.blobs.get_blob_client("photo-edits", f"{photo_id(path)}.json").exists())


def has_title(world: World, path: str) -> None:
    assert record(world, path)["title"] == f"Saved {path[5]}"


def run_reconcile(world: World) -> None:
    """Reconcile as its timer does."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "reconcile"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **world.host.environment},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_a_deleted_photo_comes_back_with_its_edits_and_goes_without_a_trace(world: World) -> None:
    path, id_ = "trash.jpg", photo_id("trash.jpg")
    arrived(world, path, 30)
    world.wait_until_settled()
    edit(world, path, title="Saved t")
    described = len(world.calls("vision"))

    world.http.delete(f"/api/photos/{id_}").raise_for_status()
    assert [each["id"] for each in world.get("/api/trash")["photos"]] == [id_]
    assert world.get("/api/status")["trash"] == 1
    eventually(partial(is_gone, world, id_))
    world.host.stop(signal.SIGKILL)
    world.host.start()

    answer = world.http.post(f"/api/trash/{id_}/restore")
    assert answer.status_code == 202, answer.text
    restored = eventually(partial(record, world, path), timeout=60)
    assert (restored["title"], restored["sources"]["title"]) == ("Saved t", "person")
    assert len(world.calls("vision")) == described

    world.wait_until_settled()
    world.http.delete(f"/api/photos/{id_}").raise_for_status()
    assert world.http.delete("/api/trash").json() == {"deleted": 1}
    assert traces(world, id_, restored["digest"]) == []


def is_gone(world: World, id_: str) -> None:
    assert world.http.get(f"/api/photos/{id_}").status_code == 404


def traces(world: World, id_: str, digest: str) -> list[str]:
    """The blobs that still name a photo, or its bytes."""
    containers = [each.name for each in world.blobs.list_containers() if each.name.startswith("photo")]
    return [
        f"{container}/{blob.name}"
        for container in containers
        for blob in world.blobs.get_container_client(container).list_blobs()
        if id_ in blob.name or digest in blob.name or blob.name == "trash.jpg"
    ]


def test_a_move_that_is_killed_is_finished_and_the_old_id_leads_on(world: World) -> None:
    old, new = "inbox/ferry.jpg", "bergen/harbour.jpg"
    old_id, new_id = photo_id(old), photo_id(new)
    world.put("inbox/ferry.xmp", XMP).raise_for_status()
    arrived(world, old, 40)
    edit(world, old, title="The ferry")
    collection = world.http.post("/api/collections", json={"name": "Best", "ids": [old_id]}).json()["id"]
    world.wait_until_settled()
    before, described = record(world, old), len(world.calls("vision"))

    with suppress(httpx.HTTPError):  # it is killed somewhere on its way
        world.http.post(f"/api/photos/{old_id}/move", json={"path": new}, timeout=0.15)
    world.host.stop(signal.SIGKILL)
    assert {old, new} & originals(world)
    world.host.start()
    answer = world.http.post(f"/api/photos/{old_id}/move", json={"path": new}, follow_redirects=True)
    assert answer.json() == {"id": new_id, "path": new}, answer.text

    same = ("title", "rating", "collections", "caption", "digest", "arrived_at", "sources", "recipe", "keywords")
    after = record(world, new)
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert originals(world) == {new, "bergen/harbour.xmp"}
    assert [each["id"] for each in world.get("/api/search", folder="bergen")["photos"]] == [new_id]
    assert [each["id"] for each in world.get(f"/api/collections/{collection}/photos")["photos"]] == [new_id]
    for path in ("", "/history", "/thumbnail", "/preview", "/original", "/similar"):
        led = world.http.get(f"/api/photos/{old_id}{path}")
        assert (led.status_code, led.headers["location"]) == (301, f"/api/photos/{new_id}{path}")
    edited = world.http.patch(f"/api/photos/{old_id}", json={"favorite": True}, follow_redirects=True)
    assert (edited.status_code, edited.json()["id"], edited.json()["favorite"]) == (200, new_id, True)
    world.wait_until_settled()
    assert len(world.get(f"/api/photos/{new_id}/history")["changes"]) == 2
    assert len(world.calls("vision")) == described
    assert not {old, new} & {each["path"] for each in world.get("/api/trash")["photos"]}


def originals(world: World) -> set[str]:
    """The files of the photo that is moved."""
    return {each.name for each in world.photos.list_blobs() if each.name.startswith(("inbox/", "bergen/"))}
