"""Streams that end before they have begun."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from query.chat import streaming
from query.chat.events import Event, PhotosFound, TextDelta
from query.chat.streaming import start_stream
from shared.errors import PhotoError, SettingsError


class Conversation:
    """One that waits for its model after the photos, and knows whether it was closed."""

    is_closed = False

    async def events(self) -> AsyncGenerator[Event, None]:
        try:
            yield PhotosFound([], [], [])
            await asyncio.Event().wait()
        finally:
            self.is_closed = True


class Writer:
    def write(self, event: Event) -> Iterator[str]:
        yield "event"

    def fail(self, error: PhotoError | SettingsError) -> Iterator[str]:
        yield "error"

    def end(self) -> Iterator[str]:
        yield "end"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "ACCEPT_SECONDS", 0.01)


async def test_a_stream_that_nobody_began_to_read_can_be_closed() -> None:
    conversation = Conversation()
    stream = await start_stream(conversation.events(), Writer())

    await stream.aclose()
    await stream.aclose()

    assert conversation.is_closed


async def test_a_stream_that_is_left_in_the_middle_can_be_closed() -> None:
    conversation = Conversation()
    stream = await start_stream(conversation.events(), Writer())
    reading = aiter(stream)
    assert await anext(reading) == "event"

    await stream.aclose()

    assert conversation.is_closed


class Words:
    """A conversation that gets several events at once from its model, and waits between them."""

    def __init__(self) -> None:
        self.more = asyncio.Event()

    async def events(self) -> AsyncGenerator[Event, None]:
        yield PhotosFound([], [], [])
        yield TextDelta("a")
        yield TextDelta("b")
        await self.more.wait()
        yield TextDelta("c")
        yield TextDelta("d")


class TextWriter(Writer):
    def write(self, event: Event) -> Iterator[str]:
        yield event.text if isinstance(event, TextDelta) else "photos "


async def test_events_that_are_there_at_once_are_sent_together() -> None:
    words = Words()
    reading = aiter(await start_stream(words.events(), TextWriter()))

    assert await anext(reading) == "photos ab"
    words.more.set()
    assert [part async for part in reading] == ["cdend"]


async def test_an_endless_burst_is_sent_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MAX_AT_ONCE", 3)

    async def burst() -> AsyncGenerator[Event, None]:
        for letter in "abcdefg":
            yield TextDelta(letter)

    stream = await start_stream(burst(), TextWriter())

    assert [part async for part in stream] == ["abc", "def", "gend"]


async def test_what_came_before_an_error_is_sent_with_it() -> None:
    async def broken() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")
        yield TextDelta("b")
        raise PhotoError("no more")

    stream = await start_stream(broken(), TextWriter())

    assert "".join([part async for part in stream]) == "aberrorend"
