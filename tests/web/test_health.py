"""What everybody is told of the app's health, and what those who may know more."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from shared.errors import Outage, SettingsError, Throttled
from tests.web.fake_services import FakeServices
from web import health as web_health, service_checks
from web.service_checks import ServiceMonitor

SECRET = "index photos-of-anna at https://s.search.windows.net refused us"
OK = dict.fromkeys(("storage", "queues", "search", "models"), "ok")


def break_search(services: FakeServices) -> None:
    services.index.error = Outage(SECRET)


def break_models(services: FakeServices) -> None:
    services.models.error = SettingsError(SECRET)


def warn(services: FakeServices) -> None:
    services.index.differences = [SECRET]


def limit(services: FakeServices) -> None:
    services.limitations.sentences = [SECRET]


@pytest.mark.parametrize("auth", ["key", "function"])
@pytest.mark.parametrize(
    ("change", "status", "state"),
    [
        (lambda _: None, 200, "ok"),
        (warn, 200, "degraded"),
        (limit, 200, "degraded"),
        (break_search, 503, "down"),
        (break_models, 503, "down"),
    ],
)
async def test_everybody_is_told_one_word(
    change: Callable[[FakeServices], None],
    status: int,
    state: str,
    auth: str,
    http: httpx.AsyncClient,
    services: FakeServices,
) -> None:
    services.settings = services.settings.model_copy(update={"http_auth": auth})
    services.limitations.sentences = []
    change(services)

    answer = await http.get("/api/health")

    assert (answer.status_code, answer.json()) == (status, {"status": state})
    assert answer.headers["cache-control"] == "no-store"


async def test_wrong_settings_are_not_for_everybody(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> FakeServices:
        raise SettingsError("OPENAI_BASE_URL is missing")

    monkeypatch.setattr(service_checks, "services", broken)

    answer = await http.get("/api/health")

    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


async def test_the_status_has_the_reasons(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.limitations.sentences = []
    assert (await http.get("/api/status")).json().items() >= {"health": "ok", "checks": OK, "warnings": []}.items()

    services.index.differences = ["caption is cut otherwise"]
    services.models.error = SettingsError("the dimensions differ")
    answer = await http.get("/api/status")

    assert (answer.status_code, answer.json()["indexed"]) == (200, 0)  # models count nothing
    assert (answer.json()["health"], answer.json()["warnings"]) == ("down", ["caption is cut otherwise"])
    assert answer.json()["checks"] == OK | {"models": "the dimensions differ"}
    assert "error" not in answer.json()


async def test_without_storage_or_search_the_status_is_what_is_down(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.error = Outage("no route")
    services.models.error = SettingsError("the dimensions differ")

    answer = await http.get("/api/status")

    assert answer.status_code == 503
    assert answer.json() == {
        "health": "down",
        "checks": OK | {"search": "no route", "models": "the dimensions differ"},
        "warnings": [],
        "error": {
            "type": "server_error",
            "code": "dependency_down",
            "message": "search is down: no route; models is down: the dimensions differ",
            "param": "search, models",
        },
    }


async def test_a_service_that_goes_down_while_it_counts_is_named(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_checks, "MAX_AGE", 60.0)
    assert (await http.get("/api/status")).status_code == 200

    async def count() -> int:
        services.index.error = Outage("no route")
        raise Outage("search cannot be reached")

    monkeypatch.setattr(services.index, "count", count)
    assert (await http.get("/api/status")).json()["checks"]["search"] == "no route"

    services.index.error = None

    async def busy() -> int:
        raise Throttled("search is throttling us")

    monkeypatch.setattr(services.index, "count", busy)
    service_checks.service_monitor().forget()
    assert (await http.get("/api/status")).json()["error"]["message"] == "search is throttling us"


async def test_every_store_counts_as_storage(http: httpx.AsyncClient, services: FakeServices) -> None:
    for store in (services.storage, services.failures, services.spending, services.descriptions):
        store.error = Outage("its container is missing")

        answer = await http.get("/api/status")

        store.error = None
        assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "its container is missing")


@pytest.mark.parametrize(("auth", "status"), [("key", 503), ("function", 200)])
async def test_the_store_of_keys_counts_where_the_app_checks_them(
    auth: str, status: int, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"http_auth": auth})
    services.api_keys.error = Outage("its container is missing")

    assert (await http.get("/api/health")).status_code == status


@pytest.mark.parametrize(("pictures", "status"), [("proxy", 503), ("links", 200)])
async def test_the_secret_of_links_counts_where_the_app_signs_them(
    pictures: str, status: int, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"pictures": pictures})
    services.link_secrets.error = Outage("its container is missing")

    assert (await http.get("/api/health")).status_code == status


async def test_every_queue_of_tickets_counts(http: httpx.AsyncClient, services: FakeServices) -> None:
    for queue in (services.tickets, services.upload_tickets, services.refresh_tickets):
        queue.error = Outage("its queue is missing")

        answer = await http.get("/api/status")

        queue.error = None
        assert (answer.status_code, answer.json()["checks"]["queues"]) == (200, "its queue is missing")


async def test_a_check_that_hangs_is_down(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(service_checks, "CHECK_TIMEOUT", 0.01)
    monkeypatch.setattr(services.storage, "check", hang)
    monkeypatch.setattr(services.tickets, "check", hang)
    monkeypatch.setattr(services.limitations, "recent", hang)

    answer = (await http.get("/api/status")).json()

    assert answer["error"]["param"] == "storage, queues"
    assert answer["checks"]["storage"] == "no answer within 0 s"


async def test_a_fault_of_ours_is_no_outage(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services.storage, "check", fail)

    assert (await http.get("/api/health")).status_code == 500


def counting(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    checks: list[int] = []

    async def check() -> None:
        checks.append(1)
        await asyncio.sleep(0)

    monkeypatch.setattr(services.models, "check", check)
    return checks


async def test_all_who_ask_within_a_few_seconds_share_one_check(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks, now = counting(services, monkeypatch), [0.0]
    monkeypatch.setattr(service_checks, "MAX_AGE", 3.0)
    monitor = ServiceMonitor(services, clock=lambda: now[0])  # type: ignore[arg-type]

    await asyncio.gather(*(monitor.report() for _ in range(50)))
    now[0] = 2.9
    await monitor.report()
    assert len(checks) == 1

    now[0] = 3.0
    await asyncio.gather(*(monitor.report() for _ in range(50)))
    assert len(checks) == 2
    monitor.forget()
    await monitor.report()
    assert len(checks) == 3


async def test_a_check_goes_on_for_others_when_one_who_asked_has_gone(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks, go_on = counting(services, monkeypatch), asyncio.Event()
    check: Callable[[], Awaitable[None]] = go_on.wait  # type: ignore[assignment]
    monkeypatch.setattr(services.storage, "check", check)
    monkeypatch.setattr(service_checks, "MAX_AGE", 3.0)
    monitor = ServiceMonitor(services)  # type: ignore[arg-type]
    first, second = asyncio.create_task(monitor.report()), asyncio.create_task(monitor.report())
    await asyncio.sleep(0)

    first.cancel()
    go_on.set()

    assert (await second).checks == OK
    assert len(checks) == 1


async def test_a_fault_is_not_remembered(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = ServiceMonitor(services)  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        patch.setattr(services.storage, "check", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await monitor.report()

    assert (await monitor.report()).checks == OK
    assert web_health.Health.__annotations__.keys() == {"status"}
