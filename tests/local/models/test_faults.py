"""Misbehaviour on demand, seen by the real openai package; and the record of calls."""

import hashlib
import json
from base64 import b64decode
from typing import Any

import httpx
import openai
import pytest

from tests.local.models.server import CHAT, EMBEDDING, VISION, Stand, data_url, describing, painted
from tests.machine import eventually

HELLO: Any = [{"role": "user", "content": "hello"}]


def say_hello(stand: Stand) -> Any:
    return stand.client.chat.completions.create(model=CHAT, messages=HELLO)


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
def test_a_fault_is_the_error_the_package_knows(stand: Stand, kind: str, error: type[openai.APIError]) -> None:
    stand.fault(kind, "chat", count=1)

    with pytest.raises(error):
        say_hello(stand)
    say_hello(stand)


def test_throttling_says_how_long_to_wait(stand: Stand) -> None:
    stand.fault("429", seconds=2.0)

    with pytest.raises(openai.RateLimitError) as raised:
        say_hello(stand)

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
def test_a_fault_spoils_what_is_said(stand: Stand, kind: str, finish: str, content: Any, refusal: Any) -> None:
    stand.fault(kind)

    choice = say_hello(stand).choices[0]

    assert choice.finish_reason == finish
    for found, wanted in ((choice.message.content, content), (choice.message.refusal, refusal)):
        assert isinstance(found, str) if wanted is str else found == wanted


def test_malformed_descriptions_are_no_json(stand: Stand) -> None:
    stand.http.post("/__options", json={"describe": "fast"})
    stand.fault("malformed", "vision")

    with pytest.raises(json.JSONDecodeError):
        stand.describe(data_url(painted()))


def test_a_rate_of_one_half_is_every_second_call(stand: Stand) -> None:
    stand.fault("500", "embed", rate=0.5)
    ask = {"model": EMBEDDING, "input": "a cat"}

    statuses = [stand.http.post("/v1/embeddings", json=ask).status_code for _ in range(4)]

    assert statuses == [200, 500, 200, 500]


def test_faults_keep_to_their_kind_of_call_and_end_when_told(stand: Stand) -> None:
    stand.fault("500", "vision")
    say_hello(stand)
    stand.fault("500", "chat", **{"for": 0.2})
    with pytest.raises(openai.InternalServerError):
        say_hello(stand)

    eventually(lambda: say_hello(stand))

    assert [fault["on"] for fault in stand.http.get("/__faults").json()["faults"]] == ["vision"]


def test_an_unknown_fault_is_refused(stand: Stand) -> None:
    assert stand.http.post("/__faults", json={"kind": "gremlins"}).status_code == 400


@pytest.mark.parametrize("kind", ["reset", "500", "malformed"])
def test_a_stream_can_break_half_way(stand: Stand, kind: str) -> None:
    stand.fault(kind, mid_stream=True)
    said: list[Any] = []

    stream = stand.client.chat.completions.create(model=CHAT, messages=HELLO, stream=True)
    with pytest.raises((openai.APIError, httpx.HTTPError, ValueError)):
        said.extend(chunk for chunk in stream)

    assert said


def test_a_filtered_stream_ends_with_that_reason(stand: Stand) -> None:
    stand.fault("content_filter", mid_stream=True)

    chunks = list(stand.client.chat.completions.create(model=CHAT, messages=HELLO, stream=True))

    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_a_hanging_call_ends_when_the_client_gives_up(stand: Stand) -> None:
    stand.fault("hang", count=1)

    with pytest.raises(openai.APITimeoutError):
        stand.client.with_options(timeout=0.3).chat.completions.create(model=CHAT, messages=HELLO)

    def noted() -> None:
        assert [call["cut_off"] for call in stand.calls()] == [True]
        assert stand.http.get("/__health").json()["under_way"] == 0

    eventually(noted)


def test_every_call_is_on_record(stand: Stand) -> None:
    stand.http.post("/__options", json={"describe": "fast"})
    url = data_url(painted(size=(320, 200)))

    stand.client.chat.completions.create(model=VISION, messages=describing(url, detail="low"))
    stand.client.embeddings.create(model=EMBEDDING, input="a cat")

    seen, embedded = stand.calls()
    assert seen["on"] == "vision"
    assert seen["image_digests"] == [hashlib.sha256(b64decode(url.partition(",")[2])).hexdigest()]
    assert seen["image_sizes"] == [[320, 200]]
    assert seen["detail"] == ["low"]
    assert seen["usage"]["prompt_tokens"] > 85
    assert embedded["on"] == "embed"
    assert embedded["status"] == 200
