"""`POST /v1/chat/completions`: a request body in; a whole answer, or server-sent events, out."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from query import openai_api
from query.chat import Accepted, Desk, Event, Finished, Found, Words, converse
from query.openai_api import ALIVE, DONE, ChatRequest, Envelope, error_body, event
from query.search_api import zone
from shared.errors import PhotoError, SettingsError
from shared.models import Usage

log = logging.getLogger(__name__)

SERVED = "photos"
QUIET = 10.0  # seconds without a byte after which proxies get a sign of life
OPENING = 0.6  # seconds an answer waits for the model's server to take the request, so that its refusal is a status


async def complete(body: bytes, desk: Desk, *, timezone: str | None) -> dict[str, Any] | AsyncIterator[str]:
    """The answer as a body, or as the text of server-sent events when the request asks for a stream."""
    names = served(desk)
    request = openai_api.parse(body, served=names)
    conversation = converse(request, desk, now=datetime.now(UTC), zone=zone(timezone))
    envelope = Envelope(request.model or names[0])
    if request.stream:
        return await _begun(conversation, envelope, request)
    return await _whole(conversation, envelope)


def served(desk: Desk) -> tuple[str, str]:
    """The names a client may ask for: the service's own, and the model behind it."""
    return SERVED, desk.models.chat_model


async def _whole(conversation: AsyncGenerator[Event, None], envelope: Envelope) -> dict[str, Any]:
    text, found, finished = "", Found([], [], []), Finished("stop", Usage(), [])
    async with aclosing(conversation) as events:
        async for each in events:
            if isinstance(each, Found):
                found = each
            elif isinstance(each, Words):
                text += each.text
            elif isinstance(each, Finished):
                finished = each
    context = _context(found) | {"citations": finished.citations}
    return envelope.completion(text.strip(), finished.finish_reason, finished.usage, context)


def _context(found: Found) -> dict[str, Any]:
    # Azure OpenAI On Your Data has the intent as a JSON list in a string, and clients read it so.
    intent = list(dict.fromkeys(words for each in found.searches if (words := each.get("query", ""))))
    return {
        "citations": found.citations,
        "intent": openai_api.listed(intent),
        "searches": found.searches,
        "photos": found.photos,
    }


async def _begun(
    conversation: AsyncGenerator[Event, None], envelope: Envelope, request: ChatRequest
) -> AsyncIterator[str]:
    """Start a stream; what goes wrong before the model has taken the request still is an ordinary error."""
    first = await anext(conversation)
    opening = asyncio.ensure_future(anext(conversation))
    try:
        done, _ = await asyncio.wait({opening}, timeout=OPENING)
    except asyncio.CancelledError:
        await _ended(opening, conversation)
        raise
    if done and opening.exception():
        await conversation.aclose()
        opening.result()
    return _streamed(first, opening, conversation, envelope, request)


async def _streamed(
    first: Event,
    opening: asyncio.Future[Event],
    conversation: AsyncGenerator[Event, None],
    envelope: Envelope,
    request: ChatRequest,
) -> AsyncIterator[str]:
    """Server-sent events: the photos, the words, how it ended; an error in between is an event, too."""
    yield _chunk(first, envelope, {"role": "assistant", "content": ""})
    pending = opening
    try:
        while True:
            while not (await asyncio.wait({pending}, timeout=QUIET))[0]:
                yield ALIVE
            try:
                each = pending.result()
            except StopAsyncIteration:
                break
            if text := _chunk(each, envelope, {}):
                yield text
            if isinstance(each, Finished) and request.stream_options and request.stream_options.include_usage:
                yield envelope.usage_chunk(each.usage)
            pending = asyncio.ensure_future(anext(conversation))
    except (PhotoError, SettingsError) as error:
        log.warning("broke off an answer: %s", error)
        yield event(error_body(error))
    except Exception:
        log.exception("broke off an answer")
        yield event(error_body(PhotoError("the answer broke off because of an error of ours; it is in the log")))
    finally:
        await _ended(pending, conversation)
    yield DONE


async def _ended(pending: asyncio.Future[Event], conversation: AsyncGenerator[Event, None]) -> None:
    """End a conversation whatever it is at."""
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)
    await conversation.aclose()


def _chunk(each: Event, envelope: Envelope, delta: dict[str, Any]) -> str:
    if isinstance(each, Found):
        return envelope.chunk(delta | {"context": _context(each)})
    if isinstance(each, Words):
        return envelope.chunk({"content": each.text})
    if isinstance(each, Finished):
        return envelope.chunk({}, each.finish_reason)
    assert isinstance(each, Accepted)
    return ""
