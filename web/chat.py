"""`/v1`: OpenAI's chat completions and models."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from catalogue.proposing import ProposalMaker
from query.chat import wire_format
from query.chat.completions import complete
from query.chat.proposals import PROPOSING_TOOLS
from query.chat.tool_schemas import TOOL_ROLES
from query.context import QueryContext, query_context
from query.responses.respond import respond
from shared.access.caller import Caller
from shared.errors import NotFound
from shared.services import services
from web.caller import caller_of
from web.disconnection import CLIENT_CLOSED_REQUEST, unless_disconnected
from web.page_address import page_address
from web.parameters import parse_time_zone

EVENT_STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
ANYONE = "anyone"
AnswerFunction = Callable[..., Coroutine[Any, Any, Any]]


async def completions(request: Request) -> Response:
    """Answer a chat-completions request with a body or with server-sent events."""
    return await _answer(request, complete)


async def responses(request: Request) -> Response:
    """Create a response of the Responses API, whole or as server-sent events."""
    return await _answer(request, respond)


async def response(request: Request) -> Response:
    """A response of earlier: there never is one."""
    raise NotFound("responses are not stored: keep what you need of them", param="id")


async def _answer(request: Request, answer_body: AnswerFunction) -> Response:
    body, zone = await request.body(), parse_time_zone(request.headers.get("x-timezone"))
    work = answer_body(body, _context(request), zone=zone, caller=caller_name(request), page_url=page_address(request))
    answer = await unless_disconnected(request, work)
    if answer is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    if isinstance(answer, dict):
        return JSONResponse(answer)
    return EventStreamResponse(answer, media_type="text/event-stream", headers=EVENT_STREAM_HEADERS)


def _context(request: Request) -> QueryContext:
    """What answers take, with what keeps proposals for a caller who may do what is proposed."""
    caller, context = caller_of(request), query_context()
    if caller.role < min(TOOL_ROLES[each] for each in PROPOSING_TOOLS):
        return context
    return replace(context, proposer=ProposalMaker(services().proposals, caller.name, caller.identity))


class EventStreamResponse(StreamingResponse):
    """Ends the work once the client has left, even if that was before the first byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        stream: Any = self.body_iterator
        try:
            await super().__call__(scope, receive, send)
        finally:
            await stream.aclose()


def caller_name(request: Request) -> str:
    """Who pays: a key, or a person, whose id tells them from others of the name; where nobody is told apart, anyone."""
    caller = getattr(request.state, "caller", None)
    return spender_name(caller) if isinstance(caller, Caller) else ANYONE


def spender_name(caller: Caller) -> str:
    """The same of a caller."""
    return f"{caller.name} ({caller.id})" if caller.id else caller.name or ANYONE


async def models(request: Request) -> Response:
    """The models a request may ask for."""
    return JSONResponse(wire_format.model_list(query_context().model_names))


async def model(request: Request) -> Response:
    """One model by its name."""
    name = request.path_params["id"]
    if name not in query_context().model_names:
        raise NotFound(f"there is no model {name}", param="model")
    return JSONResponse(wire_format.model_card(name))
