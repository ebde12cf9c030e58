"""The health of the services behind the app."""

import asyncio

import httpx
import pytest

from shared.errors import Outage, SettingsError
from tests.web.fake_services import FakeServices
from web import health as web_health


async def test_all_is_well(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"storage": "ok", "queues": "ok", "search": "ok", "models": "ok"},
    }


async def test_what_cannot_be_changed_in_place_is_a_warning(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.differences = ["caption is cut otherwise"]

    answer = await http.get("/api/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["warnings"] == ["caption is cut otherwise"]
    services.index.error = Outage("no route")
    assert (await http.get("/api/health")).json()["warnings"] == ["caption is cut otherwise"]


async def test_what_is_down_is_named_and_why(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.error = Outage("no route")
    services.models.error = SettingsError("the dimensions differ")

    answer = await http.get("/api/health")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "down",
        "checks": {"storage": "ok", "queues": "ok", "search": "no route", "models": "the dimensions differ"},
        "error": {
            "code": "dependency_down",
            "message": "search is down: no route; models is down: the dimensions differ",
            "param": "search, models",
        },
    }


async def test_every_store_counts_as_storage(http: httpx.AsyncClient, services: FakeServices) -> None:
    for store in (services.storage, services.failures, services.spending, services.descriptions):
        store.error = Outage("its container is missing")

        answer = await http.get("/api/health")

        store.error = None
        assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "its container is missing")


@pytest.mark.parametrize(("auth", "status"), [("key", 503), ("function", 200)])
async def test_the_store_of_keys_counts_where_the_app_checks_them(
    auth: str, status: int, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"http_auth": auth})
    services.api_keys.error = Outage("its container is missing")

    assert (await http.get("/api/health")).status_code == status


async def test_every_queue_of_tickets_counts(http: httpx.AsyncClient, services: FakeServices) -> None:
    for queue in (services.tickets, services.upload_tickets, services.refresh_tickets):
        queue.error = Outage("its queue is missing")

        answer = await http.get("/api/health")

        queue.error = None
        assert (answer.status_code, answer.json()["checks"]["queues"]) == (503, "its queue is missing")


async def test_a_check_that_hangs_is_down(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(web_health, "CHECK_TIMEOUT", 0.01)
    monkeypatch.setattr(services.storage, "check", hang)
    monkeypatch.setattr(services.tickets, "check", hang)

    answer = (await http.get("/api/health")).json()

    assert answer["error"]["param"] == "storage, queues"
    assert answer["checks"]["storage"] == "no answer within 0 s"


async def test_a_fault_of_ours_is_no_outage(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services.storage, "check", fail)

    assert (await http.get("/api/health")).status_code == 500
