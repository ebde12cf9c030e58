"""Searches wait in line, the first one first; whatever else is asked does not wait with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event

import httpx
import pytest

from local.search.doors import queries
from local.search.doors.call import Call
from local.search.faults import Faults
from local.search.server import Keys, Server
from local.search.service import Service
from tests.machine import eventually

INDEX = {"name": "photos", "fields": [{"name": "id", "type": "Edm.String", "key": True, "searchable": True}]}
VERSION = {"api-version": "2026-04-01"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr("local.search.service.TICK_SECONDS", 60)  # only searches apply what is written
    made = Service(tmp_path)
    made.create(INDEX)
    yield made
    made.close()


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    server = Server(service, Keys("key"), Faults(), semantic=False)
    transport = httpx.ASGITransport(server.app())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://search/indexes/photos", headers={"api-key": "key"}, params=VERSION
    ) as client:
        yield client


async def test_searches_go_in_one_by_one_in_the_order_they_came(
    service: Service, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Event()
    began: list[str] = []

    def slow(call: Call, body: dict[str, str]) -> dict[str, object]:
        began.append(body["search"])
        assert leave.wait(10)
        return {"value": []}

    monkeypatch.setattr(queries, "run_search", slow)
    words = [f"word{number}" for number in range(10)]
    waiting = []
    for word in words:
        waiting.append(asyncio.create_task(http.post("/docs/search", json={"search": word})))
        await asyncio.sleep(0)

    async def one_is_in() -> None:
        assert began == words[:1]

    await eventually(one_is_in)
    # Nobody else gets in, and yet whoever asks for something else is answered.
    assert (await http.post("/docs/index", json={"value": [{"id": "1"}]})).status_code == 200
    assert (await http.get("/docs/1")).json()["id"] == "1"
    await one_is_in()

    leave.set()
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * len(words)
    assert began == words


async def test_who_stands_in_line_does_not_wait_for_what_is_written_meanwhile(
    service: Service, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave, commits = Event(), 0
    view = service.index("photos")._view
    commit = view.commit

    def slow_commit() -> int:
        nonlocal commits
        commits += 1
        assert leave.wait(10)
        return commit()

    async def write(key: str) -> None:
        (await http.post("/docs/index", json={"value": [{"id": key}]})).raise_for_status()

    async def find(key: str) -> int:
        return int((await http.post("/docs/search", json={"search": key, "count": True})).json()["@odata.count"])

    async def committing() -> None:
        assert commits == 1

    monkeypatch.setattr(view, "commit", slow_commit)
    await write("first")
    waiting = [asyncio.create_task(find("first")) for _ in range(3)]
    await eventually(committing)
    await write("second")

    leave.set()
    assert await asyncio.gather(*waiting) == [1] * 3
    assert commits == 1
    assert await find("second") == 1
    assert commits == 2


async def test_a_search_does_not_hold_up_the_server_while_an_index_is_changed(
    service: Service, http: httpx.AsyncClient
) -> None:
    locked, leave = Event(), Event()

    def change() -> None:
        with service._lock:
            locked.set()
            assert leave.wait(10)

    changing = asyncio.create_task(asyncio.to_thread(change))
    assert await asyncio.to_thread(locked.wait, 10)
    try:
        found = await asyncio.wait_for(http.post("/docs/search", json={"search": "word"}), 5)
        assert found.status_code == 200
    finally:
        leave.set()
        await changing
