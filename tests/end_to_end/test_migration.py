"""The library moves to another index and embedding model while people search, upload, edit and delete."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.migration.steps import STAYS
from shared.embedded_index import EmbeddedIndex, IndexRecord
from shared.embedding_model import EmbeddingModel
from shared.services import Services
from shared.settings import load
from tests.machine import eventually
from tests.world import KEY, ROOT, World, picture, running_world, settings

FIRST = EmbeddedIndex("photos", EmbeddingModel("stand-in-embedding", 384))
SECOND = EmbeddedIndex("photos-2", EmbeddingModel("stand-in-embedding-small", 256))
TO_SECOND = ("--to", SECOND.name, "--embedding-model", SECOND.embedding.name, "--dimensions", "256", "--yes")
PHOTOS = [f"before/{number}.jpg" for number in range(8)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A library of eight photos that are described."""
    with running_world(tmp_path) as world:
        for number, path in enumerate(PHOTOS):
            assert world.put(path, picture(number)).status_code == 201
        eventually(lambda: assert_paths(world, set(PHOTOS)), timeout=90)
        world.wait_until_settled()
        world.forget_calls()
        yield world


def assert_paths(world: World, paths: set[str]) -> None:
    assert world.paths() == paths


def environment(world: World) -> dict[str, str]:
    return os.environ | settings(world.azurite, world.models_url, world.search_url)


def start(world: World, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ingest", "migrate", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(world), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def migrate(world: World, *words: str, exit_code: int = 0) -> str:
    process = start(world, *words)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == exit_code, output
    return output


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def record_of(world: World, change: Any = None) -> IndexRecord:
    """The record of the index in use, changed if a change is given."""

    async def work() -> IndexRecord:
        services = Services(load(environment(world)))
        try:
            record, etag = await services.index_record.read()
            assert record
            if change:
                await services.index_record.write(change(record), etag=etag)
            return await services.index_record.now()
        finally:
            await services.close()

    return asyncio.run(work())


def documents(world: World, index: EmbeddedIndex) -> dict[str, dict[str, Any]]:
    """All documents of an index by their paths; none if it is gone."""
    url = f"{world.search_url}/indexes('{index.name}')/docs/search.post.search?api-version=2026-04-01"
    select = "path,title,caption,rating,recipe,embedding_recipe,embedded_text,vector"
    answer = httpx.post(
        url, json={"search": "*", "select": select, "top": 1000}, headers={"api-key": KEY}, trust_env=False
    )
    return {each["path"]: each for each in answer.json()["value"]} if answer.status_code == 200 else {}


def assert_embedded(world: World, index: EmbeddedIndex, paths: set[str]) -> None:
    """Assert that an index has just these photos, each with a vector by its model."""
    found = documents(world, index)
    assert set(found) == paths
    assert {each["embedding_recipe"] for each in found.values()} == {index.embedding.recipe}
    assert {len(each["vector"]) for each in found.values()} == {index.embedding.dimensions}
    assert all(each["embedded_text"] for each in found.values())


@dataclass
class Visitors:
    """People who search all the time: how often, and what went wrong."""

    world: World
    searches: int = 0
    failed: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def search(self) -> None:
        with httpx.Client(base_url=self.world.http.base_url, timeout=60, trust_env=False) as http:
            while not self.stopped.wait(0.25):
                for mode in ("hybrid", "vector"):
                    answer = http.get("/api/search", params={"q": "a picture of colours", "mode": mode, "top": 50})
                    if answer.status_code != 200 or not answer.json()["photos"]:
                        self.failed.append(answer.text[:500])
                    self.searches += 1


@contextmanager
def visited(world: World) -> Iterator[Visitors]:
    """While this runs, people search."""
    visitors = Visitors(world)
    thread = threading.Thread(target=visitors.search)
    thread.start()
    try:
        yield visitors
    finally:
        visitors.stopped.set()
        thread.join()


def test_a_library_moves_to_another_model_while_all_goes_on_and_the_mover_is_killed(world: World) -> None:
    with visited(world) as visitors:
        for delay in (2.0, 6.0):  # at its start, and while the others learn of it
            mover = start(world, *TO_SECOND)
            with pytest.raises(subprocess.TimeoutExpired):
                mover.wait(delay)
            kill(mover)
        mover = start(world, *TO_SECOND)
        eventually(lambda: assert_is_filled(world), timeout=90)
        during = "during/new.jpg"
        assert world.put(during, picture(20)).status_code == 201
        edited = world.get("/api/search", q="", top=1, folder="before")["photos"][0]
        answer = world.http.patch(f"/api/photos/{edited['id']}", json={"title": "The title of somebody", "rating": 4})
        assert answer.status_code == 200
        gone = next(each for each in PHOTOS if each != edited["path"])
        [gone_id] = [each["id"] for each in world.all_photos() if each["path"] == gone]
        assert world.http.delete(f"/api/photos/{gone_id}").status_code in {200, 202, 204}
        paths = {*PHOTOS, during} - {gone}
        output, _ = mover.communicate(timeout=300)
        assert mover.returncode == 0, output

        assert "photos are to be copied and embedded" in output
        assert "descriptions, hybrid" in output
        assert f"searches now use {SECOND}" in output
        eventually(lambda: assert_embedded(world, SECOND, paths), timeout=60)
        assert_paths(world, paths)
        record = record_of(world)
        assert (record.live, record.beside, record.is_filling) == (SECOND, FIRST, False)
        assert documents(world, SECOND)[edited["path"]]["title"] == "The title of somebody"

        after = "after/new.jpg"
        assert world.put(after, picture(21)).status_code == 201
        eventually(lambda: assert_embedded(world, SECOND, paths | {after}), timeout=60)
        eventually(lambda: assert_has(world, FIRST, after), timeout=60)

    assert visitors.failed == []
    assert visitors.searches > 20
    assert len(world.calls("vision")) == 2  # of the two that are new
    assert_kept_apart(world)


def assert_is_filled(world: World) -> None:
    assert len(documents(world, SECOND)) == len(PHOTOS)


def assert_has(world: World, index: EmbeddedIndex, path: str) -> None:
    assert path in documents(world, index)


def assert_kept_apart(world: World) -> None:
    """Assert that no index holds a vector of the other's model."""
    for index in (FIRST, SECOND):
        found = documents(world, index).values()
        lengths = {len(each["vector"]) for each in found if each["vector"]}
        assert lengths == {index.embedding.dimensions}


def test_the_way_back_and_the_end_of_it(world: World) -> None:
    with visited(world) as visitors:
        migrate(world, *TO_SECOND)
        assert "is kept until" in migrate(world)
        after = "after/new.jpg"
        assert world.put(after, picture(21)).status_code == 201
        paths = {*PHOTOS, after}
        eventually(lambda: assert_embedded(world, SECOND, paths), timeout=60)

        assert f"searches use {FIRST} again" in migrate(world, "--back", "--yes")

        assert_embedded(world, FIRST, paths)
        assert record_of(world).live == FIRST
        assert "stays until" in migrate(world, "--finish", exit_code=2)
        record_of(world, lambda record: replace(record, since=datetime.now(UTC) - STAYS - timedelta(seconds=1)))
        assert f"removed {SECOND}" in migrate(world, "--finish")

    assert documents(world, SECOND) == {}
    assert_paths(world, paths)
    record = record_of(world)
    assert (record.live, record.beside, record.removing, record.past) == (FIRST, None, None, (SECOND,))
    assert visitors.failed == []
    assert len(world.calls("vision")) == 1


def test_a_new_schema_takes_the_vectors_along_and_nothing_is_begun_where_it_cannot_be(world: World) -> None:
    world.forget_calls()
    assert "go together" in migrate(world, "--to", "other", "--embedding-model", "m", "--yes", exit_code=2)
    assert "nobody is there to agree" in migrate(world, "--to", "other", exit_code=2)
    unknown = ("--to", "other", "--embedding-model", "nobody-knows", "--dimensions", "9", "--yes")
    migrate(world, *unknown, exit_code=2)
    same = EmbeddedIndex("photos-same", FIRST.embedding)

    mover = start(world, "--to", same.name, "--yes")
    eventually(lambda: record_of(world), timeout=60)
    kill(mover)
    assert "gave it up" in migrate(world, "--back")
    assert documents(world, same) == {}
    output = migrate(world, "--to", same.name, "--yes")

    assert "no embeddings, and no captions" in output
    assert_embedded(world, same, set(PHOTOS))
    vectors = [{path: each["vector"] for path, each in documents(world, index).items()} for index in (FIRST, same)]
    assert json.dumps(vectors[0], sort_keys=True) == json.dumps(vectors[1], sort_keys=True)
    assert world.calls("vision") == []
