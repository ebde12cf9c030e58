"""Endpoints that no real model has: health, faults, the request log and options."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models.api.requests import StrictRequestModel, parse_request
from local.models.endpoints import OpenAIEndpoints
from local.models.fault_injection import FaultRule


class ControlOptions(StrictRequestModel):
    """The body of `POST /__options`."""

    describe: Literal["full", "fast"]


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
            endpoints.inference.fast = parse_request(ControlOptions, await request.body()).describe == "fast"
        return JSONResponse({"describe": "fast" if endpoints.inference.fast else "full"})

    return [
        Route("/__health", health),
        Route("/__faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/__calls", calls, methods=["GET", "DELETE"]),
        Route("/__options", options, methods=["GET", "POST"]),
    ]
