"""`POST /v1/chat/completions`: a request body in; a whole answer, or server-sent events, out."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from query.chat import wire_format
from query.chat.budget import within_budget
from query.chat.conversation import AnswerFinished, Event, ModelAccepted, PhotosFound, TextDelta, converse
from query.chat.wire_format import DONE, KEEP_ALIVE, ChatRequest, CompletionEnvelope, server_sent_event
from query.context import QueryContext
from shared.errors import PhotoError, SettingsError, error_body
from shared.models import TokenUsage

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 10.0  # without a byte, after which a comment tells proxies that the stream is alive
ACCEPT_SECONDS = 0.6  # a stream waits this long for the model to accept the request, so that a refusal is a status


async def complete(
    body: bytes, context: QueryContext, *, zone: ZoneInfo, caller: str
) -> dict[str, Any] | AsyncIterator[str]:
    """The answer as a body, or as the text of server-sent events when the request asks for a stream."""
    request = wire_format.parse(body, model_names=context.model_names)
    now = datetime.now(UTC)
    conversation: AsyncGenerator[Event, None] = within_budget(
        lambda budget: converse(request, context, now=now, zone=zone, budget=budget),
        limits=context.limits,
        spending=context.spending,
        caller=caller,
        now=now,
    )
    envelope = CompletionEnvelope(request.model or context.model_names[0])
    if request.stream:
        return await _start_stream(conversation, envelope, request)
    return await _collect(conversation, envelope)


async def _collect(conversation: AsyncGenerator[Event, None], envelope: CompletionEnvelope) -> dict[str, Any]:
    """The whole answer in one body."""
    text, photos, ending = "", PhotosFound([], [], []), AnswerFinished("stop", TokenUsage(), [])
    async with aclosing(conversation) as events:
        async for event in events:
            if isinstance(event, PhotosFound):
                photos = event
            elif isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, AnswerFinished):
                ending = event
    context = _answer_context(photos) | {"citations": ending.citations}
    return envelope.completion(text.strip(), ending.finish_reason, ending.usage, context)


def _answer_context(photos: PhotosFound) -> dict[str, Any]:
    # Azure OpenAI On Your Data sends the intent as a JSON list in a string, and its clients expect that.
    queries = list(dict.fromkeys(query for search in photos.searches if (query := search.get("query", ""))))
    return {
        "citations": photos.citations,
        "intent": wire_format.json_list(queries),
        "searches": photos.searches,
        "photos": photos.photos,
    }


async def _start_stream(
    conversation: AsyncGenerator[Event, None], envelope: CompletionEnvelope, request: ChatRequest
) -> AsyncIterator[str]:
    """Start a stream; an error before the model has accepted the request is still an ordinary error response."""
    first = await anext(conversation)
    second = asyncio.ensure_future(anext(conversation))
    try:
        done, _ = await asyncio.wait({second}, timeout=ACCEPT_SECONDS)
    except asyncio.CancelledError:
        await _stop(second, conversation)
        raise
    if done and second.exception():
        await conversation.aclose()
        second.result()
    return _stream(first, second, conversation, envelope, request)


async def _stream(
    first: Event,
    second: asyncio.Future[Event],
    conversation: AsyncGenerator[Event, None],
    envelope: CompletionEnvelope,
    request: ChatRequest,
) -> AsyncIterator[str]:
    """Server-sent events: the photos, the words, how it ended. An error on the way is an event, too."""
    yield _chunk(first, envelope, {"role": "assistant", "content": ""})
    pending = second
    try:
        while True:
            while not (await asyncio.wait({pending}, timeout=KEEP_ALIVE_SECONDS))[0]:
                yield KEEP_ALIVE
            try:
                event = pending.result()
            except StopAsyncIteration:
                break
            if text := _chunk(event, envelope, {}):
                yield text
            if isinstance(event, AnswerFinished) and request.stream_options and request.stream_options.include_usage:
                yield envelope.usage_chunk(event.usage)
            pending = asyncio.ensure_future(anext(conversation))
    except (PhotoError, SettingsError) as error:
        log.warning("broke off an answer: %s", error)
        yield server_sent_event(error_body(error))
    except Exception:
        log.exception("broke off an answer")
        yield server_sent_event(error_body(PhotoError("an error on our side broke off the answer; it is in the log")))
    finally:
        await _stop(pending, conversation)
    yield DONE


async def _stop(pending: asyncio.Future[Event], conversation: AsyncGenerator[Event, None]) -> None:
    """Stop a conversation wherever it is."""
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)
    await conversation.aclose()


def _chunk(event: Event, envelope: CompletionEnvelope, delta: dict[str, Any]) -> str:
    """The event as callers read it; empty for one that only we need."""
    if isinstance(event, PhotosFound):
        return envelope.chunk(delta | {"context": _answer_context(event)})
    if isinstance(event, TextDelta):
        return envelope.chunk({"content": event.text})
    if isinstance(event, AnswerFinished):
        return envelope.chunk({}, event.finish_reason)
    assert isinstance(event, ModelAccepted)
    return ""
