"""Bodies and numbers that are too large, too deep or no text: refused by their number, and never an error of ours."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.access.roles import Role
from tests.web.fake_services import FakeServices
from web.entry import answer
from web.routes import CHAT_BODY, ROUTES, SMALL_BODY, Access, Route

JSON = {"Content-Type": "application/json"}
ID = "0" * 32
NESTED = 100_000


def path_of(route: Route) -> str:
    return "/" + re.sub(r"\{\*?\w+\}", ID, route.path).lstrip("/")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_every_route_has_a_limit_and_only_uploads_count_for_themselves(route: Route) -> None:
    assert (route.body_limit is None) == (route.function in {"upload", "import_csv"})
    assert route.body_limit is None or route.body_limit <= CHAT_BODY


@pytest.mark.parametrize("route", [each for each in ROUTES if each.body_limit], ids=lambda route: route.function)
async def test_a_body_that_says_it_is_too_large_is_not_read(route: Route, http: httpx.AsyncClient) -> None:
    headers = JSON | {"Content-Length": str((route.body_limit or 0) + 1)}

    response = await http.request(route.method, path_of(route), headers=headers, content=b"")

    assert (response.status_code, response.json()["error"]["code"]) == (413, "payload_too_large")


@pytest.mark.usefixtures("services")
async def test_a_body_is_read_no_further_than_its_limit() -> None:
    async def handler(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    async def status(size: int) -> tuple[int, int]:
        chunks = [b"x" * 10] * (size // 10)
        messages = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]
        messages.append({"type": "http.request", "body": b"", "more_body": False})
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
        incoming = iter(messages)

        async def receive() -> object:
            return next(incoming)

        route = Route("test", "POST", "/", handler, Access.COST, Role.VIEWER, body_limit=100)
        response = await answer(route, Request(scope, receive))  # type: ignore[arg-type]
        return response.status_code, len(list(incoming))

    assert await status(100) == (200, 0)
    assert await status(110) == (413, 1)
    assert await status(100_000) == (413, 9990)


def chat(text: str) -> bytes:
    return b'{"messages": [{"role": "user", "content": %s}]}' % text.encode()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/links"])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * NESTED,
        b'{"messages":' * NESTED,
        b"[" * NESTED + b"]" * NESTED,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        chat('"\\ud800"'),
        chat('"\\uDC00 \\uD83D"'),
        b'{"messages": [{"role": "user", "content": "\xed\xa0\x80"}]}',
        b'{"ids": ["\\ud800"]}',
        b'{"max_tokens": %s}' % (b"9" * 5000),
        b'{"max_tokens": NaN, "temperature": Infinity}',
        b"\xff\xfe\x00",
        b"\x00" * 100,
        b"",
        b"null",
        b'"x"',
        b"[]",
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_no_body_is_an_error_of_ours(path: str, body: bytes, http: httpx.AsyncClient) -> None:
    response = await http.post(path, content=body, headers=JSON)

    assert response.status_code == (413 if path == "/api/links" and len(body) > SMALL_BODY else 400), response.text
    assert len(response.text) < 2000


async def test_a_conversation_longer_than_models_read_is_refused_at_once(http: httpx.AsyncClient) -> None:
    messages = [{"role": "user", "content": "x" * 400_000}] * 3

    response = await http.post("/v1/chat/completions", json={"messages": messages})

    assert (response.status_code, response.json()["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize("digits", ["9" * 5000, "٣" * 5000, "-1", "1.5", "1e3", "²", "NaN"])
async def test_no_number_is_an_error_of_ours(digits: str, http: httpx.AsyncClient, services: FakeServices) -> None:
    for path in (f"/api/photos/{ID}/similar", "/api/failures", "/api/search"):
        for name in ("top", "skip"):
            if path == f"/api/photos/{ID}/similar" and name == "skip":
                continue
            response = await http.get(path, params={name: digits})
            assert response.status_code == 400, (path, name, response.text[:300])
            assert response.json()["error"]["param"] == name


@pytest.mark.parametrize("path", ["", "/", "//", ".", "%00", "%ED%A0%80", "a" * 2000, "%FF"])
async def test_no_path_is_an_error_of_ours(path: str, http: httpx.AsyncClient) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"x"

    for method, suffix in (("PUT", ""), ("GET", ""), ("GET", "/original"), ("DELETE", "")):
        response = await http.request(method, f"/api/photos/{path}{suffix}", content=content())
        assert response.status_code < 500, (method, path, response.text)


@pytest.mark.parametrize("name", ["q", "tag", "near", "folder", "taken_in", "x" * 1000])
async def test_a_long_query_string_is_answered(name: str, http: httpx.AsyncClient) -> None:
    response = await http.get(f"/api/search?{name}={'a' * 60_000}")

    assert response.status_code < 500
    assert len(response.text) < 100_000


@pytest.mark.parametrize("route", [each for each in ROUTES if "{" in each.path], ids=lambda route: route.function)
@pytest.mark.usefixtures("services")
async def test_a_parameter_that_the_host_leaves_out_is_empty(route: Route) -> None:
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": route.method, "path": "/", "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    response = await answer(route, Request(scope | {"path_params": {}}, receive))

    assert response.status_code in {400, 404} or route.function == "share_page"  # the same for every token
