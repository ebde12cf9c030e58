"""The audit finds what is planted: a check that cannot fail is worth nothing."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random

import pytest

from shared.photo import photo_id
from tests.machine import eventually, running_azurite
from tests.soak.audit import audit
from tests.soak.client import KEYS, Client, Findings
from tests.soak.inventory import Inventory, ModelCall, read_calls, take_inventory
from tests.soak.ledger import Ledger
from tests.soak.people import Person
from tests.soak.run import RULES, SETTINGS
from tests.world import World, picture, running_around

PHOTO, EDITED, DELETED, SECRET = "people/0/a.jpg", "people/0/b.jpg", "people/0/c.jpg", "private/0/d.jpg"
BROKEN, SIDECAR = "people/0/broken.jpg", f"{PHOTO}.xmp"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
FILES = {
    PHOTO: (picture(1), "photo"),
    EDITED: (picture(2), "photo"),
    DELETED: (picture(3), "photo"),
    SECRET: (picture(4), "photo"),
    BROKEN: (b"no picture", "broken"),
    SIDECAR: (XMP, "broken"),
}


@dataclass
class Library:
    """A small library in which all is as it should be, and what people did to make it so."""

    world: World
    ledger: Ledger

    def differences(self) -> list[str]:
        return audit(self.inventory(), self.ledger)

    def inventory(self) -> Inventory:
        return take_inventory(self.world, read_calls(self.world))

    def assert_balanced(self) -> None:
        assert self.differences() == []

    def delete_blob(self, container: str, name: str) -> None:
        self.world.blobs.get_container_client(container).delete_blob(name)

    def write_blob(self, container: str, name: str, data: bytes) -> None:
        self.world.blobs.get_container_client(container).upload_blob(name, data, overwrite=True)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder, never = tmp_path_factory.mktemp("audited"), "0 0 0 1 1 *"
    moved = SETTINGS | {"RECONCILE_SCHEDULE": never}
    with (
        running_azurite() as azurite,
        running_around(azurite, folder, fast=True, moved=moved, identity=False) as world,
    ):
        world.http.headers["api-key"] = KEYS["ada"]
        world.http.put("/api/access", json=RULES).raise_for_status()
        library = Library(world, Ledger())
        _fill(library)
        yield library


def _fill(library: Library) -> None:
    url = [str(library.world.http.base_url)]
    client = Client("hana", url, Random(1), Findings(), time.monotonic() + 120)
    person = Person(0, library.world, library.ledger, client, Random(1), threading.Event())
    for path, (data, kind) in FILES.items():
        person.put(path, library.ledger.content(data, kind))  # type: ignore[arg-type]
    good = {path for path, (_, kind) in FILES.items() if kind == "photo"}

    def assert_there() -> None:
        assert library.world.paths() == good

    eventually(assert_there, timeout=120)
    for path, method, done in ((EDITED, "PATCH", library.ledger.edited), (DELETED, "DELETE", None)):
        title = library.ledger.new_title()
        client.send(method, f"/api/photos/{photo_id(path)}", json={"title": title})
        done(path, title) if done else library.ledger.deleted(path)
    client.close()
    assert not client.findings.faults
    eventually(library.assert_balanced, timeout=120)


@pytest.fixture(scope="module")
def inventory(library: Library) -> Inventory:
    eventually(library.assert_balanced, timeout=120)
    return library.inventory()


def lose_document(found: Inventory) -> None:
    found.indexes[found.live] = [each for each in found.indexes[found.live] if each["path"] != PHOTO]
    del found.found[PHOTO]


def lose_edit(found: Inventory) -> None:
    found.containers["photo-edits"].clear()


def lose_title(found: Inventory) -> None:
    [document] = [each for each in found.indexes[found.live] if each["path"] == EDITED]
    document["title"] = "What the model said"


def lose_vector(found: Inventory) -> None:
    found.indexes[found.live][0]["vector"] = []


def lose_file(found: Inventory) -> None:
    del found.photos[PHOTO]


def change_file(found: Inventory) -> None:
    found.photos[PHOTO] = replace(found.photos[PHOTO], data=picture(9))


def bring_file_back(found: Inventory) -> None:
    found.photos[DELETED] = replace(found.photos[PHOTO], name=DELETED)


def lose_trash(found: Inventory) -> None:
    del found.containers["photo-trash"][f"{photo_id(DELETED)}/original"]


def lose_failure(found: Inventory) -> None:
    found.failures.clear()


def miscount(found: Inventory) -> None:
    found.status["indexed"] += 1


def leave_waiting(found: Inventory) -> None:
    found.status["waiting"] = 1


def leave_picture(found: Inventory) -> None:
    name = f"{photo_id(DELETED)}/preview.jpg"
    found.containers["photo-derived"][name] = next(iter(found.containers["photo-derived"].values()))


def leave_edit(found: Inventory) -> None:
    [blob] = found.containers["photo-edits"].values()
    found.containers["photo-edits"][f"{photo_id('nobody.jpg')}.json"] = blob


def leave_document(found: Inventory) -> None:
    document = found.indexes[found.live][0]
    found.indexes[found.live].append(document | {"id": photo_id("nobody.jpg"), "path": "nobody.jpg"})


def leave_description(found: Inventory) -> None:
    blob = next(iter(found.containers["photo-descriptions"].values()))
    found.containers["photo-descriptions"][f"{'0' * 64}/recipe.json"] = blob


def leave_index(found: Inventory) -> None:
    found.indexes["photos-9"] = []


def leave_message(found: Inventory) -> None:
    found.queues["photo-tickets-poison"] = 1


def pay_twice(found: Inventory) -> None:
    first = found.calls[0]
    found.calls = [*found.calls, ModelCall(first.preview, first.end + 60, first.end + 61)]


def show_secret(found: Inventory) -> None:
    found.told[SECRET] = found.found[SECRET]


def hide_photo(found: Inventory) -> None:
    del found.told[PHOTO]


PLANTED: dict[Callable[[Inventory], None], str] = {
    lose_document: "states: people/0/a.jpg should be searchable",
    lose_edit: "edits: people/0/b.jpg",
    lose_title: "documents: people/0/b.jpg",
    lose_vector: "documents: ",
    lose_file: "files: people/0/a.jpg is lost",
    change_file: "files: people/0/a.jpg is another file",
    bring_file_back: "files: people/0/c.jpg is there",
    lose_trash: "trash: people/0/c.jpg",
    lose_failure: "states: people/0/broken.jpg",
    miscount: "states: the app says",
    leave_waiting: "states: the app says that 1 are waiting",
    leave_picture: "orphans: ",
    leave_edit: "orphans: ",
    leave_document: "orphans: a document of nobody.jpg",
    leave_description: "orphans: a description",
    leave_index: "orphans: the index photos-9",
    leave_message: "queues: ",
    pay_twice: "captions: 2 captions",
    show_secret: "visibility: private/0/d.jpg",
    hide_photo: "visibility: people/0/a.jpg",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_what_is_planted_is_found(plant: Callable[[Inventory], None], inventory: Inventory, library: Library) -> None:
    changed = deepcopy(inventory)

    plant(changed)

    assert [each for each in audit(changed, library.ledger) if each.startswith(PLANTED[plant])]


def test_a_second_caption_is_excused_by_a_new_life_or_a_lost_answer(inventory: Inventory, library: Library) -> None:
    twice = deepcopy(inventory)
    pay_twice(twice)
    first = twice.calls[0]
    for excuse in ("ends", "disturbances"):
        ledger = deepcopy_of(library.ledger)
        [digest] = [each.digest for each in ledger.contents.values() if each.preview == first.preview]
        if excuse == "ends":
            ledger.ends[digest] = [(first.end + 1, first.end + 2)]
        else:
            ledger.disturbances = [(first.end, first.end + 1)]

        assert audit(twice, ledger) == []

        ledger.ends, ledger.disturbances = {}, [(first.end + 30, first.end + 31)]
        assert [each for each in audit(twice, ledger) if each.startswith("captions")]


def test_a_description_may_wait_in_the_trash_with_another_version(inventory: Inventory, library: Library) -> None:
    waiting = deepcopy(inventory)
    leave_description(waiting)
    trash = waiting.containers["photo-trash"]
    name = f"{photo_id(DELETED)}.json"
    record = trash[name].json | {"other_digests": ["0" * 64]}

    trash[name] = replace(trash[name], data=json.dumps(record).encode())

    assert audit(waiting, library.ledger) == []


def deepcopy_of(ledger: Ledger) -> Ledger:
    return replace(ledger, ends=deepcopy(ledger.ends), disturbances=list(ledger.disturbances))


def test_what_is_planted_in_the_running_product_is_read(library: Library) -> None:
    """The inventory reads what is there: each loss is planted where it would happen, and seen."""
    world, picture_of_nobody = library.world, f"{photo_id('nobody.jpg')}/preview.jpg"
    edits = f"{photo_id(EDITED)}.json"
    kept = world.blobs.get_container_client("photo-edits").download_blob(edits).readall()

    library.write_blob("photo-derived", picture_of_nobody, picture(8))
    assert_found(library, "orphans", picture_of_nobody)
    library.delete_blob("photo-derived", picture_of_nobody)

    library.delete_blob("photo-edits", edits)
    assert_found(library, "edits", EDITED)
    library.write_blob("photo-edits", edits, kept)

    world.merge_documents({"id": photo_id(EDITED), "title": "Another title"})
    assert_found(library, "documents", "Another title")
    world.merge_documents({"id": photo_id(EDITED), "title": library.ledger.at(EDITED).title})

    world.http.put("/api/access", json={"rules": []}).raise_for_status()
    assert_found(library, "visibility", SECRET)
    world.http.put("/api/access", json=RULES).raise_for_status()
    eventually(library.assert_balanced, timeout=120)


def assert_found(library: Library, check: str, what: str) -> None:
    def assertion() -> None:
        assert [each for each in library.differences() if each.startswith(check) and what in each]

    eventually(assertion, timeout=60)
