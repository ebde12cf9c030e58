"""Errors as responses, and compressed JSON."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.errors import (
    BadPhoto,
    BadReply,
    BadRequest,
    NotFound,
    Outage,
    Paused,
    PhotoError,
    SettingsError,
    Throttled,
    Transient,
)
from web.responses import compressed_json, respond, retry_headers


def request(**headers: str) -> Request:
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": encoded})


async def response_to(error: Exception) -> Response:
    async def handler(_: Request) -> Response:
        raise error

    return await respond(handler, request(), function="search")


def error_of(response: Response) -> dict[str, Any]:
    body = json.loads(bytes(response.body))
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    return dict(body["error"])


async def test_what_a_handler_returns_is_passed_on() -> None:
    answer, calls = JSONResponse({}), []

    async def handler(received: Request) -> Response:
        calls.append(received)
        return answer

    incoming = request()

    assert await respond(handler, incoming, function="search") is answer
    assert calls == [incoming]


@pytest.mark.parametrize(
    ("error", "status", "type_", "code", "param"),
    [
        (BadRequest("no", param="top"), 400, "invalid_request_error", "invalid_value", "top"),
        (BadRequest("no", code="content_filter"), 400, "invalid_request_error", "content_filter", None),
        (NotFound("no", param="id"), 404, "invalid_request_error", "not_found", "id"),
        (BadPhoto("no"), 422, "invalid_request_error", "bad_photo", None),
        (Throttled("no"), 429, "rate_limit_error", "rate_limit_exceeded", None),
        (Paused("no"), 429, "rate_limit_error", "budget_spent", None),
        (Outage("no"), 503, "server_error", "dependency_down", None),
        (BadReply("no"), 503, "server_error", "service_unavailable", None),
        (PhotoError("no"), 500, "server_error", "server_error", None),
        (SettingsError("no"), 500, "server_error", "settings", None),
    ],
)
async def test_every_error_has_its_status_and_its_body(
    error: Exception, status: int, type_: str, code: str, param: str | None
) -> None:
    response = await response_to(error)

    assert response.status_code == status
    assert error_of(response) == {"message": "no", "type": type_, "param": param, "code": code}
    assert "retry-after" not in response.headers


@pytest.mark.parametrize(("wait", "seconds"), [(7, "7"), (7.4, "7"), (7.6, "8"), (0.2, "1"), (1.0, "1")])
async def test_an_error_that_knows_how_long_to_wait_says_so(wait: float, seconds: str) -> None:
    assert (await response_to(Throttled("no", wait=wait))).headers["Retry-After"] == seconds


@pytest.mark.parametrize("error", [Transient("no"), Transient("no", wait=0), BadRequest("no"), SettingsError("no")])
def test_an_error_that_does_not_know_has_no_header(error: PhotoError | SettingsError) -> None:
    assert retry_headers(error) == {}


async def test_clients_do_not_ask_again_on_a_day_that_is_used_up() -> None:
    response = await response_to(Paused("no", wait=3600))

    assert (response.headers["Retry-After"], response.headers["x-should-retry"]) == ("3600", "false")
    assert "x-should-retry" not in (await response_to(Throttled("no", wait=3600))).headers


async def test_an_error_of_ours_is_logged_under_its_function_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    response = await response_to(ZeroDivisionError("secret"))

    assert response.status_code == 500
    assert error_of(response)["code"] == "server_error"
    assert "secret" not in error_of(response)["message"]
    [record] = caplog.records
    assert (record.name, record.levelname) == ("search", "ERROR")
    assert "ZeroDivisionError: secret" in caplog.text


def test_json_is_compressed_for_callers_that_accept_it() -> None:
    content = {"photos": ["Zürich"] * 100, "score": float("nan")}

    plain = compressed_json(content, request())
    packed = compressed_json(content, request(accept_encoding="br, gzip"))

    assert gzip.decompress(bytes(packed.body)) == plain.body
    assert json.loads(bytes(plain.body)) == {"photos": ["Zürich"] * 100, "score": None}
    assert len(packed.body) < len(plain.body) / 3
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"] == plain.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (
            {"score": float("nan"), "caption": "café", "tags": ["sea", None]},
            '{"score":null,"caption":"café","tags":["sea",null]}',
        ),
        ({"number": 2**70}, '{"number":1180591620717411303424}'),
        ({1: "one"}, '{"1":"one"}'),
        ({"at": datetime(2024, 7, 1, 12, tzinfo=UTC)}, '{"at":"2024-07-01T12:00:00Z"}'),
    ],
)
def test_json_is_written_alike_by_whichever_encoder_knows_it(content: Any, written: str) -> None:
    assert compressed_json(content, request()).body == written.encode()
