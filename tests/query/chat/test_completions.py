"""Whole and streamed answers, and what becomes of errors on the way."""

import asyncio
import json
from collections.abc import AsyncIterable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from query.chat import streaming
from query.chat.completions import complete
from query.chat.envelope import DONE, KEEP_ALIVE
from query.chat.streaming import EventStream
from shared.errors import BadRequest, Throttled
from shared.models import ModelReply, TokenUsage, ToolCall
from tests.query.fakes import FakeIndex, FakeModels, Pieces, fake_context, hit

UTC = ZoneInfo("UTC")
REPLY = ModelReply("A dog [1].", usage=TokenUsage(10, 5))


class InterruptibleModels(FakeModels):
    """Says a word, waits for `go_on`, and then does what `ending` says; `closed` tells whether it was cleaned up."""

    def __init__(self, ending: Exception | None = None) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.accept = asyncio.Event()
        self.accept.set()
        self.asked = asyncio.Event()
        self.ending = ending
        self.closed = False

    async def stream(self, messages: Any, **options: Any) -> Pieces:
        self.asked.set()
        try:
            await self.accept.wait()
        except asyncio.CancelledError:
            self.closed = True
            raise
        return self._words()

    async def _words(self) -> Pieces:
        try:
            yield "A dog"
            await self.go_on.wait()
            if self.ending:
                raise self.ending
            yield REPLY
        finally:
            self.closed = True


async def ask(models: FakeModels, **fields: Any) -> dict[str, Any] | EventStream:
    body = json.dumps({"messages": [{"role": "user", "content": "dogs"}], **fields}).encode()
    return await complete(
        body, fake_context(FakeIndex([hit(1), hit(2)]), models), zone=UTC, caller="anyone", page_url="http://app/"
    )


async def start(models: FakeModels, **fields: Any) -> EventStream:
    answer = await ask(models, stream=True, **fields)
    assert not isinstance(answer, dict)
    return answer


async def events(stream: AsyncIterable[str]) -> list[str]:
    """What is streamed, event by event, however it is cut."""
    return [f"{event}\n\n" for event in "".join([part async for part in stream]).split("\n\n") if event]


def bodies(texts: list[str]) -> list[dict[str, Any]]:
    return [json.loads(text.removeprefix("data: ")) for text in texts if text not in {DONE, KEEP_ALIVE}]


async def test_a_whole_answer_has_the_text_its_context_and_its_usage() -> None:
    answer = await ask(FakeModels([["A dog", " [1].\n", REPLY]]), model="chat")

    assert isinstance(answer, dict)
    [choice] = answer["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("A dog [1].", "stop")
    context = choice["message"]["context"]
    assert [each["path"] for each in context["citations"]] == ["1.jpg"]
    assert [each["path"] for each in context["photos"]] == ["1.jpg", "2.jpg"]
    assert context["intent"] == '["dogs"]'
    assert context["searches"] == [{"query": "dogs"}]
    assert answer["usage"]["total_tokens"] == 15
    assert answer["model"] == "chat"


async def test_an_answer_is_by_our_own_model_unless_another_is_named() -> None:
    answer = await ask(FakeModels([["A", REPLY]]))

    assert isinstance(answer, dict)
    assert answer["model"] == "photos"


async def test_the_intent_names_each_query_once_and_no_empty_one() -> None:
    texts = ('{"query": "dogs"}', '{"query": "Zürich"}', '{"tags": ["snow"]}')
    calls = tuple(ToolCall(str(number), "search_photos", text) for number, text in enumerate(texts))

    answer = await ask(FakeModels([[ModelReply(tool_calls=calls)], ["A", REPLY]]))

    assert isinstance(answer, dict)
    assert answer["choices"][0]["message"]["context"]["intent"] == '["dogs", "Zürich"]'
    assert len(answer["choices"][0]["message"]["context"]["searches"]) == 4


async def test_an_invalid_request_is_an_error_whether_it_streams_or_not() -> None:
    with pytest.raises(BadRequest):
        await ask(FakeModels(), n=2)


async def test_a_stream_begins_with_the_photos_and_ends_with_done() -> None:
    texts = await events(await start(FakeModels([["A dog", REPLY]])))

    first, words, end = bodies(texts)
    assert end["context"] == {"citations": []}
    delta = first["choices"][0]["delta"]
    assert (delta["role"], delta["content"]) == ("assistant", "")
    assert [each["path"] for each in delta["context"]["citations"]] == ["1.jpg", "2.jpg"]
    assert words["choices"][0]["delta"] == {"content": "A dog"}
    assert (end["choices"][0]["delta"], end["choices"][0]["finish_reason"]) == ({}, "stop")
    assert texts[-1] == DONE
    assert len({body["id"] for body in bodies(texts)}) == 1


async def test_usage_is_streamed_on_request() -> None:
    models = FakeModels([["A", REPLY], ["A", REPLY]])

    with_usage = await events(await start(models, stream_options={"include_usage": True}))
    without = await events(await start(models, stream_options={"include_usage": False}))

    assert bodies(with_usage)[-1]["usage"]["total_tokens"] == 15
    assert bodies(with_usage)[-1]["choices"] == []
    assert not any("usage" in body for body in bodies(without))


async def test_a_refusal_before_the_first_word_is_an_ordinary_error() -> None:
    with pytest.raises(Throttled):
        await start(FakeModels([Throttled("slow down", wait=7)]))


async def test_a_slow_model_does_not_hold_up_the_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "ACCEPT_SECONDS", 0.01)
    monkeypatch.setattr(streaming, "KEEP_ALIVE_SECONDS", 0.01)
    models = InterruptibleModels()
    models.accept.clear()

    stream = aiter(await start(models))

    assert "context" in bodies([await anext(stream)])[0]["choices"][0]["delta"]
    assert await anext(stream) == KEEP_ALIVE
    models.accept.set()
    models.go_on.set()
    rest = await events(stream)
    assert rest[-1] == DONE


async def test_an_expected_error_in_mid_stream_is_an_event_and_then_done() -> None:
    models = InterruptibleModels(Throttled("slow down"))
    models.go_on.set()

    texts = await events(await start(models))

    assert bodies(texts)[-1]["error"]["code"] == "rate_limit_exceeded"
    assert texts[-1] == DONE
    assert models.closed


async def test_an_unexpected_error_in_mid_stream_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    models = InterruptibleModels(ZeroDivisionError("secret"))
    models.go_on.set()

    texts = await events(await start(models))

    error = bodies(texts)[-1]["error"]
    assert (error["type"], error["code"]) == ("server_error", "server_error")
    assert "secret" not in error["message"]
    assert "ZeroDivisionError: secret" in caplog.text
    assert texts[-1] == DONE


async def test_a_reader_that_leaves_closes_the_stream_of_the_model() -> None:
    models = InterruptibleModels()
    stream = await start(models)
    reading = aiter(stream)
    await anext(reading)
    await anext(reading)

    await stream.aclose()

    assert models.closed


async def test_a_client_that_leaves_before_the_model_accepts_ends_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "ACCEPT_SECONDS", 60)
    models = InterruptibleModels()
    models.accept.clear()
    work = asyncio.ensure_future(start(models))
    await models.asked.wait()

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert models.closed


async def test_what_is_found_later_and_cited_stands_beside_the_choices_once_each() -> None:
    call = ModelReply(tool_calls=(ToolCall("a", "search_photos", '{"tags": ["snow"]}'),))

    chunks = bodies(await events(await start(FakeModels([[call], ["A dog [1].", REPLY]]))))

    assert ["context" in chunk["choices"][0]["delta"] for chunk in chunks] == [True, *[False] * (len(chunks) - 1)]
    later, cited = [chunk["context"] for chunk in chunks if "context" in chunk]
    assert later["searches"][-1] == {"tags": ["snow"]}
    assert [each["path"] for each in cited["citations"]] == ["1.jpg"]
    [annotations] = [
        delta["annotations"] for chunk in chunks if "annotations" in (delta := chunk["choices"][0]["delta"])
    ]
    assert annotations[0]["url_citation"]["start_index"] == 6


async def test_a_call_of_the_callers_tool_is_told_whole_and_streamed() -> None:
    call = ModelReply(tool_calls=(ToolCall("a", "get_weather", "{}"),), finish_reason="tool_calls")
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    expected = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}

    whole = await ask(FakeModels([[call]]), tools=tools)
    chunks = bodies(await events(await start(FakeModels([[call]]), tools=tools)))

    assert isinstance(whole, dict)
    [choice] = whole["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert choice["message"]["tool_calls"] == [expected]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert [delta["tool_calls"] for delta in deltas if "tool_calls" in delta] == [[{"index": 0, **expected}]]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_a_refusal_of_a_format_has_a_field_of_its_own() -> None:
    reply = [ModelReply(refusal="I can't.")]
    form = {"type": "json_object"}

    whole = await ask(FakeModels([reply]), response_format=form)
    chunks = bodies(await events(await start(FakeModels([reply]), response_format=form)))

    assert isinstance(whole, dict)
    assert whole["choices"][0]["message"]["refusal"] == "I can't."
    assert whole["choices"][0]["message"]["content"] is None
    assert {"refusal": "I can't."} in [chunk["choices"][0]["delta"] for chunk in chunks]
