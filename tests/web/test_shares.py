"""Shares: who may make, see and revoke them, what visitors are told, and what is counted."""

import runpy
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from shared.access import in_force as in_force_module
from shared.access.caller import NO_KEY, Caller
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.passwords import hash_password
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.access.sight import current_sight
from shared.errors import Throttled
from shared.photo import Photo, photo_id
from shared.search.results import Hit, IndexEntry
from shared.stores.collections import Collection
from shared.stores.shares import Share, digest_of_token, id_of_token, new_token
from tests.web.fake_services import FakeServices
from web import authentication
from web.entry import WITHOUT_PHOTOS
from web.routes import ROUTES, Route
from web.share_records import PhotoLinks, shared_photo
from web.shares import is_theirs

ANN = Caller("ann@example.org", Role.EDITOR, "1")
STAFF = Rules((Rule(("group:staff",), folder=""),))
PHOTO = Photo(id=photo_id("a.jpg"), path="a.jpg", title="Sea", alt_text="The sea", caption="In a.jpg", format="jpeg")
TOKEN = new_token()


def a_share(**fields: Any) -> Share:
    values = {"name": "n", "maker": "ann", "maker_id": "1", "photos": (PHOTO.id,), **fields}
    return Share(
        id=id_of_token(TOKEN),
        token_digest=digest_of_token(TOKEN),
        created_at="2026-01-01T00:00:00Z",
        expires_at="2999-01-01T00:00:00Z",
        **values,
    )


@pytest.fixture
def services(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """A library of one photo, which the index hides as rules say."""

    async def entries(ids: Sequence[str]) -> dict[str, IndexEntry]:
        return {PHOTO.id: IndexEntry.of(PHOTO)} if PHOTO.id in ids and current_sight().sees(PHOTO.path) else {}

    services.index.hits = [Hit(PHOTO)]
    services.storage.blobs[PHOTO.path] = b"0123456789"
    monkeypatch.setattr(services.index, "entries", entries)
    return services


@pytest.fixture
def _ann(monkeypatch: pytest.MonkeyPatch) -> None:
    async def caller(*_: Any) -> Caller:
        return ANN

    monkeypatch.setattr(authentication, "_caller", caller)


async def visit(http: httpx.AsyncClient, path: str = "", **headers: str) -> httpx.Response:
    return await http.get(f"/api/shared{path}", headers={"x-share-token": TOKEN, **headers})


def test_a_process_that_has_not_read_the_rules_does_not_know_them() -> None:
    assert runpy.run_path(str(in_force_module.__file__))["rules_in_force"]().is_known is False


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.function)
async def test_the_rules_are_read_before_anybody_is_shown_a_photo(
    route: Route, http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    async def note() -> None:
        reads.append(route.function)

    monkeypatch.setattr(services.catalogue, "refresh_if_possible", note)
    path = f"/{route.path.lstrip('/')}".replace("{", "").replace("}", "").replace("*", "")
    await http.request(route.method, path, headers={"content-type": (*route.content_types, "application/json")[0]})

    assert bool(reads) is (route.function not in WITHOUT_PHOTOS)


async def test_where_the_rules_cannot_be_read_visitors_see_nothing(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.shares.records[a_share().id] = a_share(maker_role=Role.EDITOR)
    assert (await visit(http, "/photos")).json()["total"] == 1
    put_rules_in_force(RulesInForce(is_known=False))

    refused = await visit(http, "/photos")

    assert refused.status_code == 503
    assert PHOTO.id not in refused.text


@pytest.mark.usefixtures("_ann")
async def test_a_collection_that_is_hidden_from_an_editor_cannot_be_shared(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    hidden = Collection(id="c" * 32, name="Secret", photos=(PHOTO.id,), creator="person:2")
    own = Collection(id="d" * 32, name="Mine", creator="person:1")
    services.collections.records = {each.id: each for each in (hidden, own)}

    async def share(collection: str, **body: Any) -> httpx.Response:
        return await http.post("/api/shares", json={"collection": collection, **body})

    assert (await share(hidden.id)).json()["name"] == "Secret"
    put_rules_in_force(RulesInForce(STAFF))
    for body in ({}, {"name": "Other"}):
        refused, unknown = await share(hidden.id, **body), await share("e" * 32, **body)
        assert refused.status_code == unknown.status_code == 404
        assert refused.text == unknown.text.replace("e" * 32, hidden.id)
    assert (await share(own.id)).json()["name"] == "Mine"


async def test_a_share_of_a_collection_ends_when_its_maker_sees_that_no_more(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.collections.records = {"c" * 32: Collection(id="c" * 32, name="Secret", photos=(PHOTO.id,))}
    services.shares.records[a_share().id] = a_share(collection="c" * 32, photos=(), description="")
    assert (await visit(http)).status_code == 200

    put_rules_in_force(RulesInForce(STAFF))

    assert {(await visit(http, each)).status_code for each in ("", "/photos")} == {404}


@pytest.mark.parametrize(
    ("maker", "maker_id", "caller", "expected"),
    [
        ("ann@example.org", "1", ANN, True),
        ("ann@before.example", "1", ANN, True),
        ("ann@example.org", "2", ANN, False),
        ("ann@example.org", "", ANN, False),
        ("phone", "", Caller("phone", Role.EDITOR), True),
        ("phone", "", Caller("tablet", Role.EDITOR), False),
        ("phone", "1", Caller("phone", Role.EDITOR), False),
        ("function key", "", Caller("function key", Role.EDITOR), True),
        ("function key", "", NO_KEY, False),
        ("phone", "", Caller("anybody", Role.ADMIN), True),
    ],
)
def test_a_share_belongs_to_who_they_are_and_not_to_a_name(
    maker: str, maker_id: str, caller: Caller, expected: bool
) -> None:
    assert is_theirs(a_share(maker=maker, maker_id=maker_id), caller) is expected


async def test_every_download_of_an_original_counts(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.shares.records[a_share().id] = a_share()
    downloads: list[str] = []

    async def count(id_: str) -> None:
        if len(downloads) == 2:
            raise Throttled("too many", wait=60)
        downloads.append(id_)

    monkeypatch.setattr(services.shares, "count_download", count)
    url = urlsplit((await visit(http, f"/photos/{PHOTO.id}/original")).json()["url"])
    address = f"{url.path}?{url.query}"

    whole = await http.get(address)
    part = await http.get(address, headers={"Range": "bytes=7-"})
    same = await http.get(address, headers={"If-None-Match": whole.headers["etag"]})
    third = await http.get(address)

    assert (whole.content, part.content, same.status_code) == (b"0123456789", b"789", 304)
    assert (third.status_code, downloads) == (429, [a_share().id] * 2)


def test_without_metadata_there_are_no_texts_but_those_that_people_wrote() -> None:
    written = Photo(**{**vars(PHOTO), "sources": ["alt_text:person"]})
    links = PhotoLinks("t", "p")

    usual, bare = (shared_photo(written, a_share(metadata=each), links) for each in (True, False))

    assert [usual[each] for each in ("title", "alt_text", "caption")] == ["Sea", "The sea", "In a.jpg"]
    assert [bare[each] for each in ("title", "alt_text", "caption")] == ["", "The sea", ""]


async def test_passwords_are_counted_by_the_address_that_the_platform_saw(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.shares.records[a_share().id] = a_share(password=await hash_password("open sesame"))
    clients: list[str] = []

    async def count(id_: str, client: str, number: int = 1) -> None:
        clients.append(client)

    monkeypatch.setattr(services.shares, "count_attempt", count)
    for forwarded in ("9.9.9.9, 1.2.3.4:5000", "8.8.8.8,1.2.3.4"):
        headers = {"x-share-token": TOKEN, "x-forwarded-for": forwarded}
        assert (await http.post("/api/shared/pass", json={"password": "x"}, headers=headers)).status_code == 403

    assert clients == ["1.2.3.4"] * 2
