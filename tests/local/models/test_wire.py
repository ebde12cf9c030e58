"""The wire format, through the real openai package."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.local.models.stand_in import (
    CHAT,
    EMBEDDING,
    SMALL,
    VISION,
    ModelStandIn,
    data_url,
    description_messages,
    plain_image,
)


def test_the_models_are_listed_and_found_by_name(stand_in: ModelStandIn) -> None:
    assert {model.id for model in stand_in.client.models.list()} == {VISION, CHAT, EMBEDDING, SMALL}
    assert stand_in.client.models.retrieve(CHAT).id == CHAT


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "hi"}]),
        lambda client: client.embeddings.create(model="gpt-9", input="hi"),
        lambda client: client.models.retrieve("gpt-9"),
    ],
    ids=["chat", "embeddings", "models"],
)
def test_an_unknown_model_is_not_found(stand_in: ModelStandIn, ask: Callable[[openai.OpenAI], object]) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        ask(stand_in.client)

    assert raised.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "model"),
        ({"model": CHAT}, "messages"),
        ({"model": CHAT, "messages": []}, "messages"),
        ({"model": CHAT, "messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"model": CHAT, "messages": [{"role": "nobody", "content": "hi"}]}, "messages[0].role"),
        ({"model": CHAT, "messages": [{"role": "user", "content": "hi"}], "temprature": 1}, "temprature"),
        ({"model": CHAT, "messages": [{"role": "user", "content": "hi"}], "temperature": 9}, "temperature"),
        ({"model": CHAT, "messages": [{"role": "user", "content": "hi"}], "n": 2}, "n"),
        ({"model": CHAT, "messages": [{"role": "user", "content": "hi"}], "tool_choice": "auto"}, "tool_choice"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(stand_in: ModelStandIn, body: dict[str, Any], param: str) -> None:
    response = stand_in.http.post("/v1/chat/completions", json=body)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_not_json_is_refused(stand_in: ModelStandIn) -> None:
    assert stand_in.http.post("/v1/chat/completions", content=b"{").status_code == 400


def test_tool_results_must_answer_calls(stand_in: ModelStandIn) -> None:
    messages: Any = [
        {"role": "user", "content": "hi"},
        {"role": "tool", "tool_call_id": "x", "content": "{}"},
    ]

    with pytest.raises(openai.BadRequestError, match="tool_calls"):
        stand_in.client.chat.completions.create(model=CHAT, messages=messages)


def test_azure_paths_reach_the_same_models(stand_in: ModelStandIn) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}

    newer = stand_in.http.post("/openai/v1/chat/completions", json={"model": CHAT, **body})
    older = stand_in.http.post(
        f"/openai/deployments/{CHAT}/chat/completions?api-version=x", json={"model": "any", **body}
    )

    assert newer.json()["choices"] == older.json()["choices"]
    assert older.json()["model"] == CHAT


def test_a_streamed_answer_is_the_same_as_a_whole_one(stand_in: ModelStandIn) -> None:
    messages: Any = [{"role": "user", "content": "hello"}]
    whole = stand_in.client.chat.completions.create(model=CHAT, messages=messages)

    chunks = list(
        stand_in.client.chat.completions.create(
            model=CHAT, messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )

    answer = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert answer == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage


async def test_the_async_client_gets_the_same_answer(stand_in: ModelStandIn) -> None:
    async with AsyncOpenAI(base_url=f"{stand_in.url}/v1", api_key="any") as client:
        stream = await client.chat.completions.create(
            model=CHAT, messages=[{"role": "user", "content": "hello"}], stream=True
        )
        answer = [chunk.choices[0].delta.content async for chunk in stream]

    assert "photos" in "".join(word or "" for word in answer)


def test_an_answer_ends_at_its_limit_or_stop_sequence(stand_in: ModelStandIn) -> None:
    messages: Any = [{"role": "user", "content": "hello"}]

    short = stand_in.client.chat.completions.create(model=CHAT, messages=messages, max_completion_tokens=3)
    stopped = stand_in.client.chat.completions.create(model=CHAT, messages=messages, stop=["photos"])

    assert short.choices[0].finish_reason == "length"
    assert short.usage is not None
    assert short.usage.completion_tokens == 3
    assert stopped.choices[0].finish_reason == "stop"
    assert "photos" not in (stopped.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("model", "size", "detail", "tokens"),
    [
        (VISION, (512, 384), "high", 255),
        (VISION, (1024, 768), "high", 765),
        (VISION, (2048, 4096), "high", 1105),
        (VISION, (2048, 4096), "low", 85),
        (CHAT, (512, 384), "high", 312),
        (CHAT, (1024, 768), "high", 1245),
        (CHAT, (1440, 1080), "high", 2479),
    ],
)
def test_images_cost_what_the_documented_rules_say(
    stand_in: ModelStandIn, model: str, size: tuple[int, int], detail: str, tokens: int
) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})

    def cost(url: str) -> int:
        reply = stand_in.client.chat.completions.create(model=model, messages=description_messages(url, detail=detail))
        assert reply.usage is not None
        return reply.usage.prompt_tokens

    # 32 pixels square are one tile, or one patch: the rest of the prompt is the same.
    least = {"high": 255, "low": 85}[detail] if model == VISION else 2
    assert cost(data_url(plain_image(size=size))) - cost(data_url(plain_image(size=(32, 32)))) == tokens - least


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("data:image/jpeg;base64,%%%", "invalid_base64"),
        ("data:image/jpeg;base64,aGVsbG8é", "invalid_base64"),
        ("data:image/jpeg;base64,aGVsbG8=", "invalid_image_format"),
        ("http://127.0.0.1/cat.jpg", "invalid_image_url"),
        (data_url(plain_image(), "TIFF"), "invalid_image_format"),
    ],
)
def test_anything_but_a_supported_image_is_refused(stand_in: ModelStandIn, url: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        stand_in.client.chat.completions.create(model=VISION, messages=description_messages(url))

    assert raised.value.code == code
