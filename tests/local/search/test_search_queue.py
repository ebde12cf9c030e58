"""Searches run one at a time, short ones before long ones; other requests do not wait with them."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

import httpx
import pytest
from starlette.responses import Response

from local.search.app import ApiKeys, SearchApp
from local.search.faults import SearchFaultQueue
from local.search.handlers import queries
from local.search.handlers.request import ApiRequest
from local.search.search_queue import SearchQueue, is_long
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


@dataclass
class HeldSearches:
    """Searches by their words as they begin; each ends once `leave` is set."""

    leave: Event = field(default_factory=Event)
    started: list[str] = field(default_factory=list)

    def run(self, request: ApiRequest, body: dict[str, str]) -> dict[str, object]:
        self.started.append(body["search"])
        assert self.leave.wait(60)
        return {"value": []}

    async def assert_begun(self, word: str) -> None:
        assert self.started == [word]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldSearches:
    held = HeldSearches()
    monkeypatch.setattr(queries, "run_search", held.run)
    return held


async def asked(http: httpx.AsyncClient, bodies: Sequence[Mapping[str, str]]) -> list[asyncio.Task[httpx.Response]]:
    """Searches that are sent one after the other."""
    sent = []
    for body in bodies:
        sent.append(asyncio.create_task(http.post("/docs/search", json=body)))
        await asyncio.sleep(0)
    return sent


async def test_searches_of_a_kind_run_one_at_a_time_in_the_order_they_came(
    http: httpx.AsyncClient, held: HeldSearches
) -> None:
    words = [f"word{number}" for number in range(10)]
    waiting = await asked(http, [{"search": word} for word in words])
    first_has_begun = partial(held.assert_begun, words[0])

    await eventually(first_has_begun)
    # No other search starts, and yet other requests are answered.
    assert (await http.post("/docs/index", json={"value": [{"id": "1"}]})).status_code == 200
    assert (await http.get("/docs/1")).json()["id"] == "1"
    await first_has_begun()

    held.leave.set()
    assert [response.status_code for response in await asyncio.gather(*waiting)] == [200] * len(words)
    assert held.started == words


async def order_of(arrivals: Sequence[tuple[str, bool, float]]) -> list[str]:
    """The names in the order in which they run, of searches each long or not that come at these seconds."""
    leave, began = Event(), Event()
    ran: list[str] = []
    times = iter([0.0, *(at for _, _, at in arrivals)])
    searches = SearchQueue(clock=lambda: next(times))

    def hold() -> Response:
        began.set()
        assert leave.wait(60)
        return Response()

    def run(name: str) -> Response:
        ran.append(name)
        return Response()

    waiting = [asyncio.create_task(searches.run(hold, is_long=False))]
    assert await asyncio.to_thread(began.wait, 60)
    for name, long, _ in arrivals:
        waiting.append(asyncio.create_task(searches.run(partial(run, name), is_long=long)))
        await asyncio.sleep(0)
    leave.set()
    await asyncio.gather(*waiting)
    return ran


async def test_a_short_search_goes_before_long_ones_that_came_first() -> None:
    arrivals = [("long", True, 0.0), ("second long", True, 0.01), ("short", False, 0.02), ("second short", False, 0.03)]
    assert await order_of(arrivals) == ["short", "second short", "long", "second long"]


async def test_a_long_search_that_has_waited_is_not_overtaken() -> None:
    arrivals = [("long", True, 0.0), ("short", False, 0.1), ("late", False, 0.2)]
    assert await order_of(arrivals) == ["short", "long", "late"]


async def test_a_search_that_nobody_waits_for_any_more_does_not_run() -> None:
    leave = Event()
    ran: list[str] = []
    searches = SearchQueue()

    def run(name: str) -> Response:
        ran.append(name)
        assert leave.wait(60)
        return Response()

    first = asyncio.create_task(searches.run(partial(run, "first"), is_long=False))
    left = asyncio.create_task(searches.run(partial(run, "left"), is_long=False))
    last = asyncio.create_task(searches.run(partial(run, "last"), is_long=False))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.sleep(0)
    leave.set()
    await asyncio.gather(first, last)
    assert ran == ["first", "last"]


@pytest.mark.parametrize(
    ("body", "long"),
    [
        ({"search": "boat", "facets": ["tags"]}, False),
        ({"search": "vectorQueries", "select": "semantic", "vectorQueries": []}, False),
        ({"search": "boat", "queryType": "simple"}, False),
        ({"search": "boat", "vectorQueries": [{"kind": "vector"}]}, True),
        ({"search": "boat", "queryType": "semantic"}, True),
        ({"search": "boat", "semanticQuery": "a boat"}, True),
    ],
)
def test_what_compares_vectors_or_ranks_by_meaning_is_long(body: dict[str, object], long: bool) -> None:
    assert is_long(json.dumps(body).encode(), "api-version=2026-04-01") is long
    assert is_long(json.dumps(body, separators=(",", ":")).encode(), "") is long


@pytest.mark.parametrize(
    ("parameters", "long"),
    [("search=boat&queryType=full", False), ("queryType=semantic&search=boat", True), ("semanticQuery=a+boat", True)],
)
def test_a_search_in_an_address_is_long_by_the_same_signs(parameters: str, long: bool) -> None:
    assert is_long(b"", parameters) is long


async def test_an_error_is_raised_and_not_kept() -> None:
    searches = SearchQueue()

    class Refused(Exception):
        pass

    def refuse() -> Response:
        raise Refused

    gc.collect()
    gc.disable()
    try:
        with suppress(Refused):
            await searches.run(refuse, is_long=False)
            pytest.fail("it was not raised")
        await asyncio.sleep(0)  # until then, what has woken us holds it
        assert not [each for each in gc.get_objects() if isinstance(each, Refused)]
    finally:
        gc.enable()


async def test_over_http_short_searches_go_before_long_ones(
    http: httpx.AsyncClient, held: HeldSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.search.search_queue.PATIENCE", 3600)
    bodies = [{"search": "first"}, {"search": "long", "queryType": "semantic"}, {"search": "short"}]
    waiting = await asked(http, bodies)
    await eventually(partial(held.assert_begun, "first"))
    held.leave.set()
    await asyncio.gather(*waiting)
    assert held.started == ["first", "short", "long"]


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
