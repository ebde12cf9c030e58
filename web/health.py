"""Whether the services that the app needs can be reached."""

import asyncio
from collections.abc import Awaitable
from typing import Literal, NotRequired

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.errors import PhotoError, SettingsError
from shared.services import Services, services

CHECK_TIMEOUT = 4.0  # seconds for each; they are checked at the same time


class Health(TypedDict):
    """Each service is "ok" or says what is wrong; the error names all that are down. Warnings take nothing down."""

    status: Literal["ok", "down"]
    checks: dict[str, str]
    warnings: NotRequired[list[str]]
    error: NotRequired[dict[str, str]]


async def health(request: Request) -> Response:
    """200 with the report, or 503 if anything is down."""
    report = await check_services(services())
    return JSONResponse(report, 200 if report["status"] == "ok" else 503)


async def check_services(services: Services) -> Health:
    """Check every service at the same time."""
    checks = {
        "storage": _check_storage(services),
        "queues": _check_queues(services),
        "search": services.index.check(),
        "models": services.models.check(),
    }
    results = await asyncio.gather(*(_check_result(check) for check in checks.values()))
    report = dict(zip(checks, results, strict=True))
    health: Health = {"status": "ok", "checks": report}
    if services.index.differences:
        health["warnings"] = services.index.differences
    down = [name for name, result in report.items() if result != "ok"]
    if not down:
        return health
    message = "; ".join(f"{name} is down: {report[name]}" for name in down)
    error = {"code": "dependency_down", "message": message, "param": ", ".join(down)}
    return {**health, "status": "down", "error": error}


async def _check_storage(services: Services) -> None:
    """Originals and pictures, and the stores beside them; that of keys where the app checks them."""
    stores = (services.storage, services.failures, services.spending, services.descriptions)
    keys = (services.api_keys,) if services.settings.http_auth == "key" else ()
    await asyncio.gather(*(each.check() for each in (*stores, *keys)))


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
