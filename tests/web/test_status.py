"""How far ingestion is, and retries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ingest.context import ingest_context
from shared.photo import photo_id, utc
from shared.stores.reconcile_rounds import ReconcileRecord, ReconcileRound
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices, failure


async def test_the_status_counts_photos_and_spending(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.storage.blobs = dict.fromkeys(["a", "b", "c", "d", "e", "a.xmp", "b.xmp", "Thumbs.db"], b"")
    services.index.hits = [hit(1), hit(2)]
    services.failures.add(failure("a"), failure("b", state="retrying"))

    assert (await http.get("/api/status")).json() == {
        "indexed": 2,
        "waiting": 1,
        "retrying": 1,
        "failed": 1,
        "refreshing": 0,
        "attached": 2,
        "ignored": 1,
        "trash": 0,
        "captions_today": 3,
        "captions_per_day": 50,
        "tokens_today": 400,
        "chat_today": {"page": {"answers": 2, "tokens": 9000}},
        "chat_tokens_per_day": 5_000_000,
        "limitations": ["chat works without filters and counts: m refused tools: no"],
        "bill": None,
        "reconciliation": None,
        "health": "degraded",
        "checks": {"storage": "ok", "queues": "ok", "search": "ok", "models": "ok"},
        "warnings": [],
    }


class Rounds:
    """Rounds of reconcile, the last of which ended this many days ago."""

    def __init__(self, days: int) -> None:
        self._ended_at = utc(datetime.now(UTC) - timedelta(days=days))

    async def read(self) -> ReconcileRecord:
        last = ReconcileRound(began_at=self._ended_at, container="photos", ended_at=self._ended_at)
        return ReconcileRecord(last=last, current=replace(last, ended_at=""), pause=900.0)


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (3, True)])
async def test_the_status_says_when_container_and_index_were_compared_and_warns_if_that_is_long_ago(
    days: int, is_late: bool, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_context(), "rounds", Rounds(days))

    answer = (await http.get("/api/status")).json()

    told = answer["reconciliation"]
    assert told["ended_at"] == told["since"]
    assert answer["warnings"] == ([told["warning"]] if is_late else [])
    assert bool(told["warning"]) is is_late


@pytest.mark.parametrize(
    ("parameters", "total", "paths"),
    [
        ({}, 5, ["b", "d", "a", "c", "e"]),
        ({"state": "failed"}, 2, ["b", "d"]),
        ({"state": "retrying"}, 3, ["a", "c", "e"]),
        ({"top": "2"}, 5, ["b", "d"]),
        ({"top": "2", "skip": "1"}, 5, ["d", "a"]),
        ({"top": "1000", "skip": "1000000"}, 5, []),
        ({"top": "0"}, 5, []),
    ],
)
async def test_failures_are_listed_by_page(
    parameters: dict[str, str], total: int, paths: list[str], http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.failures.add(*(failure(path, state="failed" if path in "bd" else "retrying") for path in "edcba"))

    answer = (await http.get("/api/failures", params=parameters)).json()

    assert (answer["total"], [each["path"] for each in answer["failures"]]) == (total, paths)


async def test_a_hundred_failures_are_listed_unless_told_otherwise(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.failures.add(*(failure(str(number)) for number in range(120)))

    answer = (await http.get("/api/failures")).json()

    assert (answer["total"], len(answer["failures"])) == (120, 100)
    assert answer["failures"][0].keys() >= {"id", "path", "state", "reason", "attempts", "last_error"}


@pytest.mark.parametrize(
    ("name", "value"), [("state", "lost"), ("state", ""), ("top", "1001"), ("top", "x"), ("skip", "1000001")]
)
async def test_other_parameters_are_refused(name: str, value: str, http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/failures", params={name: value})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)


async def test_a_failing_photo_is_retried_at_once(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.failures.add(failure("a.jpg"))

    answer = await http.post(f"/api/failures/{photo_id('a.jpg')}/retry")

    assert answer.status_code == 202
    assert (answer.json()["path"], answer.json()["state"]) == ("a.jpg", "retrying")
    assert [ticket.name for ticket in services.tickets.sent] == ["a.jpg"]


@pytest.mark.parametrize("id_", [photo_id("a.jpg"), "nonsense"])
async def test_a_photo_that_is_not_failing_is_not_retried(
    id_: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    assert (await http.post(f"/api/failures/{id_}/retry")).status_code == 404
    assert services.tickets.sent == []


async def test_everything_that_was_given_up_is_retried(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.failures.add(failure("a"), failure("b", state="retrying"), failure("c"), failure("d", unreadable=True))

    answer = await http.post("/api/failures/retry")

    assert (answer.status_code, answer.json()) == (202, {"retried": 2})
    assert [ticket.name for ticket in services.tickets.sent] == ["a", "c"]
