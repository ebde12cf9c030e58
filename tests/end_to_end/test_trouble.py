"""Kills, storms and outages: nothing is lost, nothing is paid for twice."""

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.machine import eventually
from tests.world import KEY, Process, World, picture, running_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of its own, to be broken."""
    with running_world(tmp_path) as world:
        yield world


def searchable(world: World, names: set[str]) -> None:
    """Assert that these and no other photos are searchable, and none is failing."""
    assert world.paths() == names
    assert world.failures() == {}


def at_least(world: World, number: int) -> None:
    assert len(world.paths()) >= number


def described(world: World) -> Counter[str]:
    """How often each picture was described, by the digest of the preview the model was shown."""
    return Counter(digest for call in world.calls("vision") for digest in call["image_digests"])


def test_a_killed_host_goes_on_where_it_was(world: World) -> None:
    names = {f"bulk/{number:03}.jpg" for number in range(60)}
    for number, name in enumerate(sorted(names)):
        world.drop(name, picture(100 + number))
    eventually(lambda: at_least(world, 10), timeout=60)
    indexed = world.paths()

    world.host.stop(signal.SIGKILL)
    eventually(world.assert_no_calls_in_flight)  # nobody can know what they were about to answer
    world.forget_calls()
    world.host.start()

    eventually(lambda: searchable(world, names), timeout=120)
    assert len(described(world)) <= len(names) - len(indexed)
    assert set(described(world).values()) == {1}


def test_a_storm_of_429s_loses_nothing(world: World) -> None:
    world.misbehave(kind="429", on="any", rate=0.5, seconds=1, **{"for": 20})
    names = {f"storm/{number}.jpg" for number in range(12)}
    for number, name in enumerate(sorted(names)):
        world.drop(name, picture(200 + number))

    def weathered() -> None:
        status = world.get("/api/status")
        assert [status[state] for state in ("indexed", "waiting", "retrying", "failed")] == [len(names), 0, 0, 0]

    eventually(weathered, timeout=150)
    assert set(described(world).values()) == {1}


def test_a_search_service_that_is_down_is_named_and_waited_for(world: World) -> None:
    world.search.stop()

    def down() -> None:
        answer = world.http.get("/api/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "down"})

    eventually(down)
    answer = world.http.get("/api/status")
    assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "ok")
    assert "search is down" in answer.json()["error"]["message"]
    assert world.put("waits.jpg", picture(300)).status_code == 201
    eventually(lambda: world.failures()["waits.jpg"])

    world.search.start()
    eventually(lambda: searchable(world, {"waits.jpg"}), timeout=90)


def test_what_is_deleted_under_the_running_app_comes_back(world: World) -> None:
    world.put("before.jpg", picture(310))
    eventually(lambda: searchable(world, {"before.jpg"}), timeout=60)

    containers = ("photos", "photo-failures", "photo-spending", "photo-descriptions", "photo-derived")
    for name in containers:
        world.blobs.delete_container(name)
    for name in ("photo-tickets", "photo-deleted"):
        world.queue(name).delete_queue()
    make_index_anew(world, without={"lens", "creators"})

    def healthy() -> None:  # what it says may be seconds old
        assert world.http.get("/api/health").status_code == 200
        assert all(world.blobs.get_container_client(name).exists() for name in containers)

    eventually(healthy, timeout=60)
    world.put("after.jpg", picture(311))
    world.put("broken.jpg", b"text")
    eventually(lambda: at_least(world, 1), timeout=60)
    assert world.paths() == {"after.jpg"}
    assert eventually(lambda: world.failures()["broken.jpg"], timeout=60)["state"] == "failed"


def make_index_anew(world: World, *, without: set[str]) -> None:
    """An index of the same name, without photos and some of their fields."""
    url, options = f"{world.search_url}/indexes/photos", {"params": {"api-version": "2026-04-01"}}
    with httpx.Client(headers={"api-key": KEY}, trust_env=False) as http:
        definition = http.get(url, **options).json()  # type: ignore[arg-type]
        http.delete(url, **options).raise_for_status()  # type: ignore[arg-type]
        definition["fields"] = [each for each in definition["fields"] if each["name"] not in without]
        for configuration in definition["semantic"]["configurations"]:
            ranked = configuration["prioritizedFields"]
            keywords = [each for each in ranked["prioritizedKeywordsFields"] if each["fieldName"] not in without]
            ranked["prioritizedKeywordsFields"] = keywords
        http.put(url, json=definition, **options).raise_for_status()  # type: ignore[arg-type]


def test_missing_settings_are_all_named_by_the_app(world: World, tmp_path: Path) -> None:
    broken = dict.fromkeys(("OPENAI_BASE_URL", "CAPTION_MODEL", "AZURE_SEARCH_ENDPOINT"), "")
    host = world.host
    second = Process("second", host.command, host.health, tmp_path, {**host.environment, **broken})
    host.stop()
    second.start()
    try:
        assert world.http.get("/api/health").json() == {"status": "down"}
        answer = world.http.get("/api/status")
        assert answer.status_code == 500
        assert all(name in answer.json()["error"]["message"] for name in broken)
    finally:
        second.stop()
