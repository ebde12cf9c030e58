"""Answers as server-sent events, whatever format they are written in."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Protocol

from query.chat.envelope import KEEP_ALIVE
from query.chat.events import Event
from shared.errors import PhotoError, SettingsError

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 10.0  # without a byte, after which a comment tells proxies that the stream is alive
ACCEPT_SECONDS = 0.6  # a stream waits this long for the model to accept the request, so that a refusal is a status


class EventWriter(Protocol):
    """Writes the events of a conversation as server-sent events."""

    def write(self, event: Event) -> Iterable[str]:
        """The events that callers read; none for one that only we need."""

    def fail(self, error: PhotoError | SettingsError) -> Iterable[str]:
        """An error in the middle of the answer."""

    def end(self) -> Iterable[str]:
        """What stands at the end of every stream."""


async def start_stream(conversation: AsyncGenerator[Event, None], writer: EventWriter) -> AsyncIterator[str]:
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
    return _stream(first, second, conversation, writer)


async def _stream(
    first: Event, second: asyncio.Future[Event], conversation: AsyncGenerator[Event, None], writer: EventWriter
) -> AsyncIterator[str]:
    """Every event as it comes. An error on the way is an event, too."""
    for text in writer.write(first):
        yield text
    pending = second
    try:
        while True:
            while not (await asyncio.wait({pending}, timeout=KEEP_ALIVE_SECONDS))[0]:
                yield KEEP_ALIVE
            try:
                event = pending.result()
            except StopAsyncIteration:
                break
            for text in writer.write(event):
                yield text
            pending = asyncio.ensure_future(anext(conversation))
    except (PhotoError, SettingsError) as error:
        log.warning("broke off an answer: %s", error)
        for text in writer.fail(error):
            yield text
    except Exception:
        log.exception("broke off an answer")
        unexpected = PhotoError("an error on our side broke off the answer; it is in the log")
        for text in writer.fail(unexpected):
            yield text
    finally:
        await _stop(pending, conversation)
    for text in writer.end():
        yield text


async def _stop(pending: asyncio.Future[Event], conversation: AsyncGenerator[Event, None]) -> None:
    """Stop a conversation wherever it is."""
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)
    await conversation.aclose()
