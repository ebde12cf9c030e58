"""Streams that end before they have begun."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from query.chat import streaming
from query.chat.events import Event, PhotosFound
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
