"""Answers as server-sent events, whatever format they are written in."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from typing import Protocol

from query.chat.envelope import KEEP_ALIVE
from query.chat.events import Event
from shared.errors import PhotoError, SettingsError
from shared.log_text import error_label

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 10.0  # without a byte, after which a comment tells proxies that the stream is alive
MAX_AT_ONCE = 100  # events that are sent together
ACCEPT_SECONDS = 0.6  # a stream waits this long for the model to accept the request, so that a refusal is a status


class EventWriter(Protocol):
    """Writes the events of a conversation as server-sent events."""

    def write(self, event: Event) -> Iterable[str]:
        """The events that callers read; none for one that only we need."""

    def fail(self, error: PhotoError | SettingsError) -> Iterable[str]:
        """An error in the middle of the answer."""

    def end(self) -> Iterable[str]:
        """What stands at the end of every stream."""


class EventStream:
    """
    The text of an answer as server-sent events, as it comes. An error on the way is an event, too.

    Close it, also if nobody has begun to read it: its model is at work already.
    """

    def __init__(
        self,
        first: Event,
        second: asyncio.Future[Event],
        conversation: AsyncGenerator[Event, None],
        writer: EventWriter,
    ) -> None:
        self._first = first
        self._pending = second
        self._conversation = conversation
        self._writer = writer

    async def aclose(self) -> None:
        """Stop the conversation, wherever it is."""
        await _stop(self._pending, self._conversation)

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """The text, in parts of as many events as are there at once: each part is written to the network by itself."""
        texts: list[str] = []
        try:
            texts += self._writer.write(self._first)
            while True:
                if len(texts) >= MAX_AT_ONCE or not await self._has_next():
                    if texts:
                        yield "".join(texts)
                        texts.clear()
                    while not (await asyncio.wait({self._pending}, timeout=KEEP_ALIVE_SECONDS))[0]:
                        yield KEEP_ALIVE
                try:
                    event = self._pending.result()
                except StopAsyncIteration:
                    break
                texts += self._writer.write(event)
                self._pending = asyncio.ensure_future(anext(self._conversation))
        except (PhotoError, SettingsError) as error:
            log.warning("broke off an answer: %s", error_label(error))
            texts += self._writer.fail(error)
        except Exception:
            log.exception("broke off an answer")
            texts += self._writer.fail(PhotoError("an error on our side broke off the answer; it is in the log"))
        finally:
            await self.aclose()
        yield "".join([*texts, *self._writer.end()])

    async def _has_next(self) -> bool:
        """Whether the next event is there without waiting for anything outside this process."""
        if not self._pending.done():
            await asyncio.sleep(0)  # lets it begin
        return self._pending.done()


async def start_stream(conversation: AsyncGenerator[Event, None], writer: EventWriter) -> EventStream:
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
    return EventStream(first, second, conversation, writer)


async def _stop(pending: asyncio.Future[Event], conversation: AsyncGenerator[Event, None]) -> None:
    """Stop a conversation wherever it is."""
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)
    await conversation.aclose()
