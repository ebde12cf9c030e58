"""Shares in the running product: what strangers see who have a link, what they do not, and for how long."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from shared.photo import photo_id
from tests.machine import eventually
from tests.world import World, picture

PATHS = [f"private folder/p{number}.jpg" for number in range(3)]
IDS = [photo_id(each) for each in PATHS]
OTHER = "private folder/other.jpg"
MAKE = "shared-camera"


def with_camera(number: int) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = MAKE, MAKE
    return picture(700 + number, exif=exif)


@pytest.fixture(scope="module", autouse=True)
def _photos(world: World) -> Iterator[None]:
    for number, path in enumerate([*PATHS, OTHER]):
        world.put(path, with_camera(number)).raise_for_status()
    eventually(lambda: are_there(world), timeout=90)
    for id_ in IDS:
        change = {"title": "A title", "persons": ["Jane Doe"], "tags": ["shared word"], "taken_local": "2021-05-06"}
        assert world.http.patch(f"/api/photos/{id_}", json=change).is_success
    yield
    for share in world.get("/api/shares")["shares"]:
        world.http.delete(f"/api/shares/{share['id']}").raise_for_status()
    for path in (*PATHS, OTHER):
        world.http.delete(f"/api/photos/{photo_id(path)}")
    world.wait_until_settled()


def are_there(world: World) -> None:
    assert {*PATHS, OTHER} <= world.paths()


class Visitor:
    """Somebody who has a link, and no key."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.token, self.pass_ = world, url.rpartition("#")[2], ""

    def ask(self, path: str = "", **options: Any) -> httpx.Response:
        headers = {"x-share-token": self.token} | ({"x-share-pass": self.pass_} if self.pass_ else {})
        return self.world.http.request(options.pop("method", "GET"), f"/api/shared{path}", headers=headers, **options)

    def photos(self) -> list[dict[str, Any]]:
        answer = self.ask("/photos")
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(answer.json()["photos"])
        return list(answer.json()["photos"])

    def original(self, id_: str) -> httpx.Response:
        return self.ask(f"/photos/{id_}/original")


@pytest.fixture
def share(world: World) -> Callable[..., Visitor]:
    def make(**body: Any) -> Visitor:
        answer = world.http.post("/api/shares", json=body)
        assert answer.status_code == 201, answer.text
        return Visitor(world, answer.json()["url"])

    return make


def test_a_selection_is_seen_without_a_key_in_its_order_and_nothing_else(
    world: World, share: Callable[..., Visitor]
) -> None:
    visitor = share(ids=[IDS[2], IDS[0]], name="For you")

    assert visitor.ask().json()["name"] == "For you"
    assert [each["id"] for each in visitor.photos()] == [IDS[2], IDS[0]]
    for id_ in (IDS[1], photo_id(OTHER), "0" * 32):
        assert visitor.original(id_).status_code == 404
    for each in visitor.photos():
        for size in ("thumbnail", "preview"):
            seen = world.follow(each[size])
            assert seen.status_code == 200
            assert not dict(Image.open(io.BytesIO(seen.content)).getexif())
            assert MAKE.encode() not in seen.content
    link = visitor.original(IDS[0]).json()["url"]
    saved = world.http.get(link)
    assert saved.content == with_camera(0)
    assert saved.headers["content-disposition"].startswith("attachment")
    assert "private" not in saved.headers["content-disposition"]
    for changed in (link.replace(IDS[0], IDS[1]), link.replace("original", "preview"), link[:-2]):
        assert world.http.get(changed).status_code in {400, 401, 403, 404}


ALWAYS = {"id", "title", "alt_text", "caption", "width", "height", "thumbnail", "preview"}


def test_strangers_are_told_what_was_chosen_and_no_path(share: Callable[..., Visitor]) -> None:
    [usual] = share(ids=IDS[:1]).photos()
    [bare] = share(ids=IDS[:1], metadata=False, originals=False).photos()
    [with_persons] = share(ids=IDS[:1], metadata=False, originals=False, persons=True).photos()

    assert bare.keys() == ALWAYS
    assert (bare["title"], bare["caption"], bare["alt_text"]) == ("A title", "", "")  # a model was told the path
    assert usual["caption"]
    assert with_persons.keys() == ALWAYS | {"persons"}
    assert usual["taken_local"].startswith("2021-05-06")
    assert MAKE in usual["camera"]
    assert not usual.keys() & {"path", "folder", "file_name", "persons", "sources", "digest", "location", "original"}
    assert not re.search("private folder|Jane Doe", str({**usual, "caption": ""}))


def test_without_originals_there_is_none(world: World, share: Callable[..., Visitor]) -> None:
    visitor = share(ids=IDS[:1], metadata=False, originals=False)

    assert visitor.original(IDS[0]).status_code == 404
    refused = world.http.post("/api/shares", json={"ids": IDS[:1], "metadata": False})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "originals")


def test_a_collection_is_shared_as_it_is_at_any_time(world: World, share: Callable[..., Visitor]) -> None:
    made = world.http.post("/api/collections", json={"name": "Shared list", "ids": IDS[:1]}).json()["id"]
    saved = {"name": "Shared search", "search": {"tag": "shared word", "q": "word"}}
    found = world.http.post("/api/collections", json=saved).json()["id"]
    listed, searched = share(collection=made), share(collection=found)
    before = len(world.calls("embed"))

    assert [each["id"] for each in listed.photos()] == IDS[:1]
    assert {each["id"] for each in searched.photos()} == {*IDS}
    assert searched.original(IDS[0]).status_code == 200
    assert searched.original(photo_id(OTHER)).status_code == 404
    assert len(world.calls("embed")) == before  # strangers do not spend
    world.http.post(f"/api/collections/{made}/photos", json={"add": [IDS[1]], "remove": [IDS[0]]}).raise_for_status()
    assert [each["id"] for each in listed.photos()] == [IDS[1]]
    assert listed.original(IDS[0]).status_code == 404
    for id_ in (made, found):
        world.http.delete(f"/api/collections/{id_}").raise_for_status()
    assert listed.ask().status_code == searched.ask("/photos").status_code == 404


def test_a_deleted_photo_is_not_seen_and_comes_back_with_a_restore(world: World, share: Callable[..., Visitor]) -> None:
    visitor = share(ids=IDS)
    world.http.delete(f"/api/photos/{IDS[1]}").raise_for_status()

    assert [each["id"] for each in visitor.photos()] == [IDS[0], IDS[2]]
    world.http.post(f"/api/trash/{IDS[1]}/restore").raise_for_status()
    eventually(lambda: has_all(visitor), timeout=60)


def has_all(visitor: Visitor) -> None:
    assert [each["id"] for each in visitor.photos()] == IDS


def test_a_revoked_share_is_as_unknown_as_one_that_never_was(world: World, share: Callable[..., Visitor]) -> None:
    visitor, stranger = share(ids=IDS, name="Soon over"), Visitor(world, "#" + "A" * 43)
    [mine] = [each for each in world.get("/api/shares")["shares"] if each["name"] == "Soon over"]
    assert visitor.token not in world.http.get("/api/shares").text
    link = visitor.original(IDS[0]).json()["url"]

    assert world.http.delete(f"/api/shares/{mine['id']}").status_code == 204

    for path in ("", "/photos", f"/photos/{IDS[0]}/original"):
        answers = [each.ask(path) for each in (visitor, stranger)]
        assert {each.status_code for each in answers} == {404}
        assert answers[0].content == answers[1].content
    assert visitor.ask("/pass", method="POST", json={"password": "x"}).status_code == 404
    assert world.http.get(link).status_code == 404
    assert world.http.delete(f"/api/shares/{mine['id']}").status_code == 404


def test_a_password_is_asked_for_and_guessing_ends(world: World, share: Callable[..., Visitor]) -> None:
    visitor = share(ids=IDS[:1], password="open sesame")
    other = share(ids=IDS[:1], password="open sesame")

    for path in ("", "/photos", f"/photos/{IDS[0]}/original"):
        refused = visitor.ask(path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password_needed")
    wrong = visitor.ask("/pass", method="POST", json={"password": "open barley"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (403, "wrong_password")
    other.pass_ = visitor.pass_ = visitor.ask("/pass", method="POST", json={"password": "open sesame"}).json()[
        "password_pass"
    ]
    assert [each["id"] for each in visitor.photos()] == IDS[:1]
    assert other.ask("/photos").status_code == 403  # a pass is good for its share alone
    expires, _, signature = visitor.pass_.partition(".")
    for forged in (f"{int(expires) + 1}.{signature}", f"{expires}.", "9" * 12 + f".{signature}", "x"):
        visitor.pass_ = forged
        assert visitor.ask("/photos").status_code == 403
    statuses = [visitor.ask("/pass", method="POST", json={"password": "no"}).status_code for _ in range(21)]
    assert statuses[-1] == 429
    assert visitor.ask("/pass", method="POST", json={"password": "open sesame"}).status_code == 429


def test_the_page_is_the_same_for_every_token_and_no_machine_lists_it(world: World) -> None:
    pages = [world.http.get(f"/s/{each}") for each in ("", "A" * 43, "x/y")]

    assert {each.status_code for each in pages} == {200}
    assert len({each.content for each in pages}) == 1
    assert pages[0].headers["x-robots-tag"] == "noindex, nofollow"
    assert pages[0].headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "collection"),
        ({"ids": ["0" * 32], "collection": "0" * 32}, "collection"),
        ({"ids": ["0" * 32]}, None),
        ({"ids": []}, "ids"),
        ({"search": {}}, "search"),
        ({"search": {"tag": "nowhere at all"}}, "search"),
        ({"collection": "0" * 32}, None),
        ({"ids": IDS[:1], "days": 366}, "days"),
        ({"ids": IDS[:1], "days": 0}, "days"),
        ({"ids": IDS[:1], "password": "short"}, "password"),
        ({"ids": IDS[:1], "name": " "}, "name"),
        ({"ids": IDS[:1], "expires": 1}, "expires"),
    ],
)
def test_what_cannot_be_shared_is_said(body: dict[str, Any], param: str | None, world: World) -> None:
    answer = world.http.post("/api/shares", json=body)

    assert answer.status_code in {400, 404}, answer.text
    if param:
        assert answer.json()["error"]["param"] == param


def test_photos_of_a_search_are_shared_as_they_are(share: Callable[..., Visitor]) -> None:
    assert {each["id"] for each in share(search={"tag": "shared word"}, name="Found").photos()} == {*IDS}
