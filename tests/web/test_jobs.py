"""`/api/jobs`: made, looked at, cancelled and undone."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.photo import Photo, photo_id
from shared.request_load import RequestLoad
from shared.search.results import Hit, IndexEntry
from shared.stores.jobs import JobTurn, PhotoFault
from tests.web.fake_services import FakeServices
from web import job_turns

ID = photo_id("a.jpg")


async def make(http: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await http.post("/api/jobs", json={"action": "recaption", "ids": [ID], **body})


async def test_a_job_of_photos_by_id_is_made_and_queued(http: httpx.AsyncClient, services: FakeServices) -> None:
    answer = await make(http, expected=1)

    job = answer.json()
    assert (answer.status_code, job["state"], job["total"], job["created_by"]) == (202, "waiting", 1, "function key")
    assert services.jobs.ids[job["id"]] == [ID]
    assert services.job_queue.sent == [(JobTurn(job["id"]), 0)]
    assert (await http.get(f"/api/jobs/{job['id']}")).json() == {**job, "errors": []}
    assert (await http.get("/api/jobs")).json() == {"total": 1, "jobs": [job]}


async def test_a_job_of_a_search_without_words_takes_all_that_its_filters_let_through(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = []

    async def walk(filter_: str | None) -> Any:
        filters.append(filter_)
        for name in ("a.jpg", "b.jpg"):
            yield IndexEntry(photo_id(name), name, "", "", 0)

    monkeypatch.setattr(services.index, "walk", walk, raising=False)
    search = {"tag": ["sea", "sky"], "has_text": False, "top": 5}
    answer = await http.post("/api/jobs", json={"action": "recaption", "search": search, "expected": 2})

    assert answer.json()["total"] == 2
    assert filters == ["tags/any(tag: tag eq 'sea') and tags/any(tag: tag eq 'sky') and not has_text"]


async def test_a_job_of_a_search_by_words_takes_the_hits_and_what_is_folded_under_them(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    copies = [Photo(id=photo_id(name), path=name, digest="d") for name in ("a.jpg", "b.jpg")]
    services.index.hits = [Hit(each) for each in copies]

    answer = await http.post("/api/jobs", json={"action": "recaption", "search": {"q": "beach"}})

    assert services.jobs.ids[answer.json()["id"]] == [each.id for each in copies]


async def test_photos_may_be_left_out_of_a_search(http: httpx.AsyncClient, services: FakeServices) -> None:
    copies = [Photo(id=photo_id(name), path=name, digest="d") for name in ("a.jpg", "b.jpg")]
    services.index.hits = [Hit(each) for each in copies]
    body = {"action": "recaption", "search": {"q": "beach"}, "exclude": [ID], "expected": 1}

    answer = await http.post("/api/jobs", json=body)

    assert services.jobs.ids[answer.json()["id"]] == [photo_id("b.jpg")]


async def test_a_count_that_has_changed_is_told(http: httpx.AsyncClient) -> None:
    assert (await make(http, expected=2)).json()["error"]["count"] == 1


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"expected": 2}, 409, "expected"),
        ({"action": "paint"}, 400, "action"),
        ({"ids": ["x"]}, 400, "ids"),
        ({"exclude": [ID]}, 400, None),
        ({"ids": None, "search": {"q": "x"}, "exclude": ["x"]}, 400, "exclude"),
        ({"ids": []}, 400, "ids"),
        ({"ids": None}, 400, None),
        ({"search": {"q": "x"}}, 400, None),
        ({"ids": None, "search": {}}, 400, "expected"),
        ({"ids": None, "search": {"collection": ""}}, 400, "expected"),
        ({"ids": None, "search": {"colour": "red"}}, 400, "colour"),
        ({"ids": None, "search": {"q": "sea", "fold": "perhaps"}}, 400, "fold"),
        ({"ids": None, "search": {"taken_in": "soon"}}, 400, "taken_in"),
        ({"patch": {"title": "x"}}, 400, "patch"),
    ],
)
async def test_what_is_wrong_with_a_job_is_said_and_nothing_is_kept(
    body: dict[str, Any], status: int, param: str | None, http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await make(http, **body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert not services.jobs.records


async def test_a_job_tells_what_was_wrong_with_which_photo(http: httpx.AsyncClient, services: FakeServices) -> None:
    id_ = (await make(http)).json()["id"]
    services.jobs.records[id_] = replace(services.jobs.records[id_], failed=2)
    services.jobs.errors[id_] = {0: [PhotoFault(ID, "gone")], 100: [PhotoFault(ID, "broken")]}

    assert (await http.get(f"/api/jobs/{id_}")).json()["errors"][0] == {"id": ID, "error": "gone"}
    assert len((await http.get(f"/api/jobs/{id_}", params={"skip": 1})).json()["errors"]) == 1


async def test_a_job_is_cancelled_once(http: httpx.AsyncClient) -> None:
    id_ = (await make(http)).json()["id"]

    assert (await http.delete(f"/api/jobs/{id_}")).json()["state"] == "cancelled"
    assert (await http.delete(f"/api/jobs/{id_}")).status_code == 409
    assert (await http.post(f"/api/jobs/{id_}/undo")).status_code == 409  # no caption comes back


@pytest.mark.parametrize("id_", ["nonsense", "0" * 32])
async def test_there_is_no_such_job(id_: str, http: httpx.AsyncClient) -> None:
    answers = [
        await http.get(f"/api/jobs/{id_}"),
        await http.delete(f"/api/jobs/{id_}"),
        await http.post(f"/api/jobs/{id_}/undo"),
    ]

    assert [each.status_code for each in answers] == [404] * 3


async def test_a_turn_that_was_given_up_fails_its_job(http: httpx.AsyncClient, services: FakeServices) -> None:
    id_ = (await make(http)).json()["id"]

    await job_turns.job_given_up(JobTurn(id_).encode())
    await job_turns.job_given_up("nonsense")
    await job_turns.job_due("nonsense")
    await job_turns.job_given_up(JobTurn("0" * 32).encode())

    assert services.jobs.records[id_].state == "failed"


async def test_jobs_give_way_to_searches_and_not_to_who_watches_them(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, load = [], RequestLoad()
    monkeypatch.setattr("web.entry.REQUEST_LOAD", load)
    refresh = services.catalogue.refresh_if_possible

    async def note() -> None:
        running.append(load.running)
        await refresh()

    monkeypatch.setattr(services.catalogue, "refresh_if_possible", note)

    for path in ("/api/search?q=sea", "/api/jobs", "/api/status"):
        await http.get(path)

    assert (running, load.running) == ([1, 0, 0], 0)
