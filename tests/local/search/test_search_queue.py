"""Searches run one at a time, first come, first served; other requests do not wait with them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event

import httpx
import pytest

from local.search.app import ApiKeys, SearchApp
from local.search.faults import SearchFaultQueue
from local.search.handlers import queries
from local.search.handlers.request import ApiRequest
from local.search.service import SearchService
from tests.machine import eventually

INDEX = {"name": "photos", "fields": [{"name": "id", "type": "Edm.String", "key": True, "searchable": True}]}
VERSION = {"api-version": "2026-04-01"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchService]:
    monkeypatch.setattr("local.search.service.REFRESH_SECONDS", 60)  # only searches apply what is written
    service = SearchService(tmp_path)
    service.create(INDEX)
    yield service
    service.close()


@pytest.fixture
async def http(service: SearchService) -> AsyncIterator[httpx.AsyncClient]:
    app = SearchApp(service, ApiKeys("key"), SearchFaultQueue(), semantic_enabled=False)
    transport = httpx.ASGITransport(app.starlette())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://search/indexes/photos", headers={"api-key": "key"}, params=VERSION
    ) as client:
        yield client


async def test_searches_run_one_at_a_time_in_the_order_they_came(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Event()
    started: list[str] = []

    def slow_search(request: ApiRequest, body: dict[str, str]) -> dict[str, object]:
        started.append(body["search"])
        assert leave.wait(60)
        return {"value": []}

    monkeypatch.setattr(queries, "run_search", slow_search)
    words = [f"word{number}" for number in range(10)]
    waiting = []
    for word in words:
        waiting.append(asyncio.create_task(http.post("/docs/search", json={"search": word})))
        await asyncio.sleep(0)

    async def one_is_running() -> None:
        assert started == words[:1]

    await eventually(one_is_running)
    # No other search starts, and yet other requests are answered.
    assert (await http.post("/docs/index", json={"value": [{"id": "1"}]})).status_code == 200
    assert (await http.get("/docs/1")).json()["id"] == "1"
    await one_is_running()

    leave.set()
    assert [response.status_code for response in await asyncio.gather(*waiting)] == [200] * len(words)
    assert started == words


async def test_a_queued_search_does_not_wait_for_what_is_written_meanwhile(
    service: SearchService, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave, commits = Event(), 0
    view = service.index("photos")._view
    commit = view.commit

    def slow_commit() -> int:
        nonlocal commits
        commits += 1
        assert leave.wait(60)
        return commit()

    async def write(key: str) -> None:
        (await http.post("/docs/index", json={"value": [{"id": key}]})).raise_for_status()

    async def count(key: str) -> int:
        return int((await http.post("/docs/search", json={"search": key, "count": True})).json()["@odata.count"])

    async def committing() -> None:
        assert commits == 1

    monkeypatch.setattr(view, "commit", slow_commit)
    await write("first")
    waiting = [asyncio.create_task(count("first")) for _ in range(3)]
    await eventually(committing)
    await write("second")

    leave.set()
    assert await asyncio.gather(*waiting) == [1] * 3
    assert commits == 1
    assert await count("second") == 1
    assert commits == 2


async def test_a_search_does_not_hold_up_the_server_while_an_index_is_changed(
    service: SearchService, http: httpx.AsyncClient
) -> None:
    locked, leave = Event(), Event()

    def change() -> None:
        with service._lock:
            locked.set()
            assert leave.wait(60)

    changing = asyncio.create_task(asyncio.to_thread(change))
    assert await asyncio.to_thread(locked.wait, 60)
    try:
        response = await asyncio.wait_for(http.post("/docs/search", json={"search": "word"}), 60)
        assert response.status_code == 200
    finally:
        leave.set()
        await changing
