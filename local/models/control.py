"""Endpoints that no real model has: health, faults, the request log and options."""

from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models.api.errors import invalid_request
from local.models.api.requests import StrictRequestModel, parse_request
from local.models.endpoints import OpenAIEndpoints
from local.models.fault_injection import FaultRule
from local.models.personalities.catalog import PERSONALITIES


class ControlOptions(StrictRequestModel):
    """The body of `POST /__options`; `personality` ("as" in JSON) is a name of `--as`."""

    describe: Literal["full", "fast"] | None = None
    personality: str | None = Field(default=None, alias="as")


def _set_options(endpoints: OpenAIEndpoints, options: ControlOptions) -> None:
    if options.describe:
        endpoints.inference.fast = options.describe == "fast"
    if options.personality:
        if options.personality not in PERSONALITIES:
            raise invalid_request(f"Invalid value for 'as': use one of {', '.join(PERSONALITIES)}.", "as")
        endpoints.personality.name = options.personality


def control_routes(endpoints: OpenAIEndpoints) -> list[Route]:
    """The routes that control and observe the stand-in."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "under_way": endpoints.request_log.in_flight})

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            endpoints.fault_injector.add(parse_request(FaultRule, await request.body()))
        elif request.method == "DELETE":
            endpoints.fault_injector.clear()
        return JSONResponse({"faults": [fault.body() for fault in endpoints.fault_injector.active()]})

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            endpoints.request_log.clear()
        return JSONResponse(endpoints.request_log.entries())

    async def options(request: Request) -> Response:
        if request.method == "POST":
            _set_options(endpoints, parse_request(ControlOptions, await request.body()))
        describe = "fast" if endpoints.inference.fast else "full"
        return JSONResponse({"describe": describe, "as": endpoints.personality.name})

    return [
        Route("/__health", health),
        Route("/__faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/__calls", calls, methods=["GET", "DELETE"]),
        Route("/__options", options, methods=["GET", "POST"]),
    ]
