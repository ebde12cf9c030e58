"""After a full life of a photo nothing is left of it, wherever one looks."""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from shared.photo import photo_id
from shared.settings import OWN_CONTAINERS
from tests.leftovers import places_with
from tests.machine import eventually
from tests.world import World, picture, running_world

FOLDER, NAME = "Größte Wünsche", "zebrafinch morning.jpg"
FIRST, PATH, COPY = f"inbox/{NAME}", f"{FOLDER}/{NAME}", "elsewhere/same bytes.jpg"
BROKEN = f"{FOLDER}/zebrafinch cut.jpg"
DATA = picture(7)
TITLE, TAG, QUESTION = "Quetzalcoatlus at dawn", "xylograph", "where is the zebrafinch?"
WRITTEN = [NAME, "zebrafinch", FOLDER, TITLE, TAG, QUESTION]
# Where no photo is ever named: counts, settings, what models refuse; and what moved pictures leave for a day.
NAMELESS = {"photo-limitations", "photo-settings", "photo-spending", "photo-usage"}
UNUSED = {"photo-batches"}  # without a model for batches


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("deleting")
    with running_world(folder, FEEDBACK="questions", TRASH_DAYS="7") as world:
        yield world


def is_there(world: World, *paths: str) -> None:
    assert set(paths) <= world.paths()


def send(world: World, method: str, url: str, **body: Any) -> Any:
    answer = world.http.request(method, url, json=body or None)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def is_done(world: World, job: str) -> None:
    assert world.get(f"/api/jobs/{job}")["state"] == "done"


def live(world: World) -> str:
    """All that may happen to a photo; its id afterwards."""
    for path, data in ((FIRST, DATA), (COPY, DATA), (BROKEN, DATA[:60])):
        world.put(path, data).raise_for_status()
    eventually(lambda: is_there(world, FIRST, COPY), timeout=90)
    eventually(lambda: world.failures()[BROKEN], timeout=60)
    id_ = str(send(world, "POST", f"/api/photos/{photo_id(FIRST)}/move", path=PATH)["id"])
    send(world, "PATCH", f"/api/photos/{id_}", title=TITLE, favorite=True)
    send(world, "PATCH", f"/api/photos/{id_}", title=f"{TITLE}, really")
    send(world, "POST", "/api/collections", name="Best", ids=[id_, photo_id(COPY)], cover=id_)
    send(world, "POST", "/api/shares", ids=[id_, photo_id(COPY)], name="For a friend")
    job = send(world, "POST", "/api/jobs", action="edit", ids=[id_], add={"tags": [TAG]})["id"]
    eventually(partial(is_done, world, job), timeout=60)
    mixed = [id_, photo_id(BROKEN), photo_id(COPY)]
    job = send(world, "POST", "/api/jobs", action="move", ids=mixed, folder=FOLDER)["id"]
    eventually(partial(is_done, world, job), timeout=60)
    job = send(world, "POST", "/api/jobs", action="export", ids=[id_, photo_id(COPY)])["id"]
    eventually(partial(is_done, world, job), timeout=60)
    send(world, "POST", "/api/feedback", verdict="up", about="photo", photos=[id_], question=QUESTION)
    send(world, "POST", "/api/feedback", verdict="up", about="answer", photos=[id_, photo_id(COPY)], question=QUESTION)
    world.ask(f"Show me {TITLE}", "1", "tag these as seen")
    answer = world.ask(TITLE)
    world.ask(TITLE, answer["choices"][0]["message"]["content"], "tag these as seen")
    return id_


def test_after_a_full_life_nothing_is_left_of_a_photo(world: World) -> None:
    id_ = live(world)
    copy = world.get(f"/api/photos/{photo_id(f'{FOLDER}/same bytes.jpg')}")
    words = [id_, photo_id(FIRST), photo_id(BROKEN), *WRITTEN]
    digest = hashlib.sha256(DATA).hexdigest()

    places = places_with([*words, digest], world)
    assert set(places) - {"photos", "index photos"} >= OWN_CONTAINERS - NAMELESS - UNUSED - {"photo-trash"}, places

    for each in (id_, photo_id(BROKEN), copy["id"]):
        send(world, "DELETE", f"/api/photos/{each}")
    assert "photo-trash" in places_with(words, world)
    send(world, "POST", f"/api/trash/{copy['id']}/restore")
    send(world, "DELETE", f"/api/trash/{id_}")
    send(world, "DELETE", f"/api/trash/{photo_id(BROKEN)}")
    world.wait_until_settled()

    # The copy keeps what is its own: the description of its bytes, its folder, and its place beside the other.
    copy_only = {name for names in places_with([digest], world).values() for name in names}
    assert copy_only
    send(world, "DELETE", f"/api/photos/{copy['id']}")
    send(world, "DELETE", "/api/trash")
    world.wait_until_settled()
    ids = [id_, photo_id(FIRST), photo_id(BROKEN), copy["id"], photo_id(COPY)]
    eventually(lambda: nothing_is_left([*WRITTEN, digest, copy["caption"]], ids, world), 30)


def nothing_is_left(words: list[str], ids: list[str], world: World) -> None:
    """The audit log has ids alone."""
    assert places_with(words, world) == {}
    assert places_with(ids, world).keys() == {"photo-audit"}
