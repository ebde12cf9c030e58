"""Kills at random moments, faults of every kind, events twice: afterwards the books balance."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.machine import eventually
from tests.world import World, picture, running_world

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "3"))
EACH = 12  # photos a round
REPLY_SECONDS = (
    15  # from a call of the model until its description is stored, on a machine that is busy with other tests
)
FAULTS: list[dict[str, Any]] = [
    {"kind": "429", "on": "any", "rate": 0.5, "seconds": 1},
    {"kind": "500", "on": "vision", "rate": 0.5},
    {"kind": "503", "on": "embed", "rate": 0.5},
    {"kind": "reset", "on": "vision", "rate": 0.3},
    {"kind": "latency", "on": "vision", "rate": 1, "seconds": 1},
]
IN_SEARCH: list[dict[str, Any]] = [
    {"status": 503, "count": 4, "match": "docs/search.index"},
    {"reset": True, "count": 3},
    {"documents": {"status": 503}, "count": 3, "match": "docs/search.index"},
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as world:
        yield world


def test_after_any_trouble_the_books_balance(world: World) -> None:
    chance = random.Random(int(os.environ.get("CHAOS_SEED", "11")))
    expected: dict[str, int] = {}
    kills: list[float] = []
    for round_ in range(ROUNDS):
        drop(world, round_, expected, chance)
        fault = chance.choice(FAULTS)
        world.misbehave(**fault, **{"for": 6})
        world.search_fault(**chance.choice(IN_SEARCH))
        time.sleep(chance.uniform(0, 5))  # the moment of the kill is the point of this test
        world.host.stop(signal.SIGKILL)
        kills.append(time.time())
        if chance.random() < 0.25:
            world.azurite.restart()
        world.host.start()
    world.calm()

    eventually(lambda: balanced(world, expected), timeout=240)

    paid_once(world, kills)


def drop(world: World, round_: int, expected: dict[str, int], chance: random.Random) -> None:
    """New photos, an overwrite, a delete, and events that come twice or late."""
    for number in range(EACH):
        expected[f"chaos/{round_:02}-{number:02}.jpg"] = seed = 1000 + round_ * 100 + number
        world.drop(f"chaos/{round_:02}-{number:02}.jpg", picture(seed))
    twice, changed, gone = chance.sample(sorted(expected), 3)
    world.queue("photo-tickets").send_message(json.dumps({"name": twice}))
    expected[changed] = 5000 + round_
    world.drop(changed, picture(expected[changed]))
    del expected[gone]
    world.photos.delete_blob(gone)
    event = json.dumps({"subject": f"/blobServices/default/containers/photos/blobs/{gone}"})
    for _ in range(2):
        world.queue("photo-deleted").send_message(event)


def balanced(world: World, expected: dict[str, int]) -> None:
    failures = world.failures()
    for failure in failures.values():  # somebody impatient presses the button instead of waiting for hours
        world.http.post(f"/api/failures/{failure['id']}/retry")
    found = {each["path"]: each for each in world.all_photos()}
    status = world.get("/api/status")
    assert expected.keys() - found.keys() == set(), f"{failures}, {status}"
    assert found.keys() - expected.keys() == set()
    etags = {each.name: each.etag.strip('"') for each in world.photos.list_blobs()}
    assert {path: found[path]["etag"].strip('"') for path in expected} == etags
    assert failures == {}


def paid_once(world: World, kills: list[float]) -> None:
    """Each picture was described once, but for calls whose answer a kill kept from being written down."""
    times: dict[str, list[float]] = {}
    for call in world.calls("vision"):
        if not call["cut_off"]:
            for digest in call["image_digests"]:
                times.setdefault(digest, []).append(datetime.fromisoformat(call["at"]).timestamp())
    for moments in times.values():
        lost = sum(any(0 <= kill - moment < REPLY_SECONDS for kill in kills) for moment in sorted(moments)[:-1])
        assert len(moments) - 1 <= lost
