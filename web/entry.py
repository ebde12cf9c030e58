"""The way in: every request of every route is checked here before a handler sees it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared import telemetry
from shared.access import audit
from shared.access.caller import acting_for
from shared.errors import InsufficientRights, InsufficientScope, NoRole, NotFound, Unauthenticated
from shared.request_load import REQUEST_LOAD
from shared.services import services
from web.authentication import authenticate
from web.body_limit import limited
from web.caller import BodyFor, caller_of
from web.moved_photos import redirect
from web.request_origin import check_request
from web.responses import respond
from web.routes import Route
from web.security_headers import add_security_headers

# What jobs give way to.
URGENT = {"search", "search_by_picture", "similar", "chat_completions", "responses", "upload", "mcp"}
# What shows no photo, and has to answer while storage is down: all others need the rules of who sees which.
WITHOUT_PHOTOS = {"page", "page_file", "share_page", "health", "mcp_stream", "mcp_end"}
PARAMETER = re.compile(r"\{\*?(\w+)\}")


async def answer(route: Route, request: Request) -> Response:
    """The response of a route, or why it gives none."""

    async def checked(request: Request) -> Response:
        check_request(request, route.access, takes_image=route.image, content_types=route.content_types)
        request.state.caller = await authenticate(route, request)
        shows_photos = route.function not in WITHOUT_PHOTOS
        if shows_photos:
            await services().catalogue.refresh_if_possible()
        for name in PARAMETER.findall(route.path):
            request.path_params.setdefault(name, "")  # the host leaves out what is empty
        request = limited(request, route)
        if request.method == "DELETE":  # its address says all: a body is only read to be counted
            await request.body()
        with acting_for(request.state.caller):
            async with services().index.held() if shows_photos else nullcontext():
                return await _handle(route, request)

    async def audited(request: Request) -> Response:
        try:
            return await checked(request)
        except (InsufficientRights, Unauthenticated) as error:
            await record_refused(route, request, error)
            raise who_helps(error, request) from error

    with telemetry.continuing(request.headers.get("traceparent", "")), _counted(route)():
        response = await respond(audited, request, function=route.function)
    add_security_headers(request, response)
    return response


def who_helps(error: InsufficientRights | Unauthenticated, request: Request) -> InsufficientRights | Unauthenticated:
    """The error, which tells a person whose role is too low whom to ask."""
    if isinstance(error, Unauthenticated | NoRole) or not caller_of(request).id:
        return error
    return InsufficientRights(f"{error}: ask {services().settings.access_contact or 'whoever runs this app'} for it")


async def record_refused(route: Route, request: Request, error: InsufficientRights | Unauthenticated) -> None:
    """Write down that somebody was refused; not of those who only have not said yet who they are."""
    if isinstance(error, Unauthenticated):
        if error.reason:  # a key, which is none of ours
            await audit.record_refusal(route.function, None)
    else:
        is_nobody = isinstance(error, NoRole | InsufficientScope)
        await audit.record_refusal(route.function, None if is_nobody else caller_of(request))


async def _handle(route: Route, request: Request) -> Response:
    try:
        response = await route.handler(request)
    except NotFound:
        if moved := await redirect(route, request):
            return moved
        raise
    if isinstance(response, StreamingResponse):  # is read when the handler has returned, by another task
        response.body_iterator = BodyFor(request.state.caller, response.body_iterator, _counted(route))
    return response


def _counted(route: Route) -> Callable[[], AbstractContextManager[None]]:
    """What is entered while people wait for this route; nothing where a program is as likely to ask."""
    return REQUEST_LOAD.counted if route.function in URGENT else nullcontext
