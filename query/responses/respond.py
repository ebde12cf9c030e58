"""`POST /v1/responses`: a request body in; a whole response, or server-sent events, out."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from query.chat.answer import collect
from query.chat.conversation import converse_within_budget
from query.chat.streaming import EventStream, start_stream
from query.context import QueryContext
from query.responses.output import ResponseEnvelope
from query.responses.requests import parse
from query.responses.stream import ResponseStream


async def respond(
    body: bytes, context: QueryContext, *, zone: ZoneInfo, caller: str, page_url: str
) -> dict[str, Any] | EventStream:
    """The response as a body, or as the text of server-sent events when the request asks for a stream."""
    request, chat = parse(body, model_names=context.model_names)
    conversation = converse_within_budget(chat, context, now=datetime.now(UTC), zone=zone, caller=caller)
    envelope = ResponseEnvelope(request, request.model or context.model_names[0], page_url)
    if request.stream:
        return await start_stream(conversation, ResponseStream(envelope))
    return envelope.finished(await collect(conversation))
