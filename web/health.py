"""`/api/health`: whether all is well, for anybody, and nothing more; `/api/status` has the reasons."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.errors import SettingsError
from web.service_checks import HealthState, service_monitor


class Health(TypedDict):
    """`degraded` works with a limitation; what is wrong is in `/api/status`, which needs a key."""

    status: HealthState


async def health(request: Request) -> Response:
    """200, or 503 if anything is down."""
    content: Health = {"status": await _state()}
    return JSONResponse(content, 503 if content["status"] == "down" else 200, headers={"Cache-Control": "no-store"})


async def _state() -> HealthState:
    try:
        monitor = service_monitor()
    except SettingsError:  # nothing works, and which settings are wrong is not for everybody
        return "down"
    return (await monitor.report()).health
