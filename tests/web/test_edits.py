"""Editing over HTTP: what a patch may be, etags, history and undo."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.photo import photo_id
from tests.catalogue.test_editing import World
from web import edits as handlers, photos

ID = photo_id("a.jpg")
ADDRESS = f"/api/photos/{ID}"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(handlers, "catalogue_context", lambda: world.context)

    class Query:
        """The query side, as far as it reads one photo."""

        @property
        def library(self) -> "Query":
            return self

        async def photo(self, id_: str) -> Any:
            return replace(world.index.photos[id_], vector=[])

    monkeypatch.setattr(photos, "query_context", Query)
    return world


async def test_an_edit_answers_with_the_record_and_its_etag(http: httpx.AsyncClient, world: World) -> None:
    before = await http.get(ADDRESS)

    answer = await http.patch(ADDRESS, json={"title": "My lake"}, headers={"If-Match": before.headers["etag"]})

    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["sources"]["title"]) == ("My lake", "person")
    assert answer.headers["etag"] != before.headers["etag"]
    after = await http.get(ADDRESS)
    assert (after.json(), after.headers["etag"]) == (answer.json(), answer.headers["etag"])
    assert world.edits.records[ID].fields["title"].by == "function key"


async def test_a_stale_etag_is_refused(http: httpx.AsyncClient, world: World) -> None:
    answer = await http.patch(ADDRESS, json={"title": "x"}, headers={"If-Match": '"old", W/"older"'})

    assert (answer.status_code, answer.json()["error"]["param"]) == (412, "If-Match")
    assert world.edits.writes == 0


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/json; charset=utf-8"])
async def test_a_merge_patch_is_declared_as_one_or_as_json(kind: str, http: httpx.AsyncClient, world: World) -> None:
    answer = await http.patch(ADDRESS, content=b'{"rating": 5}', headers={"Content-Type": kind})

    assert (answer.status_code, world.photo.rating) == (200, 5)


@pytest.mark.parametrize("kind", ["text/plain", "application/json-patch+json", ""])
async def test_other_kinds_of_patches_are_refused(kind: str, http: httpx.AsyncClient, world: World) -> None:
    answer = await http.patch(ADDRESS, content=b'{"rating": 5}', headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"rating": 9}', "rating"),
        (b'{"unknown": 1}', "unknown"),
        (b'{"title": "\\ud800"}', None),
        (b"{", None),
        (b"[]", None),
        (b"", None),
    ],
)
async def test_a_bad_patch_is_refused_and_writes_nothing(
    body: bytes, param: str | None, http: httpx.AsyncClient, world: World
) -> None:
    answer = await http.patch(ADDRESS, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert world.edits.writes == 0


@pytest.mark.parametrize(
    ("method", "address"),
    [("PATCH", ""), ("GET", "/history"), ("POST", "/undo")],
)
@pytest.mark.parametrize("id_", ["b" * 32, "nonsense"])
async def test_a_photo_that_is_not_there_is_not_found(
    method: str, address: str, id_: str, http: httpx.AsyncClient, world: World
) -> None:
    answer = await http.request(method, f"/api/photos/{id_}{address}", json={} if method != "GET" else None)

    assert answer.status_code == 404


async def test_the_history_tells_who_changed_what_and_it_can_be_undone(http: httpx.AsyncClient, world: World) -> None:
    await http.patch(ADDRESS, json={"title": "One"})
    await http.patch(ADDRESS, json={"title": "Two", "rating": 5})

    changes = (await http.get(f"{ADDRESS}/history")).json()["changes"]
    assert [(each["number"], each["by"], each["after"]) for each in changes] == [
        (2, "function key", {"title": "Two", "rating": 5}),
        (1, "function key", {"title": "One"}),
    ]
    assert [each["before"] for each in changes] == [{"title": "One", "rating": None}, {"title": None}]

    assert (await http.post(f"{ADDRESS}/undo")).json()["title"] == "One"
    assert (await http.post(f"{ADDRESS}/undo", json={"change": 1})).json()["title"] == "A lake"
    assert (await http.post(f"{ADDRESS}/undo", json={"change": 1})).status_code == 412
    changes = (await http.get(f"{ADDRESS}/history")).json()["changes"]
    assert [each["undone_by"] for each in changes] == ["function key", "function key"]


@pytest.mark.parametrize("body", [{"change": 0}, {"change": "1"}, {"changes": 1}, []])
async def test_a_bad_undo_is_refused(body: Any, http: httpx.AsyncClient, world: World) -> None:
    assert (await http.post(f"{ADDRESS}/undo", json=body)).status_code == 400


async def test_a_position_is_given_its_city_and_country(http: httpx.AsyncClient, world: World) -> None:
    answer = await http.patch(ADDRESS, json={"location": {"latitude": 41.8967, "longitude": 12.4822}})

    assert answer.json()["location"] == {"latitude": 41.8967, "longitude": 12.4822}
    assert (answer.json()["city"], answer.json()["country"]) == ("Rome", "Italy")
