"""`POST /v1/chat/completions`: a request body in; a whole answer, or server-sent events, out."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from query.chat import wire_format
from query.chat.conversation import AnswerFinished, Event, ModelAccepted, PhotosFound, TextDelta, converse
from query.chat.wire_format import ALIVE, DONE, ChatRequest, CompletionEnvelope, event
from query.context import QueryContext
from shared.errors import PhotoError, SettingsError, error_body
from shared.models import TokenUsage

log = logging.getLogger(__name__)

QUIET = 10.0  # seconds without a byte after which proxies get a sign of life
OPENING = 0.6  # seconds an answer waits for the model's server to take the request, so that its refusal is a status


async def complete(body: bytes, context: QueryContext, *, zone: ZoneInfo) -> dict[str, Any] | AsyncIterator[str]:
    """The answer as a body, or as the text of server-sent events when the request asks for a stream."""
    request = wire_format.parse(body, served=context.model_names)
    conversation = converse(request, context, now=datetime.now(UTC), zone=zone)
    envelope = CompletionEnvelope(request.model or context.model_names[0])
    if request.stream:
        return await _begun(conversation, envelope, request)
    return await _whole(conversation, envelope)


async def _whole(conversation: AsyncGenerator[Event, None], envelope: CompletionEnvelope) -> dict[str, Any]:
    text, found, finished = "", PhotosFound([], [], []), AnswerFinished("stop", TokenUsage(), [])
    async with aclosing(conversation) as events:
        async for each in events:
            if isinstance(each, PhotosFound):
                found = each
            elif isinstance(each, TextDelta):
                text += each.text
            elif isinstance(each, AnswerFinished):
                finished = each
    context = _context(found) | {"citations": finished.citations}
    return envelope.completion(text.strip(), finished.finish_reason, finished.usage, context)


def _context(found: PhotosFound) -> dict[str, Any]:
    # Azure OpenAI On Your Data has the intent as a JSON list in a string, and clients read it so.
    intent = list(dict.fromkeys(words for each in found.searches if (words := each.get("query", ""))))
    return {
        "citations": found.citations,
        "intent": wire_format.listed(intent),
        "searches": found.searches,
        "photos": found.photos,
    }


async def _begun(
    conversation: AsyncGenerator[Event, None], envelope: CompletionEnvelope, request: ChatRequest
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
    envelope: CompletionEnvelope,
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
            if isinstance(each, AnswerFinished) and request.stream_options and request.stream_options.include_usage:
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


def _chunk(each: Event, envelope: CompletionEnvelope, delta: dict[str, Any]) -> str:
    if isinstance(each, PhotosFound):
        return envelope.chunk(delta | {"context": _context(each)})
    if isinstance(each, TextDelta):
        return envelope.chunk({"content": each.text})
    if isinstance(each, AnswerFinished):
        return envelope.chunk({}, each.finish_reason)
    assert isinstance(each, ModelAccepted)
    return ""
