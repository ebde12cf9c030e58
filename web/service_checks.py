"""Whether the services that the app needs can be reached, asked once for all who want to know within a few seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal

from typing_extensions import TypedDict

from shared.errors import PhotoError, SettingsError
from shared.services import Services, services
from web.platform_identity import SIGN_IN_IS_OFF, platform_is_on

CHECK_TIMEOUT = 4.0  # seconds for each; they are checked at the same time
MAX_AGE = 3.0  # seconds for which a report is given to others

HealthState = Literal["ok", "degraded", "down"]


class ServiceStatus(TypedDict):
    """
    Each service in `checks` is "ok" or says what is wrong.

    `degraded` means that everything can be reached and something works less well: by `warnings`, which say what an
    index does otherwise than a new one, what is wrong with `catalogue.json` and that nobody can sign in, or by what a
    model refuses.
    """

    health: HealthState
    checks: dict[str, str]
    warnings: list[str]


class DependencyDown(ServiceStatus):
    """What `/api/status` says while nothing can be counted; `error` names all that are down."""

    error: dict[str, str]


@dataclass(frozen=True)
class ServiceReport:
    """What came out of the checks."""

    checks: dict[str, str]
    warnings: list[str]
    limitations: list[str]

    @property
    def down(self) -> list[str]:
        return [name for name, result in self.checks.items() if result != "ok"]

    @property
    def health(self) -> HealthState:
        if self.down:
            return "down"
        return "degraded" if self.warnings or self.limitations else "ok"

    def record(self) -> ServiceStatus:
        """What those are told who may know it."""
        return {"health": self.health, "checks": self.checks, "warnings": self.warnings}

    def failure(self) -> DependencyDown:
        """The same as an error."""
        message = "; ".join(f"{name} is down: {self.checks[name]}" for name in self.down)
        error = {"type": "server_error", "code": "dependency_down", "message": message, "param": ", ".join(self.down)}
        return {**self.record(), "error": error}


class ServiceMonitor:
    """Checks the services of a process; whoever asks meanwhile, or soon after, gets the same report."""

    def __init__(self, services: Services, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._report: asyncio.Future[ServiceReport] | None = None
        self._expiry = float("-inf")

    async def report(self) -> ServiceReport:
        if self._report is None or (self._report.done() and self._clock() >= self._expiry):
            self._report = asyncio.ensure_future(self._check())
        return await asyncio.shield(self._report)

    def forget(self) -> None:
        """Check again the next time."""
        self._expiry = float("-inf")

    async def _check(self) -> ServiceReport:
        self._expiry = float("-inf")
        report = await _check_services(self._services)
        self._expiry = self._clock() + MAX_AGE
        return report


@cache
def service_monitor() -> ServiceMonitor:
    """The one of this process; SettingsError where the settings are wrong."""
    return ServiceMonitor(services())


async def _check_services(services: Services) -> ServiceReport:
    """Check every service at the same time."""
    checks = {
        "storage": _check_storage(services),
        "queues": _check_queues(services),
        "search": services.index.check(),
        "models": services.models.check(),
    }
    if services.image_model:
        checks["image model"] = services.image_model.check()
    results, limitations, fault = await asyncio.gather(
        asyncio.gather(*(_check_result(check) for check in checks.values())),
        _limitations(services),
        _catalogue_fault(services),
    )
    off = services.settings.http_auth == "platform" and not platform_is_on()
    warnings = [*services.index.differences, *([fault] if fault else []), *([SIGN_IN_IS_OFF] if off else [])]
    return ServiceReport(dict(zip(checks, results, strict=True)), warnings, limitations)


async def _check_storage(services: Services) -> None:
    """Originals and pictures, and the stores beside them; those of keys and secrets where the app uses them."""
    stores = (services.storage, services.failures, services.spending, services.descriptions)
    keys = (services.api_keys,) if services.settings.checks_keys else ()
    secrets = (services.link_secrets,) if services.settings.pictures == "proxy" else ()
    await asyncio.gather(*(each.check() for each in (*stores, *keys, *secrets)))


async def _check_queues(services: Services) -> None:
    """Tickets of all kinds."""
    await asyncio.gather(
        *(each.check() for each in (services.tickets, services.upload_tickets, services.refresh_tickets))
    )


async def _check_result(check: Awaitable[None]) -> str:
    try:
        await asyncio.wait_for(check, CHECK_TIMEOUT)
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT:.0f} s"
    except (PhotoError, SettingsError) as error:
        return str(error)
    return "ok"


async def _catalogue_fault(services: Services) -> str:
    """What is wrong with the definitions of fields; nothing where storage does not tell."""
    with suppress(TimeoutError, PhotoError):
        await asyncio.wait_for(services.catalogue.check(), CHECK_TIMEOUT)
    return services.catalogue.fault or services.catalogue.vocabulary.fault


async def _limitations(services: Services) -> list[str]:
    """What models refused lately; none where storage does not tell, which its own check reports."""
    try:
        return await asyncio.wait_for(services.limitations.recent(), CHECK_TIMEOUT)
    except (TimeoutError, PhotoError):
        return []
