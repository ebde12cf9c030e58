"""`/api/collections`: made, read, put in order and deleted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.access.caller import FUNCTION_KEY as ADMIN, Caller
from shared.access.in_force import RulesInForce
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.access.sight import current_sight
from shared.photo import Photo, photo_id
from shared.search.results import Hit, IndexEntry
from shared.stores.jobs import JobTurn
from tests.web.fake_services import FakeServices
from web import job_turns

EDITOR = Caller("Ann", Role.EDITOR, "ann")
A, B, C = (photo_id(f"{name}.jpg") for name in "abc")


@pytest.fixture
def merged(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Three photos in the index, and the collections that it was told they are in."""
    photos = {each: Photo(id=each, path=f"{name}.jpg") for name, each in zip("abc", (A, B, C), strict=True)}
    services.index.hits = [Hit(each) for each in photos.values()]
    told: dict[str, list[str]] = {}

    async def entries(ids: Sequence[str]) -> dict[str, IndexEntry]:
        return {each: IndexEntry.of(photos[each]) for each in ids if each in photos}

    async def merge(documents: Sequence[dict[str, Any]]) -> int:
        told.update({each["id"]: each["collections"] for each in documents})
        return len(documents)

    async def no_uploads() -> bool:
        return False

    monkeypatch.setattr(services.index, "entries", entries, raising=False)
    monkeypatch.setattr(services.index, "merge", merge, raising=False)
    monkeypatch.setattr("web.job_context.uploads_wait", no_uploads)
    return told


async def make(http: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await http.post("/api/collections", json={"name": "Rome", **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ids_of(http: httpx.AsyncClient, id_: str) -> list[str]:
    return [each["id"] for each in (await http.get(f"/api/collections/{id_}/photos")).json()["photos"]]


async def test_a_list_is_made_read_and_deleted(http: httpx.AsyncClient, merged: dict[str, list[str]]) -> None:
    made = await make(http, ids=[B, A], description="Summer")

    assert (made["photos"], made["cover"], made["created_by"]) == (2, B, "function key")
    assert merged == {A: [made["id"]], B: [made["id"]]}
    assert (await http.get(f"/api/collections/{made['id']}")).json() == made
    assert (await http.get("/api/collections")).json() == {"total": 1, "collections": [made]}
    assert await ids_of(http, made["id"]) == [B, A]

    assert (await http.delete(f"/api/collections/{made['id']}")).status_code == 204
    assert merged == {A: [], B: []}
    assert (await http.get(f"/api/collections/{made['id']}")).status_code == 404


async def test_photos_are_added_moved_and_removed(http: httpx.AsyncClient, merged: dict[str, list[str]]) -> None:
    id_ = (await make(http, ids=[A, B]))["id"]
    path = f"/api/collections/{id_}/photos"

    await http.post(path, json={"add": [C], "before": B})
    assert await ids_of(http, id_) == [A, C, B]
    await http.post(path, json={"add": [A], "remove": [C]})
    assert await ids_of(http, id_) == [B, A]
    assert merged == {A: [id_], B: [id_], C: []}
    await http.put(path, json={"ids": [A, B]})
    assert await ids_of(http, id_) == [A, B]


async def test_a_change_of_an_older_version_is_refused(http: httpx.AsyncClient, merged: dict[str, list[str]]) -> None:
    id_ = (await make(http, ids=[A, B]))["id"]
    etag = (await http.get(f"/api/collections/{id_}")).headers["etag"]

    first = await http.patch(f"/api/collections/{id_}", json={"name": "Paris"}, headers={"If-Match": etag})
    second = await http.put(f"/api/collections/{id_}/photos", json={"ids": [B, A]}, headers={"If-Match": etag})

    assert (first.status_code, first.json()["name"], second.status_code) == (200, "Paris", 412)
    assert first.headers["etag"] != etag
    assert await ids_of(http, id_) == [A, B]


async def test_a_saved_search_fills_itself(
    http: httpx.AsyncClient, services: FakeServices, merged: dict[str, list[str]]
) -> None:
    made = await make(http, search={"q": "sea", "tag": ["sky"], "top": 5})

    assert (made["photos"], made["search"]) == (None, {"q": "sea", "tag": ["sky"], "top": 5})
    assert await ids_of(http, made["id"]) == [A, B, C]
    assert str(services.index.queries[-1].filter).startswith("tags/any(tag: tag eq 'sky') and search.ismatch('\"sea\"'")
    answer = await http.post(f"/api/collections/{made['id']}/photos", json={"add": [A]})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "id")


@pytest.mark.parametrize("fold", [True, False])
async def test_a_saved_search_has_each_photo_whatever_was_folded_when_it_was_saved(
    http: httpx.AsyncClient, services: FakeServices, merged: dict[str, list[str]], fold: bool
) -> None:
    services.index.hits = [Hit(replace(each.photo, digest="same", title="Sea")) for each in services.index.hits]

    made = await make(http, search={"q": "sea", "fold": fold})

    assert made["search"] == {"q": "sea", "fold": fold}
    assert await ids_of(http, made["id"]) == [A, B, C]


async def test_a_search_is_narrowed_to_a_collection(
    http: httpx.AsyncClient, services: FakeServices, merged: dict[str, list[str]]
) -> None:
    id_ = (await make(http, ids=[A]))["id"]

    assert (await http.get("/api/search", params={"collection": id_})).status_code == 200
    assert services.index.queries[-1].filter == f"collections/any(each: each eq '{id_}')"
    answer = await http.get("/api/search", params={"collection": "Paris"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "collection")


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"name": " "}, 400, "name"),
        ({"name": "ROME"}, 409, "name"),
        ({"ids": ["x"]}, 400, "ids"),
        ({"ids": [photo_id("gone.jpg")]}, 400, "ids"),
        ({"cover": "x"}, 400, "cover"),
        ({"cover": photo_id("gone.jpg")}, 400, "ids"),
        ({"ids": [A], "search": {"q": "x"}}, 400, "search"),
        ({"search": {}}, 400, "search"),
        ({"search": {"colour": "red"}}, 400, "colour"),
        ({"search": {"q": "sea", "fold": "perhaps"}}, 400, "fold"),
        ({"search": {"collection": "Rome"}}, 400, "collection"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
async def test_what_is_wrong_with_a_collection_is_said(
    body: dict[str, Any], status: int, param: str, http: httpx.AsyncClient, merged: dict[str, list[str]]
) -> None:
    await make(http)

    answer = await http.post("/api/collections", json={"name": "Paris", **body})

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


async def test_too_many_photos_are_refused(
    http: httpx.AsyncClient, merged: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.collecting.MAX_MEMBERS", 2)
    id_ = (await make(http, ids=[A, B]))["id"]

    answer = await http.post(f"/api/collections/{id_}/photos", json={"add": [C]})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "ids")


@pytest.mark.parametrize("id_", ["nonsense", "0" * 32])
async def test_there_is_no_such_collection(id_: str, http: httpx.AsyncClient) -> None:
    path = f"/api/collections/{id_}"
    answers = [
        await http.get(path),
        await http.patch(path, json={"name": "x"}),
        await http.delete(path),
        await http.get(f"{path}/photos"),
        await http.put(f"{path}/photos", json={"ids": []}),
        await http.post(f"{path}/photos", json={}),
    ]

    assert [each.status_code for each in answers] == [404] * 6


async def test_a_job_collects_and_its_undo_takes_out_again(
    http: httpx.AsyncClient, services: FakeServices, merged: dict[str, list[str]]
) -> None:
    id_ = (await make(http, ids=[C]))["id"]

    async def run(answer: httpx.Response) -> dict[str, Any]:
        await job_turns.job_due(JobTurn(answer.json()["id"]).encode())
        return dict((await http.get(f"/api/jobs/{answer.json()['id']}")).json())

    gone = photo_id("gone.jpg")
    body = {"action": "collect", "collection": id_, "ids": [B, gone, A]}
    job = await run(await http.post("/api/jobs", json=body))
    assert (job["changed"], job["failed"], job["errors"][0]["id"]) == (2, 1, gone)
    assert await ids_of(http, id_) == [C, B, A]

    undo = await run(await http.post(f"/api/jobs/{job['id']}/undo"))
    assert (undo["state"], undo["changed"]) == ("done", 2)
    assert await ids_of(http, id_) == [C]


async def test_what_a_job_takes_out_comes_back_to_its_place(
    http: httpx.AsyncClient, services: FakeServices, merged: dict[str, list[str]]
) -> None:
    id_ = (await make(http, ids=[A, B, C]))["id"]

    async def run(answer: httpx.Response) -> dict[str, Any]:
        await job_turns.job_due(JobTurn(answer.json()["id"]).encode())
        return dict((await http.get(f"/api/jobs/{answer.json()['id']}")).json())

    job = await run(await http.post("/api/jobs", json={"action": "uncollect", "collection": id_, "ids": [B, A]}))
    assert (job["changed"], await ids_of(http, id_)) == (2, [C])

    undo = await run(await http.post(f"/api/jobs/{job['id']}/undo"))
    assert (undo["state"], undo["changed"], await ids_of(http, id_)) == ("done", 2, [A, B, C])


@pytest.fixture
def half_seen(
    merged: dict[str, list[str]], services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Caller], None]:
    """Chooses who calls: an editor sees all photos but C."""
    callers = [ADMIN]

    async def authenticate(*_: Any) -> Caller:
        return callers[-1]

    index_entries = services.index.entries

    async def entries(ids: Sequence[str]) -> dict[str, IndexEntry]:
        there = await index_entries(ids)
        return there if current_sight().is_full else {id_: each for id_, each in there.items() if id_ != C}

    monkeypatch.setattr("web.entry.authenticate", authenticate)
    monkeypatch.setattr(services.index, "entries", entries)
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(Rules((Rule(("everyone",), folder="a"),))))
    return callers.append


async def test_changes_of_hidden_photos_are_not_told(
    http: httpx.AsyncClient, half_seen: Callable[[Caller], None]
) -> None:
    id_ = (await make(http, ids=[A, B]))["id"]
    path = f"/api/collections/{id_}"

    async def seen() -> tuple[str, dict[str, Any]]:
        half_seen(EDITOR)
        answer = await http.get(path)
        assert [answer.json()] == (await http.get("/api/collections")).json()["collections"]
        half_seen(ADMIN)
        return answer.headers["etag"], answer.json()

    before = await seen()
    first = (await http.get(path)).headers["etag"]
    await http.post(f"{path}/photos", json={"add": [C], "before": A})
    await http.patch(path, json={"cover": C})
    assert await seen() == before
    assert (await http.get(path)).headers["etag"] != first
    await http.put(f"{path}/photos", json={"ids": [B, C, A]})
    after = await seen()
    assert after[0] != before[0]
    assert after[1]["photos"] == 2

    half_seen(EDITOR)
    for method, name, body in (
        ("PATCH", "", {"name": "Paris"}),
        ("PUT", "/photos", {"ids": [A, B]}),
        ("POST", "/photos", {"remove": [B]}),
    ):
        etag = (await http.get(path)).headers["etag"]
        old = await http.request(method, path + name, json=body, headers={"If-Match": before[0]})
        new = await http.request(method, path + name, json=body, headers={"If-Match": etag})
        assert (old.status_code, new.status_code) == (412, 200), (method, old.text, new.text)
        assert new.headers["etag"] == (await http.get(path)).headers["etag"]
    half_seen(ADMIN)
    assert await ids_of(http, id_) == [A, C]


async def test_the_audit_log_names_photos_that_came_or_went_and_no_others(
    http: httpx.AsyncClient, services: FakeServices, half_seen: Callable[[Caller], None]
) -> None:
    id_ = (await make(http, ids=[A, C, A]))["id"]
    path = f"/api/collections/{id_}/photos"

    async def recorded(method: str, body: dict[str, Any]) -> list[tuple[str, ...]]:
        services.audit.records.clear()
        answer = await http.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return [each.photos for each in services.audit.records]

    assert [each.photos for each in services.audit.records] == [(A, C)]
    half_seen(EDITOR)
    assert await recorded("POST", {"remove": [C, photo_id("gone.jpg")]}) == []
    assert await recorded("POST", {"add": [B], "remove": [C]}) == [(B,)]
    assert await recorded("POST", {"add": [A]}) == [()]  # to another place
    assert await recorded("PUT", {"ids": [B, A]}) == []
    assert await recorded("PUT", {"ids": [A]}) == [(B,)]
    answer = await http.post(path, json={"remove": ["free text"]})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "remove.0")
    half_seen(ADMIN)
    assert await ids_of(http, id_) == [C, A]


async def test_the_limit_tells_nothing_of_hidden_photos(
    http: httpx.AsyncClient,
    services: FakeServices,
    half_seen: Callable[[Caller], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalogue.collecting.MAX_MEMBERS", 2)
    id_ = (await make(http, ids=[A, C]))["id"]
    path = f"/api/collections/{id_}/photos"

    async def statuses() -> list[int]:
        requests = [("POST", {"remove": [B]}), ("POST", {"add": [B]}), ("PUT", {"ids": [B, A]})]
        return [(await http.request(method, path, json=body)).status_code for method, body in requests]

    assert await statuses() == [200, 400, 200]
    await http.put(path, json={"ids": [A, C]})
    half_seen(EDITOR)
    assert await statuses() == [200, 200, 200]
    await http.post(path, json={"remove": [B]})
    job = (await http.post("/api/jobs", json={"action": "collect", "collection": id_, "ids": [B]})).json()
    await job_turns.job_due(JobTurn(job["id"]).encode())
    assert (await http.get(f"/api/jobs/{job['id']}")).json()["changed"] == 1
    half_seen(ADMIN)
    assert set(await ids_of(http, id_)) == {A, B, C}
    services.collections.records[id_] = replace(services.collections.records[id_], photos=(A, B, C, "d" * 32))
    assert (await http.post(path, json={"remove": [A]})).status_code == 200
