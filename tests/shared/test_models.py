"""The models: every error of the openai package, every way to state a wait, and servers that support less."""

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from shared.errors import ASK_THE_DOCTOR, BadReply, BadRequest, Outage, PhotoError, Throttled, Transient
from shared.models import ModelReply, Models, TokenUsage, ToolCall, ToolsUnsupported
from shared.models.errors import is_hang_up, parse_duration, to_photo_error
from shared.models.wire import http_client
from shared.models.workarounds import WORKAROUND_SECONDS, WorkaroundMemory
from tests.machine import free_port
from tests.shared.scripted_server import Answer, ScriptedServer, scripted_server

URL = "http://model.example/v1/chat/completions"
HELLO: Any = [{"role": "user", "content": "hello"}]
FORMAT = {"type": "json_schema", "json_schema": {"name": "photo", "schema": {"type": "object"}}}
TOOLS = [{"type": "function", "function": {"name": "search", "parameters": {}}}]


@asynccontextmanager
async def models(*answers: Answer, key: str = "k", **options: Any) -> AsyncIterator[tuple[Models, ScriptedServer]]:
    async with scripted_server(*answers) as server:
        client = AsyncOpenAI(
            base_url=f"{server.url}/v1", api_key=key, max_retries=0, timeout=60, http_client=http_client()
        )
        models = Models(client, caption="vision", chat="chat", embedding="embedding", dimensions=3, **options)
        try:
            yield models, server
        finally:
            await models.close()


def refusal(status: int, message: str = "no", headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
    return Answer(status, {"error": {"message": message, "type": "x", **fields}}, headers or {})


def completion(content: str | None = "Hi", finish: str | None = "stop", **message: Any) -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return Answer(200, {"id": "c", "object": "chat.completion", "created": 1, "choices": [choice], "usage": usage})


def stream(*chunks: Any) -> Answer:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in chunks]
    return Answer(200, "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode())


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "s", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


async def pieces(models: Models, **options: Any) -> list[str | ModelReply]:
    return [piece async for piece in await models.stream(HELLO, model="chat", **options)]


def status_error(class_: type[openai.APIStatusError], status: int, body: Any = None, **headers: str) -> Any:
    request = httpx2.Request("POST", URL)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return class_("no", response=httpx2.Response(status, headers=named, request=request), body=body)


REFUSED = "the model refused our credentials"


# -- errors -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "class_", "message"),
    [
        (status_error(openai.RateLimitError, 429), Throttled, "the model is throttling us"),
        (openai.APITimeoutError(httpx2.Request("POST", URL)), Transient, "the model did not answer in time"),
        (openai.APIConnectionError(request=httpx2.Request("POST", URL)), Outage, "the model cannot be reached"),
        (status_error(openai.NotFoundError, 404), Outage, "the model 'm' does not exist at OPENAI_BASE_URL: no"),
        (status_error(openai.AuthenticationError, 401), Outage, f"{REFUSED}: no ({ASK_THE_DOCTOR})"),
        (status_error(openai.PermissionDeniedError, 403), Outage, f"{REFUSED}: no ({ASK_THE_DOCTOR})"),
        (status_error(openai.BadRequestError, 400), BadRequest, "the model refused the request: no"),
        (status_error(openai.UnprocessableEntityError, 422), BadRequest, "the model refused the request: no"),
        (status_error(openai.ConflictError, 409), Transient, "the model answered 409: no"),
        (status_error(openai.InternalServerError, 500), Transient, "the model answered 500: no"),
        (status_error(openai.APIStatusError, 418), Transient, "the model answered 418: no"),
        (openai.APIResponseValidationError(httpx2.Response(200, request=httpx2.Request("POST", URL)), None),
         Transient, "the model failed: Data returned by API invalid for expected schema."),
        (openai.OpenAIError("odd"), Transient, "the model failed: odd"),
    ],
)  # fmt: skip
def test_each_error_becomes_one_of_ours(error: openai.OpenAIError, class_: type[PhotoError], message: str) -> None:
    ours = to_photo_error(error, "m")

    assert type(ours) is class_
    assert str(ours) == message
    assert getattr(ours, "wait", None) is None


@pytest.mark.parametrize(
    ("body", "code", "param", "words"),
    [
        ({"code": "content_filter"}, "content_filter", None, "content filter"),
        ({"code": None, "message": "Content Management Policy"}, "content_filter", None, "content filter"),
        ({"code": "context_length_exceeded"}, "context_length_exceeded", "messages", "too long"),
        ({"code": None, "message": "The Maximum Context is 8192"}, "context_length_exceeded", "messages", "too long"),
        ({"code": "other", "param": "top_p"}, "invalid_value", "top_p", "refused the request"),
    ],
)
async def test_a_bad_request_says_what_is_wrong(body: dict[str, Any], code: str, param: str | None, words: str) -> None:
    async with models(refusal(400, **{"message": "no", **body})) as (model, _):
        with pytest.raises(BadRequest, match=words) as raised:
            await model.complete(HELLO, model="chat")

    assert (raised.value.code, raised.value.param) == (code, param)


@pytest.mark.parametrize("class_", [openai.AuthenticationError, openai.BadRequestError, openai.ConflictError])
def test_long_messages_are_cut(class_: type[openai.APIStatusError]) -> None:
    request = httpx2.Request("POST", URL)
    error = class_("x" * 900, response=httpx2.Response(400, request=request), body=None)

    assert len(str(to_photo_error(error)).removesuffix(f" ({ASK_THE_DOCTOR})")) == 500
    assert len(str(to_photo_error(openai.OpenAIError("x" * 900)))) == 500


EXHAUSTED = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "1250", "retry-after": "2"}, 1.25),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        (EXHAUSTED, 360.0),
        ({**EXHAUSTED, "retry-after": "2"}, 2.0),
        ({**EXHAUSTED, "retry-after": "nonsense"}, 360.0),
        ({**EXHAUSTED, "x-ratelimit-remaining-requests": "1"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({**EXHAUSTED, "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m"}, 3720.0),
        ({**EXHAUSTED, "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1s"}, 360.0),
        ({**EXHAUSTED, "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "?"}, 360.0),
        ({**EXHAUSTED, "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "1h"}, 360.0),
        ({"x-ratelimit-remaining-requests": "0"}, None),
        ({**EXHAUSTED, "x-ratelimit-reset-requests": "9999h"}, 604_800.0),
    ],
)
async def test_a_429_states_its_wait_in_many_ways(headers: dict[str, str], wait: float | None) -> None:
    async with models(refusal(429, headers=headers)) as (model, _):
        with pytest.raises(Throttled) as raised:
            await model.complete(HELLO, model="chat")

    assert raised.value.wait == wait


async def test_a_busy_server_may_state_a_wait_too() -> None:
    async with models(refusal(503, headers={"retry-after": "11"})) as (model, _):
        with pytest.raises(Transient, match="answered 503") as raised:
            await model.complete(HELLO, model="chat")

    assert (type(raised.value), raised.value.wait) == (Transient, 11.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1h2m", 3720.0),
        ("1h2m3s", 3723.0),
        ("120ms", 0.12),
        ("1.5s", 1.5),
        ("1m1.5s", 61.5),
        ("7", 7.0),
        ("0.25", 0.25),
        ("0s", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("-5s", None),
        ("5d", None),
        ("in 5s", None),
        ("5s or so", None),
        ("1.s", None),
        ("2026-05-01T00:00:00Z", None),
    ],
)
def test_durations_are_read(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == (None if seconds is None else pytest.approx(seconds))


async def test_a_server_that_is_gone_is_an_outage() -> None:
    async with models(Answer(fault="broken")) as (model, _):
        with pytest.raises(Outage, match="cannot be reached"):
            await model.embed(["a"])


async def test_where_no_server_is_that_is_an_outage_and_asked_once_more() -> None:
    client = AsyncOpenAI(
        base_url=f"http://127.0.0.1:{free_port()}/v1", api_key="k", max_retries=0, http_client=http_client()
    )
    model = Models(client, caption="vision", chat="chat", embedding="embedding", dimensions=3)
    with pytest.raises(Outage, match="cannot be reached") as raised:
        await model.complete(HELLO, model="chat")
    await model.close()

    assert isinstance(raised.value.__cause__, openai.OpenAIError)
    assert not is_hang_up(raised.value.__cause__)


@pytest.mark.parametrize("begins", [False, True], ids=["nothing", "the head of an answer"])
async def test_a_server_that_says_nothing_more_is_no_outage(begins: bool) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if begins:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        client = AsyncOpenAI(base_url=url, api_key="k", max_retries=0, timeout=0.2, http_client=http_client())
        model = Models(client, caption="vision", chat="chat", embedding="embedding", dimensions=3)
        with pytest.raises(Transient, match="did not answer in time") as raised:
            await model.complete(HELLO, model="chat")
        await model.close()

    assert not isinstance(raised.value, Outage)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # it has to be larger than all buffers
async def test_a_server_that_takes_no_more_of_a_request_is_not_waited_for_forever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.models.client.LONGEST", 0.5)
    is_over, large = asyncio.Event(), [{"role": "user", "content": "x" * 30_000_000}]

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await is_over.wait()  # it reads only what fits into its buffers
        writer.transport.abort()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        client = AsyncOpenAI(base_url=url, api_key="k", max_retries=0, timeout=60, http_client=http_client())
        model = Models(client, caption="vision", chat="chat", embedding="embedding", dimensions=3)
        try:
            with pytest.raises(Transient, match="did not answer in time"):
                await model.complete(cast(Any, large), model="chat")
        finally:
            is_over.set()
            await model.close()


async def test_a_request_that_meets_the_end_of_an_idle_connection_is_sent_again() -> None:
    async with models(completion("One"), Answer(fault="broken"), completion("Two")) as (model, server):
        assert (await model.complete(HELLO, model="chat")).text == "One"
        assert (await model.complete(HELLO, model="chat")).text == "Two"

        assert [each.json() for each in server.requests[1:]] == [server.requests[0].json()] * 2


async def test_a_stream_that_meets_the_end_of_an_idle_connection_is_asked_for_again() -> None:
    async with models(Answer(fault="broken"), stream(chunk(content="Hi"), chunk("stop"))) as (model, _):
        assert (await pieces(model))[0] == "Hi"


async def test_a_server_that_always_hangs_up_is_asked_twice() -> None:
    async with models(Answer(fault="broken")) as (model, server):
        with pytest.raises(Outage, match="cannot be reached"):
            await model.complete(HELLO, model="chat")

        assert len(server.requests) == 2


async def test_an_answer_that_breaks_off_is_not_paid_for_twice() -> None:
    answer = Answer(200, b"{", {"Content-Length": "9", "Connection": "close"}, fault="cut")
    async with models(answer) as (model, server):
        with pytest.raises(Outage, match="cannot be reached"):
            await model.complete(HELLO, model="chat")

        assert len(server.requests) == 1


# -- check --------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [Answer(200, {"object": "list", "data": []}), refusal(404)])
async def test_a_server_that_answers_is_well_even_without_a_list_of_models(answer: Answer) -> None:
    async with models(answer) as (model, server):
        await model.check()

        assert [(each.method, each.target) for each in server.requests] == [("GET", "/v1/models")]


async def test_a_wrong_key_is_noticed() -> None:
    async with models(refusal(401)) as (model, _):
        with pytest.raises(Outage, match="credentials"):
            await model.check()


# -- embeddings ---------------------------------------------------------------------------


def vectors(*pairs: tuple[int, list[float]]) -> Answer:
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in pairs]
    return Answer(200, {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})


async def test_vectors_come_in_the_order_of_the_texts() -> None:
    async with models(vectors((1, [4.0, 5.0, 6.0]), (0, [1.0, 2.0, 3.0]))) as (model, server):
        assert await model.embed(["a", "b"]) == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

        [request] = server.requests
        assert request.json()["input"] == ["a", "b"]
        assert (request.json()["model"], request.json()["dimensions"]) == ("embedding", 3)


async def test_vectors_are_asked_for_in_bytes_and_read_from_them() -> None:
    vector = base64.b64encode(struct.pack("<3f", 1.0, 0.5, -2.0)).decode()
    data = [{"object": "embedding", "index": 0, "embedding": vector}]
    async with models(Answer(200, {"object": "list", "data": data})) as (model, server):
        assert await model.embed(["a"]) == [[1.0, 0.5, -2.0]]

        assert server.requests[0].json()["encoding_format"] == "base64"


@pytest.mark.parametrize(
    "answer", [Answer(200, b"<html>"), Answer(200, b"[]"), Answer(200, {"object": "list"}), Answer(200, {"data": []})]
)
async def test_what_is_no_answer_of_a_model_may_be_better_later(answer: Answer) -> None:
    async with models(answer) as (model, _):
        with pytest.raises(Transient, match="an answer without 'data'"):
            await model.embed(["a"])
        with pytest.raises(Transient, match="an answer without 'choices'"):
            await model.complete(HELLO, model="chat")


async def test_json_is_read_whatever_a_server_calls_it() -> None:
    plain = Answer(200, json.dumps(completion().body).encode(), {"Content-Type": "text/plain"})
    async with models(plain) as (model, _):
        assert (await model.complete(HELLO, model="chat")).text == "Hi"


async def test_vectors_of_another_length_name_the_setting() -> None:
    async with models(vectors((0, [1.0, 2.0]))) as (model, _):
        with pytest.raises(
            Transient,
            match=r"^embedding returns vectors of 2 numbers but EMBEDDING_DIMENSIONS is 3: once they",
        ):
            await model.embed(["a"])


async def test_a_server_without_dimensions_is_asked_without() -> None:
    async with models(refusal(400, "dimensions is not supported"), vectors((0, [1.0, 2.0, 3.0]))) as (model, server):
        await model.embed(["a"])
        await model.embed(["b"])

        assert ["dimensions" in each.json() for each in server.requests] == [True, False, False]


# -- whole answers ------------------------------------------------------------------------


async def test_a_whole_answer() -> None:
    async with models(completion("<think>hm</think> Hi")) as (model, _):
        reply = await model.complete(HELLO, model="chat")

    assert reply == ModelReply("Hi", "stop", "", (), TokenUsage(7, 3))
    assert reply.usage.total == 10


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_text_in_the_wrong_field_is_an_answer_too(field: str) -> None:
    async with models(completion("", **{field: "Hi"})) as (model, _):
        assert (await model.complete(HELLO, model="chat")).text == "Hi"


async def test_what_a_server_leaves_out_has_defaults() -> None:
    answer = completion(None, None, refusal="I will not")
    del answer.body["usage"]
    async with models(answer) as (model, _):
        reply = await model.complete(HELLO, model="chat")

    assert reply == ModelReply("", "stop", "I will not", (), TokenUsage(0, 0))


@pytest.mark.parametrize(
    ("message", "options", "gone"),
    [
        ("Unsupported parameter: max_completion_tokens", {"max_completion_tokens": 9}, "max_completion_tokens"),
        ("Response_format is not known", {"response_format": {"type": "json_object"}}, "response_format"),
        ("temperature must be 1", {"temperature": 0.2}, "temperature"),
    ],
)
async def test_a_field_the_server_refuses_is_left_out_from_then_on(
    message: str, options: dict[str, Any], gone: str
) -> None:
    async with models(refusal(400, message), completion()) as (model, server):
        await model.complete(HELLO, model="chat", **options)
        await model.complete(HELLO, model="chat", **options)
        await model.complete(HELLO, model="other", **options)

        assert [gone in each.json() for each in server.requests] == [True, False, False, True]
        if gone == "max_completion_tokens":
            assert [each.json().get("max_tokens") for each in server.requests] == [None, 9, 9, None]


@pytest.mark.parametrize(
    "message", ["JSON_SCHEMA is not known", "response_format must be text", "structured output? no"]
)
async def test_a_refused_schema_goes_on_in_words(message: str) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "d", "schema": schema}}
    async with models(refusal(400, message), refusal(400, message), completion("{}")) as (model, server):
        await model.complete(HELLO, model="chat", response_format=wanted)

        first, second, third = (each.json() for each in server.requests)
    assert first["response_format"] == wanted
    assert second["response_format"] == {"type": "json_object"}
    assert "response_format" not in third
    for request in (second, third):
        assert json.dumps(schema) in request["messages"][0]["content"]
        assert request["messages"][1:] == HELLO
    assert [message in each for each in model.losses] == [True]


async def test_the_refused_field_may_be_named_by_param_alone() -> None:
    async with models(refusal(400, "no", param="temperature"), completion()) as (model, server):
        await model.complete(HELLO, model="chat", temperature=1)

        assert "temperature" not in server.requests[1].json()


async def test_a_refusal_of_what_was_not_sent_is_an_error() -> None:
    async with models(refusal(400, "temperature must be 1")) as (model, server):
        with pytest.raises(BadRequest, match="temperature"):
            await model.complete(HELLO, model="chat")
        assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["content_filter", "context_length_exceeded"])
async def test_a_final_refusal_is_not_taken_for_an_unknown_field(code: str) -> None:
    async with models(refusal(400, "temperature of the content", code=code)) as (model, server):
        with pytest.raises(BadRequest):
            await model.complete(HELLO, model="chat", temperature=1)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("Invalid schema for function 'x': 'objekt' is not valid", {"tools": [{"type": "function"}]}),
        ("Invalid schema for response_format 'x': In context=()", {"response_format": {"type": "json_schema"}}),
    ],
)
async def test_a_fault_in_a_callers_schema_takes_nothing_from_others(message: str, options: dict[str, Any]) -> None:
    async with models(refusal(400, message), completion()) as (model, server):
        with pytest.raises(BadRequest, match="Invalid schema"):
            await model.complete(HELLO, model="chat", **options)
        await model.complete(HELLO, model="chat", **options)

        assert server.requests[1].json().keys() >= options.keys()


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("Failed to parse tools: unexpected token", {"tools": TOOLS}),
        ("Unsupported JSON schema in response_format", {"response_format": FORMAT}),
    ],
)
async def test_what_is_refused_in_a_callers_fields_is_worked_around_for_that_answer_alone(
    message: str, options: dict[str, Any]
) -> None:
    async with models(*[refusal(400, message), stream(chunk("stop", content="Hi"))] * 2) as (model, server):
        for _ in range(2):
            with suppress(ToolsUnsupported):
                _ = [piece async for piece in await model.stream(HELLO, model="chat", from_caller=options, **options)]
        unchanged = [each for each in server.requests if options.items() <= each.json().items()]

        assert len(unchanged) == 2, "the second was not asked as its caller wrote it"
        assert model.losses == []


async def test_images_lose_their_detail_where_it_is_refused() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,", "detail": "high"}}
    messages: Any = [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text"}, image]}]
    async with models(refusal(400, "messages[1].image_url.detail: unknown"), completion()) as (model, server):
        await model.complete(messages, model="vision")

        first, second = (each.json()["messages"] for each in server.requests)
        assert first == messages
        assert second == [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text"}, {"type": "image_url", "image_url": {"url": "data:,"}}]},
        ]


# -- streams ------------------------------------------------------------------------------


async def test_a_stream_yields_text_and_then_the_reply() -> None:
    chunks = [
        chunk(content="Hel"),
        chunk(content="lo"),
        chunk("stop"),
        chunk() | {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}},
    ]
    async with models(stream(*chunks)) as (model, server):
        assert await pieces(model) == ["Hel", "lo", ModelReply("Hello", "stop", usage=TokenUsage(5, 2))]

        [request] = server.requests
        assert (request.json()["stream"], request.json()["stream_options"]) == (True, {"include_usage": True})
        assert "tools" not in request.json()


async def test_a_stream_without_usage_where_the_server_refuses_it() -> None:
    async with models(refusal(400, "stream_options is unknown"), stream(chunk(content="Hi"))) as (model, server):
        assert await pieces(model) == ["Hi", ModelReply("Hi", "stop")]

        assert ["stream_options" in each.json() for each in server.requests] == [True, False]


@pytest.mark.parametrize(
    ("details", "cached", "written"),
    [
        ({"cached_tokens": 4, "cache_write_tokens": 2}, 4, 2),
        ({"cached_tokens": 9, "cache_write_tokens": 9}, 7, 0),  # more than the prompt has
        ({"cached_tokens": None}, 0, 0),
        (None, 0, 0),
    ],
)
async def test_what_a_server_had_read_before_is_counted(details: Any, cached: int, written: int) -> None:
    answer = completion("Hi")
    answer.body["usage"] |= {"prompt_tokens_details": details, "completion_tokens_details": {"reasoning_tokens": 1}}
    async with models(answer) as (model, _):
        reply = await model.complete(HELLO, model="chat")

    assert reply.usage == TokenUsage(7, 3, 1, cached, written)


async def test_usage_without_numbers_is_zero() -> None:
    usage = chunk() | {"choices": None, "usage": {"prompt_tokens": None, "completion_tokens": None}}
    async with models(stream(chunk(content="Hi"), usage)) as (model, _):
        assert await pieces(model) == ["Hi", ModelReply("Hi", "stop", usage=TokenUsage(0, 0))]


async def test_a_stream_leaves_thinking_out() -> None:
    chunks = [chunk(content="<thi"), chunk(content="nk>hm</think>\nH"), chunk(content="i", refusal=""), chunk("stop")]
    async with models(stream(*chunks)) as (model, _):
        assert await pieces(model) == ["H", "i", ModelReply("Hi", "stop")]


async def test_text_held_back_as_thinking_is_given_at_the_end() -> None:
    async with models(stream(chunk(content="<thi"), chunk("stop"))) as (model, _):
        assert await pieces(model) == ["<thi", ModelReply("<thi", "stop")]


async def test_reasoning_stands_in_for_an_answer_that_never_came() -> None:
    async with models(stream(chunk(reasoning_content="Hi"), chunk("stop"))) as (model, _):
        assert await pieces(model) == ["Hi", ModelReply("Hi", "stop")]


@pytest.mark.parametrize("other", [{"content": "Hi"}, {"refusal": "no"}])
async def test_reasoning_is_no_answer_beside_another(other: dict[str, str]) -> None:
    async with models(stream(chunk(reasoning_content="hm"), chunk(**other), chunk("stop"))) as (model, _):
        reply = (await pieces(model))[-1]

    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.refusal) == (other.get("content", ""), other.get("refusal", ""))


async def test_reasoning_that_was_cut_off_is_no_answer() -> None:
    async with models(stream(chunk(reasoning_content="hm"), chunk("length"))) as (model, _):
        with pytest.raises(BadReply, match="used 0 tokens for reasoning and wrote no answer"):
            await pieces(model)


async def test_tool_calls_are_put_together() -> None:
    def part(**fields: Any) -> dict[str, Any]:
        return chunk(tool_calls=[{"index": 0, **fields}])

    chunks = [
        part(id="c1", type="function", function={"name": "search", "arguments": ""}),
        part(function={"arguments": '{"q":'}),
        part(function={"arguments": "1}"}),
        chunk("tool_calls"),
    ]
    async with models(stream(*chunks)) as (model, server):
        [reply] = await pieces(model, tools=TOOLS, choice="required")

        assert reply == ModelReply("", "tool_calls", tool_calls=(ToolCall("c1", "search", '{"q":1}'),))
        assert server.requests[0].json()["tool_choice"] == "required"
        assert server.requests[0].json()["tools"] == TOOLS


async def test_a_last_chunk_without_a_delta_ends_the_reply() -> None:
    last = chunk("length")
    last["choices"][0]["delta"] = None
    async with models(stream(chunk(content="Hi"), last)) as (model, _):
        assert (await pieces(model))[-1] == ModelReply("Hi", "length")


@pytest.mark.parametrize("message", ["this model has no tool use", "tools are not supported", "tool_choice: unknown"])
async def test_a_server_without_tools_is_remembered(message: str) -> None:
    async with models(refusal(400, message), completion()) as (model, server):
        for _ in range(2):
            with pytest.raises(ToolsUnsupported, match="chat does not support tools"):
                await pieces(model, tools=TOOLS)

        assert len(server.requests) == 1


@pytest.mark.parametrize("message", ["tool_choice is unknown", "no tool choice here"])
async def test_a_refused_tool_choice_alone_is_left_out(message: str) -> None:
    async with models(refusal(400, message), stream(chunk("stop"))) as (model, server):
        await pieces(model, tools=TOOLS, choice="required")

        assert ["tool_choice" in each.json() for each in server.requests] == [True, False]
        assert server.requests[1].json()["tools"] == TOOLS


async def test_a_refused_default_tool_choice_means_no_tools() -> None:
    async with models(refusal(400, "tool_choice is unknown")) as (model, server):
        with pytest.raises(ToolsUnsupported):
            await pieces(model, tools=TOOLS)
        assert len(server.requests) == 1


async def test_an_error_inside_a_stream_is_one_of_ours() -> None:
    async with models(stream(chunk(content="Hi"), {"error": {"message": "overloaded"}})) as (model, _):
        with pytest.raises(Transient, match="overloaded"):
            await pieces(model)


async def test_a_connection_that_breaks_within_a_stream_is_an_outage() -> None:
    chunked = f"ffff\r\ndata: {json.dumps(chunk(content='Hi'))}\n\n".encode()
    answer = Answer(200, chunked, {"Transfer-Encoding": "chunked", "Connection": "close"}, fault="cut")
    async with models(answer) as (model, _):
        with pytest.raises(Outage, match="the model cannot be reached"):
            await pieces(model)


# -- ways round a refusal -----------------------------------------------------------------

NO_TOOLS: dict[str, Any] = {
    "message": "Function tools with reasoning_effort are not supported for chat in /v1/chat/completions. "
    "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
    "param": "reasoning_effort",
    "code": None,
}


async def test_tools_are_kept_by_thinking_less_which_is_remembered_and_said(caplog: pytest.LogCaptureFixture) -> None:
    async with models(refusal(400, **NO_TOOLS), stream(chunk(content="Hi")), stream(chunk(content="Hi"))) as (
        model,
        server,
    ):
        await pieces(model, tools=TOOLS)
        await pieces(model, tools=TOOLS)
        await pieces(model)

        sent = [each.json() for each in server.requests]
    assert [each.get("reasoning_effort") for each in sent] == [None, "none", "none", None]
    assert ["tools" in each for each in sent] == [True, True, True, False]
    assert [record.levelname for record in caplog.records if "does not reason" in record.message] == ["WARNING"]
    assert model.losses[0].startswith("chat does not reason while it may use tools; CHAT_API=responses may change that")


async def test_what_was_refused_is_tried_again_after_a_while() -> None:
    now = 0.0
    answers = (refusal(400, "temperature must be 1"), completion(), completion())
    async with models(*answers, memory=WorkaroundMemory(lambda: now)) as (model, server):
        await model.complete(HELLO, model="chat", temperature=0)
        now = WORKAROUND_SECONDS
        await model.complete(HELLO, model="chat", temperature=0)

        assert ["temperature" in each.json() for each in server.requests] == [True, False, True]
        assert model.losses == []


async def test_a_loss_is_reported_and_what_loses_nothing_is_not() -> None:
    reported: list[tuple[str, str]] = []

    async def report(key: str, loss: str) -> None:
        reported.append((key, loss))

    answers = (refusal(400, "max_completion_tokens?"), refusal(400, "temperature must be 1"), completion())
    async with models(*answers, report_loss=report) as (model, _):
        await model.complete(HELLO, model="chat", temperature=0, max_completion_tokens=9)

    assert reported == [("chat/temperature", "a temperature has no effect on chat: temperature must be 1")]


async def test_a_model_that_takes_tools_at_the_other_api_is_asked_there() -> None:
    item = {"type": "function_call", "id": "f", "call_id": "c1", "name": "search", "arguments": "{}"}
    thought = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAA"}
    last = {
        "type": "response.completed",
        "sequence_number": 1,
        "response": {"id": "r", "object": "response", "status": "completed", "output": [thought, item], "usage": None},
    }
    refused_none = "Unsupported value: 'reasoning_effort' does not support 'none'. Supported values are: 'low'."
    answers = (refusal(400, **NO_TOOLS), refusal(400, refused_none, param="reasoning_effort"), stream(last))
    async with models(*answers, effort="high") as (model, server):
        [reply] = await pieces(model, tools=TOOLS)

        assert [each.target for each in server.requests] == ["/v1/chat/completions"] * 2 + ["/v1/responses"]
        body = server.requests[-1].json()
        assert (body["reasoning"], body["store"], body["include"]) == (
            {"effort": "high"}, False, ["reasoning.encrypted_content"])  # fmt: skip
    assert isinstance(reply, ModelReply)
    assert reply.tool_calls == (ToolCall("c1", "search", "{}"),)
    assert reply.reasoning_items == ({"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},)
    assert model.losses == []


async def test_a_server_without_the_other_api_loses_its_tools_and_nothing_else() -> None:
    refused_none = "Unsupported value: 'reasoning_effort' does not support 'none'."
    answers = (
        refusal(400, **NO_TOOLS),
        refusal(400, refused_none, param="reasoning_effort"),
        refusal(404, "Not Found"),
        refusal(400, **NO_TOOLS),
        refusal(400, refused_none, param="reasoning_effort"),
        stream(chunk(content="Hi")),
    )
    async with models(*answers) as (model, server):
        with pytest.raises(ToolsUnsupported):
            await pieces(model, tools=TOOLS)
        await pieces(model)

        assert "tools" not in server.requests[-1].json()
        assert [loss.split(":")[0] for loss in model.losses if "filters" in loss] == [
            "chat works without filters and counts"
        ]


async def test_thoughts_of_another_api_are_not_sent_to_chat_completions() -> None:
    messages: Any = [*HELLO, {"role": "assistant", "content": "x", "reasoning_items": [{"type": "reasoning"}]}]
    async with models(completion()) as (model, server):
        await model.complete(messages, model="chat")

        assert server.requests[0].json()["messages"] == [*HELLO, {"role": "assistant", "content": "x"}]


async def test_an_answer_that_reasoning_left_no_room_for_is_asked_for_again_with_more() -> None:
    def starved(reasoning: int) -> Answer:
        answer = completion("", "length")
        answer.body["usage"] |= {"completion_tokens_details": {"reasoning_tokens": reasoning}}
        return answer

    async with models(starved(300), completion("Hi"), completion("Ho")) as (model, server):
        first = await model.complete(HELLO, model="chat", max_completion_tokens=300)
        second = await model.complete(HELLO, model="chat", max_completion_tokens=100)

        assert [each.json()["max_completion_tokens"] for each in server.requests] == [300, 4300, 4100]
    assert (first.text, first.usage) == ("Hi", TokenUsage(14, 6, 300))
    assert (second.text, second.usage) == ("Ho", TokenUsage(7, 3))


async def test_an_empty_answer_is_an_error_when_the_most_room_is_not_enough() -> None:
    async with models(*[completion("", "length")] * 4) as (model, server):
        with pytest.raises(BadReply, match="wrote no answer: a lower REASONING_EFFORT leaves more"):
            await model.complete(HELLO, model="chat", max_completion_tokens=300)

        assert [each.json()["max_completion_tokens"] for each in server.requests] == [300, 4300, 16300, 48300]


async def test_an_answer_that_is_merely_long_is_cut_as_asked() -> None:
    async with models(completion("Once upon", "length")) as (model, server):
        reply = await model.complete(HELLO, model="chat", max_completion_tokens=2)

        assert (reply.text, reply.finish_reason, len(server.requests)) == ("Once upon", "length", 1)


async def test_thoughts_are_no_answer_where_they_were_cut_off() -> None:
    async with models(completion("", "length", reasoning="hm"), completion("Hi")) as (model, _):
        assert (await model.complete(HELLO, model="chat", max_completion_tokens=9)).text == "Hi"


@pytest.mark.parametrize(
    ("settings", "caption", "chat"),
    [
        ({}, "none", None),
        ({"effort": "high"}, "high", "high"),
        ({"effort": "high", "caption_effort": "low"}, "low", "high"),
        ({"caption_effort": "minimal"}, "minimal", None),
    ],
)
async def test_the_effort_of_captions_may_differ(settings: dict[str, str], caption: str, chat: str | None) -> None:
    async with models(completion(), stream(chunk(content="Hi")), **settings) as (model, server):
        await model.complete(HELLO, model="vision")
        await pieces(model)

        assert [each.json().get("reasoning_effort") for each in server.requests] == [caption, chat]


async def test_a_server_that_refuses_without_end_is_not_asked_without_end() -> None:
    async with models(*[refusal(400, "max_tokens and max_completion_tokens are wrong")] * 30) as (model, server):
        with pytest.raises((Transient, BadRequest)):
            await model.complete(HELLO, model="chat", max_completion_tokens=9)

        assert len(server.requests) <= 12
