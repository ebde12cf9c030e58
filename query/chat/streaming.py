"""Answers as server-sent events, whatever format they are written in."""

import asyncio
import logging
from collections import deque
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

    The conversation goes on in a task of its own, a few events ahead of whoever reads, so that each event costs one
    waking up on either side. Close it, also if nobody has begun to read it: its model is at work already.
    """

    def __init__(self, first: Event, conversation: AsyncGenerator[Event, None], writer: EventWriter) -> None:
        self._conversation = conversation
        self._writer = writer
        self._events = deque([first])
        self._error: Exception | None = None
        self._has_ended = False
        self._reader: asyncio.Future[None] | None = None  # while it waits for an event
        self._room = asyncio.Event()
        self._work = asyncio.ensure_future(self._converse())

    async def _converse(self) -> None:
        try:
            async for event in self._conversation:
                self._events.append(event)
                _wake(self._reader)
                if len(self._events) >= MAX_AT_ONCE:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:
            self._error = error
        finally:
            self._has_ended = True
            _wake(self._reader)

    async def start(self) -> None:
        """Wait until the model has accepted the request, though not long; raise the error if it has refused it."""
        await self._wait(ACCEPT_SECONDS)
        if self._error and len(self._events) == 1:
            raise self._error

    async def aclose(self) -> None:
        """Stop the conversation, wherever it is."""
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self._conversation.aclose()

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """The text, in parts of as many events as are there at once: each part is written to the network by itself."""
        texts: list[str] = []
        try:
            while True:
                while self._events and len(texts) < MAX_AT_ONCE:
                    texts += self._writer.write(self._events.popleft())
                    await self._make_room()
                if texts and not (self._has_ended and not self._events and len(texts) < MAX_AT_ONCE):
                    yield "".join(texts)
                    texts.clear()
                if self._events:
                    continue
                if self._has_ended:
                    break
                while not (self._events or self._has_ended or await self._wait(KEEP_ALIVE_SECONDS)):
                    yield KEEP_ALIVE  # events may come while it is sent
            if self._error:
                raise self._error
        except (PhotoError, SettingsError) as error:
            log.warning("broke off an answer: %s", error_label(error))
            texts += self._writer.fail(error)
        except Exception:
            log.exception("broke off an answer")
            texts += self._writer.fail(PhotoError("an error on our side broke off the answer; it is in the log"))
        finally:
            await self.aclose()
        yield "".join([*texts, *self._writer.end()])

    async def _make_room(self) -> None:
        """Let a conversation go on that waits for somebody to read its events, once all of them are read."""
        if not self._events and not self._room.is_set():
            self._room.set()
            await asyncio.sleep(0)

    async def _wait(self, seconds: float) -> bool:
        """Wait for an event, or the end of the conversation; False if neither comes in time."""
        loop, count = asyncio.get_running_loop(), len(self._events)
        self._reader = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._reader)
        try:
            await self._reader
        finally:
            timer.cancel()
            self._reader = None
        return len(self._events) > count or self._has_ended


def _wake(reader: asyncio.Future[None] | None) -> None:
    if reader and not reader.done():
        reader.set_result(None)


async def start_stream(conversation: AsyncGenerator[Event, None], writer: EventWriter) -> EventStream:
    """Start a stream; an error before the model has accepted the request is still an ordinary error response."""
    stream = EventStream(await anext(conversation), conversation, writer)
    try:
        await stream.start()
    except BaseException:
        await stream.aclose()
        raise
    return stream
