"""Streams: what is sent together, how far they run ahead, and how they end."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextvars import ContextVar

import pytest

from query.chat import streaming
from query.chat.envelope import KEEP_ALIVE
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


async def test_a_conversation_that_nobody_reads_is_a_few_events_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MAX_AT_ONCE", 3)
    said = list[str]()

    async def endless() -> AsyncGenerator[Event, None]:
        while True:
            said.append("x")
            yield TextDelta("x")
            await asyncio.sleep(0)

    stream = await start_stream(endless(), TextWriter())
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(said) == 3

    reading = aiter(stream)
    parts = [await anext(reading) for _ in range(20)]
    await stream.aclose()

    assert len(said) <= len("".join(parts)) + 3


WHOSE: ContextVar[str] = ContextVar("whose")


async def test_all_of_a_conversation_runs_for_whoever_began_it() -> None:
    seen = list[str]()

    async def events() -> AsyncGenerator[Event, None]:
        for letter in "abc":
            seen.append(WHOSE.get())
            yield TextDelta(letter)
            await asyncio.sleep(0)

    WHOSE.set("ann")
    stream = await start_stream(events(), TextWriter())
    WHOSE.set("ben")

    assert "".join([part async for part in stream]) == "abcend"
    assert seen == ["ann"] * 3


async def test_an_error_that_nobody_expects_is_told_in_words_of_ours() -> None:
    failed = list[str]()

    class FailWriter(TextWriter):
        def fail(self, error: PhotoError | SettingsError) -> Iterator[str]:
            failed.append(str(error))
            yield "error"

    async def broken() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")
        yield TextDelta("b")
        raise ZeroDivisionError("inner words")

    assert "".join([part async for part in await start_stream(broken(), FailWriter())]) == "aberrorend"
    assert failed == ["an error on our side broke off the answer; it is in the log"]


async def test_a_refusal_before_the_first_word_is_raised_and_the_conversation_closed() -> None:
    closed = list[bool]()

    async def refused() -> AsyncGenerator[Event, None]:
        try:
            yield PhotosFound([], [], [])
            await asyncio.sleep(0)
            raise PhotoError("no")
        finally:
            closed.append(True)

    with pytest.raises(PhotoError, match="no"):
        await start_stream(refused(), Writer())

    assert closed == [True]


@pytest.mark.parametrize("count", [0, 1, streaming.MAX_AT_ONCE + 5])
async def test_what_comes_while_a_sign_of_life_is_sent_follows_it(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "KEEP_ALIVE_SECONDS", 0.01)
    goes_on, ends = asyncio.Event(), asyncio.Event()

    async def conversation() -> AsyncGenerator[Event, None]:
        yield PhotosFound([], [], [])
        await goes_on.wait()
        for _ in range(count):
            yield TextDelta("word")
        await ends.wait()

    stream = await start_stream(conversation(), Writer())
    reading = aiter(stream)
    assert [await anext(reading), await anext(reading)] == ["event", KEEP_ALIVE]
    goes_on.set()
    await asyncio.sleep(0.02)  # a reader that takes its time

    async def words() -> int:
        told = 0
        while told < count:
            told += (await anext(reading)).count("event")
        return told

    async with asyncio.timeout(30):
        assert await words() == count
        ends.set()
        rest = [each async for each in reading]
    assert rest[-1] == "end"
