"""Injected faults, as the real openai package sees them, and the request log."""

import hashlib
import json
from base64 import b64decode
from typing import Any

import httpx
import openai
import pytest

from tests.local.models.stand_in import (
    CHAT,
    EMBEDDING,
    VISION,
    ModelStandIn,
    data_url,
    description_messages,
    plain_image,
)
from tests.machine import eventually

HELLO: Any = [{"role": "user", "content": "hello"}]


def say_hello(stand_in: ModelStandIn) -> Any:
    return stand_in.client.chat.completions.create(model=CHAT, messages=HELLO)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("503", openai.InternalServerError),
        ("content_filter", openai.BadRequestError),
        ("context_length", openai.BadRequestError),
        ("reset", openai.APIConnectionError),
    ],
)
def test_a_fault_becomes_an_error_of_the_openai_package(
    stand_in: ModelStandIn, kind: str, error: type[openai.APIError]
) -> None:
    stand_in.inject_fault(kind, "chat", count=1)

    with pytest.raises(error):
        say_hello(stand_in)
    say_hello(stand_in)


def test_throttling_says_how_long_to_wait(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("429", seconds=2.0)

    with pytest.raises(openai.RateLimitError) as raised:
        say_hello(stand_in)

    assert raised.value.response.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("kind", "finish", "content", "refusal"),
    [
        ("truncated", "length", str, None),
        ("refused", "stop", None, str),
        ("empty", "stop", "", None),
        ("reasoning_only", "stop", None, None),
    ],
)
def test_a_fault_corrupts_the_answer(
    stand_in: ModelStandIn, kind: str, finish: str, content: Any, refusal: Any
) -> None:
    stand_in.inject_fault(kind)

    choice = say_hello(stand_in).choices[0]

    assert choice.finish_reason == finish
    for actual, expected in ((choice.message.content, content), (choice.message.refusal, refusal)):
        assert isinstance(actual, str) if expected is str else actual == expected


def test_malformed_descriptions_are_not_json(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})
    stand_in.inject_fault("malformed", "vision")

    with pytest.raises(json.JSONDecodeError):
        stand_in.describe(data_url(plain_image()))


def test_a_rate_of_one_half_is_every_second_request(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("500", "embed", rate=0.5)
    ask = {"model": EMBEDDING, "input": "a cat"}

    statuses = [stand_in.http.post("/v1/embeddings", json=ask).status_code for _ in range(4)]

    assert statuses == [200, 500, 200, 500]


def test_faults_affect_only_their_operation_and_expire(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("500", "vision")
    say_hello(stand_in)
    stand_in.inject_fault("500", "chat", **{"for": 0.2})
    with pytest.raises(openai.InternalServerError):
        say_hello(stand_in)

    eventually(lambda: say_hello(stand_in))

    assert [fault["on"] for fault in stand_in.http.get("/__faults").json()["faults"]] == ["vision"]


def test_an_unknown_fault_is_refused(stand_in: ModelStandIn) -> None:
    assert stand_in.http.post("/__faults", json={"kind": "gremlins"}).status_code == 400


@pytest.mark.parametrize("kind", ["reset", "500", "malformed"])
def test_a_stream_can_break_halfway(stand_in: ModelStandIn, kind: str) -> None:
    stand_in.inject_fault(kind, mid_stream=True)
    chunks: list[Any] = []

    stream = stand_in.client.chat.completions.create(model=CHAT, messages=HELLO, stream=True)
    with pytest.raises((openai.APIError, httpx.HTTPError, ValueError)):
        chunks.extend(chunk for chunk in stream)

    assert chunks


def test_a_filtered_stream_ends_with_that_reason(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("content_filter", mid_stream=True)

    chunks = list(stand_in.client.chat.completions.create(model=CHAT, messages=HELLO, stream=True))

    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_a_hanging_request_ends_when_the_client_gives_up(stand_in: ModelStandIn) -> None:
    stand_in.inject_fault("hang", count=1)

    with pytest.raises(openai.APITimeoutError):
        stand_in.client.with_options(timeout=0.3).chat.completions.create(model=CHAT, messages=HELLO)

    def is_logged() -> None:
        assert [call["cut_off"] for call in stand_in.logged_requests()] == [True]
        assert stand_in.http.get("/__health").json()["under_way"] == 0

    eventually(is_logged)


def test_every_request_is_logged(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})
    url = data_url(plain_image(size=(320, 200)))

    stand_in.client.chat.completions.create(model=VISION, messages=description_messages(url, detail="low"))
    stand_in.client.embeddings.create(model=EMBEDDING, input="a cat")

    chat_entry, embedding_entry = stand_in.logged_requests()
    assert chat_entry["on"] == "vision"
    assert chat_entry["image_digests"] == [hashlib.sha256(b64decode(url.partition(",")[2])).hexdigest()]
    assert chat_entry["image_sizes"] == [[320, 200]]
    assert chat_entry["detail"] == ["low"]
    assert chat_entry["usage"]["prompt_tokens"] > 85
    assert embedding_entry["on"] == "embed"
    assert embedding_entry["status"] == 200
