"""The sample photos are uploaded once, and replace nothing."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from local import samples


async def test_samples_are_uploaded_once_and_replace_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = f"/api/photos/samples/{samples.sample_photos()[0].relative_to(samples.SAMPLES).as_posix()}"
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(412 if request.url.path == taken else 201)

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)
    lines: list[str] = []

    for _ in range(2):
        await samples.upload_once("http://app", tmp_path / "marker", lines.append)

    assert taken in {request.url.path for request in requests}
    assert {request.headers["If-None-Match"] for request in requests} == {"*"}
    assert len(requests) == len(samples.sample_photos())
    assert lines == [f"uploaded {len(requests)} sample photos"]


async def test_a_sample_that_cannot_be_uploaded_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)

    with pytest.raises(httpx.HTTPStatusError):
        await samples.upload_once("http://app", tmp_path / "marker", print)
    assert not (tmp_path / "marker").exists()


async def test_what_the_app_waits_for_is_said_once_and_needs_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    down = {"health": "down", "checks": {"storage": "ok", "search": "no route"}, "error": {"message": "m"}}
    unlocked = httpx.Response(503, json={"error": {"message": "OPENAI_BASE_URL is missing"}})
    details = [httpx.Response(503, json=down), httpx.Response(503, json=down), unlocked]
    keys: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/health":
            return httpx.Response(503 if details else 200, json={})
        keys.append(request.headers.get("x-functions-key"))
        return details.pop(0)

    async def no_pause(_: float) -> None: ...

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)
    monkeypatch.setattr("local.samples.asyncio.sleep", no_pause)
    lines: list[str] = []

    await samples.wait_until_healthy("http://app", lines.append, key="k")

    assert lines == ["search is down: no route", "OPENAI_BASE_URL is missing"]
    assert keys == ["k"] * 3


async def test_progress_is_told_whenever_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = dict.fromkeys(("indexed", "waiting", "retrying", "failed"), 0)
    answers = [
        httpx.Response(200, json=nothing),
        httpx.Response(200, json=nothing),
        httpx.Response(503),
        httpx.Response(200, json=nothing | {"waiting": 2}),
        httpx.Response(200, json=nothing | {"indexed": 2}),
        httpx.Response(401),
    ]

    async def no_pause(_: float) -> None: ...

    client = partial(httpx.AsyncClient, transport=httpx.MockTransport(lambda _: answers.pop(0)))
    monkeypatch.setattr("local.samples.httpx.AsyncClient", client)
    monkeypatch.setattr("local.samples.asyncio.sleep", no_pause)
    lines: list[str] = []

    await samples.report_progress("http://app", lines.append)

    assert lines == [
        "photos: 0 indexed, 0 waiting, 0 retrying, 0 failed",
        "photos: 0 indexed, 2 waiting, 0 retrying, 0 failed",
        "photos: 2 indexed, 0 waiting, 0 retrying, 0 failed",
    ]
    assert answers == []
