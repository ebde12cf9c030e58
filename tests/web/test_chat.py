"""`/v1`, answered whole or as a stream, and clients that leave."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from shared.access.caller import Caller
from shared.access.roles import Role
from shared.errors import Throttled
from shared.models import ModelReply
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices
from web import chat
from web.chat import EventStreamResponse

QUESTION = {"messages": [{"role": "user", "content": "photos of 2024-05"}]}


async def test_a_whole_answer_is_json(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(1)]
    services.models.replies = [["A dog [1].", ModelReply("A dog [1].")]]

    answer = await http.post("/v1/chat/completions", json=QUESTION)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["choices"][0]["message"]["content"] == "A dog [1]."


async def test_a_stream_is_server_sent_events_that_nobody_buffers(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.models.replies = [["A dog.", ModelReply("A dog.")]]

    answer = await http.post("/v1/chat/completions", json=QUESTION | {"stream": True})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert answer.text.endswith("data: [DONE]\n\n")


async def test_the_prompt_has_the_zone_of_the_header(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.models.replies = [["ok", ModelReply("ok")]]

    await http.post("/v1/chat/completions", json=QUESTION, headers={"X-Timezone": "Europe/Zurich"})

    assert "Europe/Zurich" in services.models.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize("stream", [False, True])
async def test_an_error_is_an_error_response(stream: bool, http: httpx.AsyncClient, services: FakeServices) -> None:
    services.models.replies = [Throttled("slow down", wait=7)]

    answer = await http.post("/v1/chat/completions", json=QUESTION | {"stream": stream})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_key_whose_day_is_used_up_is_told_until_when(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.spending.left = 0

    answer = await http.post("/v1/chat/completions", json=QUESTION)

    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (429, "rate_limit_error", "budget_spent")
    assert 0 < int(answer.headers["retry-after"]) <= 24 * 3600
    assert "of 'function key' are used up" in error["message"]
    assert services.models.requests == []


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ({}, "anyone"),
        ({"caller": None}, "anyone"),
        ({"caller": Caller("page", Role.VIEWER)}, "page"),
        ({"caller": Caller("page", Role.VIEWER, "1")}, "page (1)"),
    ],
)
def test_the_caller_is_the_key_or_the_person_that_pays(state: dict[str, Any], name: str) -> None:
    assert chat.caller_name(Request({"type": "http", "state": state})) == name


async def test_a_client_that_leaves_cancels_the_work(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = asyncio.Event()

    async def complete(*_: Any, **__: Any) -> dict[str, Any]:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return {}

    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": json.dumps(QUESTION).encode()},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    monkeypatch.setattr(chat, "complete", complete)

    answer = await chat.completions(Request({"type": "http", "method": "POST", "headers": []}, receive))

    assert answer.status_code == 499
    assert cancelled.is_set()


async def test_models_are_listed_and_shown(http: httpx.AsyncClient) -> None:
    assert [each["id"] for each in (await http.get("/v1/models")).json()["data"]] == ["photos", "chat"]
    assert (await http.get("/v1/models/chat")).json()["id"] == "chat"
    answer = await http.get("/v1/models/gpt-99")
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "model")
    assert answer.json()["error"]["message"] == "there is no model gpt-99"


class ClosableStream:
    """Words without end, which know whether they were closed."""

    is_closed = False

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield "word"
            await asyncio.sleep(0.01)

    async def aclose(self) -> None:
        self.is_closed = True


async def test_a_client_that_left_before_the_first_byte_ends_the_work() -> None:
    stream = ClosableStream()

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0.01)

    await EventStreamResponse(stream)({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    assert stream.is_closed
