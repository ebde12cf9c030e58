"""A library of the last release under today's app: it can be searched at once, and follows without a caption."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.versions import STAMP, outdated_filter
from shared.services import Services
from shared.settings import load
from tests.last_release import documents, frozen_documents, running_last_release
from tests.machine import eventually
from tests.world import World

SAME_TEXT = {"plain.jpg", "bridge.jpg", "trips/summer_2024/renamed bridge.jpg"}  # the last takes its copy's vector
OTHER_TEXT = {
    "PXL_20240607_101112345.jpg",
    "desk/moon.jpg",
    "desk/words.jpg",
    "new year/eve.jpg",
    "rome/colosseum.jpg",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_last_release(tmp_path_factory.mktemp("upgrade")) as world:
        yield world


def command(world: World, *words: str, **settings: str) -> subprocess.Popen[str]:
    environment = {**world.host.environment, "PATH": "/usr/bin:/bin", **settings}
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def output(world: World, *words: str, **settings: str) -> str:
    process = command(world, *words, **settings)
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 0, text
    return text


def up_to_date(world: World) -> set[str]:
    return {
        path
        for path, document in documents(world).items()
        if all(document[name] == number for name, number in STAMP.items())
    }


def walked_in_pages(world: World) -> list[str]:
    """The documents that are out of date, as a refresh of a large library comes by them: page after page."""

    async def walk() -> list[str]:
        services = Services(load(world.host.environment))
        try:
            return [each.path async for each in services.index.walk(outdated_filter(), page=3)]
        finally:
            await services.close()

    return asyncio.run(walk())


def paths(world: World, **parameters: Any) -> set[str]:
    return {each["path"] for each in world.get("/api/search", mode="keyword", **parameters)["photos"]}


def test_a_library_of_the_last_release_follows(world: World) -> None:
    """One story, as each step needs the one before."""
    everything = SAME_TEXT | OTHER_TEXT

    # It is there at once, as it was, with the new fields in the index and nothing in them.
    assert world.get("/api/health") == {"status": "ok"}
    assert world.get("/api/status")["warnings"] == []
    assert paths(world) == everything
    assert paths(world, q="moon") == {"desk/moon.jpg"}
    assert world.get("/api/search", q="moon", top=1)["photos"][0]["path"] == "desk/moon.jpg"
    assert (world.get("/api/status")["indexed"], world.get("/api/status")["failed"]) == (8, 2)
    assert up_to_date(world) == set()
    assert sorted(walked_in_pages(world)) == sorted(everything)
    world.forget_calls()

    # An estimate does nothing.
    assert "8 of 8 photos are out of date; reading them again takes" in output(world, "refresh", "--dry-run")
    assert up_to_date(world) == set()

    # Reconcile has a portion done by the app.
    assert "2 refreshing" in output(world, "reconcile", REFRESH_PHOTOS="2")
    first = eventually(lambda: at_least(2, up_to_date(world)), timeout=60)

    # The command does the rest. Killed in the middle, it goes on where it was.
    world.misbehave(on="embed", kind="hang")
    killed = command(world, "refresh")
    done = eventually(lambda: at_least(len(first | SAME_TEXT), up_to_date(world)), timeout=60)
    killed.kill()
    killed.communicate()
    world.calm()
    assert f"{8 - len(done)} up to date, 0 left to reconcile, 0 kept as they were, 0 failed" in output(world, "refresh")
    assert up_to_date(world) == everything

    # No caption was paid, and an embedding only where the text has changed.
    assert world.calls("vision") == []
    assert sum(each["texts"] for each in world.calls("embed") if each["status"] == 200) == len(OTHER_TEXT)
    now, before = documents(world), frozen_documents()
    for path in everything:
        assert {name: now[path][name] for name in ("title", "caption", "tags", "recipe", "tokens")} == {
            name: before[path][name] for name in ("title", "caption", "tags", "recipe", "tokens")
        }
    assert {path for path in everything if now[path]["vector"] == before[path]["vector"]} >= {"plain.jpg", "bridge.jpg"}
    assert now["trips/summer_2024/renamed bridge.jpg"]["vector"] == now["bridge.jpg"]["vector"]

    # What later code reads is there.
    moon, words = now["desk/moon.jpg"], now["desk/words.jpg"]
    assert (moon["creators"], moon["rating"], moon["credit"]) == (["Ada Example", "Ben Example"], 5, "Example Archive")
    assert moon["keyword_paths"] == ["space > moon > landing"]
    assert (words["creators"], words["rating"]) == (["A. Example"], 4)
    assert now["trips/summer_2024/renamed bridge.jpg"]["path_words"] == "trips summer 2024 renamed bridge"
    assert paths(world, q="June 2024") >= {"PXL_20240607_101112345.jpg"}

    # A second run has nothing to do.
    world.forget_calls()
    assert output(world, "refresh").startswith("0 of 8 photos are out of date")
    assert world.calls("embed") == world.calls("vision") == []

    # The last release's failure records are read, and what is read better today is searchable after a retry.
    failure = world.failures()["broken/no_end_marker.jpg"]
    assert world.http.post(f"/api/failures/{failure['id']}/retry").status_code < 300
    eventually(lambda: at_least(9, paths(world)), timeout=60)
    assert world.failures().keys() == {"broken/not a photo.jpg"}


def at_least(count: int, values: set[str]) -> set[str]:
    assert len(values) >= count
    return values
