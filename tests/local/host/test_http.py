"""HTTP functions through the host: requests and responses pass through unchanged and without delay."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.host.conftest import HostSandbox, RunningHost
from tests.machine import eventually


@pytest.fixture
def client(host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=30) as client:
        yield client


def raw(host: RunningHost, request: bytes) -> bytes:
    """The response to exactly these bytes, until the host closes the connection."""
    with socket.create_connection(("127.0.0.1", urlsplit(host.url).port or 0), timeout=10) as connection:
        connection.sendall(request)
        response = b""
        while piece := connection.recv(65536):
            response += piece
        return response


@pytest.mark.parametrize("end", [b"\0", b"\r", b"\r\n no-colon"])
@pytest.mark.parametrize("name", [b"Authorization: Bearer ", b"api-key: ", b"x-functions-key: ", b"Cookie: "])
def test_a_malformed_request_leaves_no_key_in_the_log(host: RunningHost, name: bytes, end: bytes) -> None:
    key = b"a-key-in-a-malformed-request"

    response = raw(host, b"GET /echo/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + name + key + end + b"\r\n\r\n")

    assert response.split()[1] == b"400"
    assert key.decode() not in host.log


@pytest.mark.parametrize(
    "target", [b"CONNECT evil.example:443", b"OPTIONS *", b"GET *", b"GET evil.example:80", b"GET ?"]
)
def test_a_request_for_no_path_is_a_bad_request(host: RunningHost, target: bytes) -> None:
    response = raw(host, target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert response.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 404"))


def test_paths_and_queries_arrive_as_they_were_written(host: RunningHost) -> None:
    target = b"/echo/a%20b%2Fc%23/%C3%BC%25%22'?q=%2F%20+&x=%C3%BC&x=2"

    response = raw(host, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").decode()

    assert '"raw":"/echo/a%20b%2Fc%23/%C3%BC%25%22\'"' in response
    assert '"query":"q=%2F%20+&x=%C3%BC&x=2"' in response
    assert '"path":"a b%2Fc#/ü%\\"\'"' in response


def test_routes_with_literals_win_over_parameters(client: httpx.Client) -> None:
    assert client.get("/echo/literal").text == "literal"
    assert client.get("/echo/other").json()["path"] == "other"


def test_a_value_that_breaks_a_constraint_is_not_found(client: httpx.Client) -> None:
    assert client.get("/items/12").json() == {"item": "12"}
    assert client.get("/items/twelve").status_code == 404


def test_a_known_path_with_a_wrong_method_is_405_and_names_the_right_ones(client: httpx.Client) -> None:
    response = client.delete("/items/12")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"


def test_head_is_answered_like_get_without_a_body(client: httpx.Client) -> None:
    response = client.head("/items/12")

    assert response.status_code == 200
    assert response.headers["Content-Length"] == "13"
    assert response.content == b""


def test_options_lists_the_methods_of_a_path(client: httpx.Client) -> None:
    response = client.options("/items/12")

    assert response.status_code == 204
    assert response.headers["Allow"] == "GET"


def test_a_route_for_the_root_replaces_the_home_page(client: httpx.Client) -> None:
    assert client.get("/").text == "home of the app"


def test_paths_the_worker_s_web_framework_would_serve_reach_the_app(client: httpx.Client) -> None:
    assert client.get("/docs").text == "docs of the app"
    assert client.get("/openapi.json").text == "openapi of the app"
    assert client.get("/redoc").status_code == 404


def test_the_invocation_id_is_the_host_s_own(client: httpx.Client) -> None:
    headers = client.get("/echo/x", headers={"X-Ms-Invocation-Id": "mine"}).json()["headers"]

    assert len(headers["x-ms-invocation-id"]) == 36


def test_the_function_gets_the_address_the_client_used(client: httpx.Client) -> None:
    echo = client.get("/echo/x", headers={"Host": "photos.example:8080"}).json()

    assert echo["url"] == "http://photos.example:8080/echo/x"
    assert echo["headers"]["x-forwarded-host"] == "photos.example:8080"
    assert echo["headers"]["x-forwarded-for"] == "127.0.0.1"


def test_no_headers_are_added_but_the_proxy_s(host: RunningHost) -> None:
    response = raw(host, b"GET /echo/x HTTP/1.1\r\nHost: a\r\nX-Mine: 1\r\nConnection: close, x-mine\r\n\r\n")

    echo = json.loads(response.partition(b"\r\n\r\n")[2])["headers"]
    added = {"x-ms-invocation-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
    assert set(echo) == {"host"} | added


def test_a_redirect_passes_with_its_cookies(client: httpx.Client) -> None:
    response = client.get("/moved")

    assert response.status_code == 302
    assert response.headers["Location"] == "https://example.com/else%20where?a=%2F"
    assert [cookie.split(";")[0] for cookie in response.headers.get_list("set-cookie")] == ["a=1", "b=2"]


def test_a_failing_function_is_500_and_reveals_nothing(client: httpx.Client, host: RunningHost) -> None:
    response = client.get("/fails")

    assert response.status_code == 500
    assert "secret" not in response.text
    eventually(lambda: _assert_in("ValueError: secret detail", host.log))


def _assert_in(text: str, log: str) -> None:
    assert text in log


def test_events_arrive_while_the_function_still_streams(client: httpx.Client) -> None:
    delays = []
    with client.stream("GET", "/stream?n=3&pause=1") as response:
        for line in response.iter_lines():
            if line:
                delays.append(time.time() - float(line.split()[-1]))

    assert len(delays) == 3
    assert max(delays) < 1.5  # all at the end, the first would be 2 late


def test_a_client_that_leaves_closes_the_stream_in_the_function(client: httpx.Client, host: RunningHost) -> None:
    before = len(host.events("stream closed"))
    with client.stream("GET", "/stream?n=1200&pause=0.05") as response:
        next(response.iter_lines())

    def closed() -> None:
        assert len(host.events("stream closed")) == before + 1

    eventually(closed)  # the rest would take a minute


def test_a_stream_that_breaks_ends_broken_for_the_client(client: httpx.Client) -> None:
    with client.stream("GET", "/breaks") as response:
        pieces = response.iter_text()

        assert next(pieces) == "data: 1\n\n"
        with pytest.raises(httpx.TransportError):
            next(pieces)


def test_request_bodies_reach_the_function_while_they_are_sent(client: httpx.Client, host: RunningHost) -> None:
    before = len(host.events("first piece"))

    def pieces() -> Iterator[bytes]:
        yield b"a" * 1000
        eventually(arrived)
        yield b"b" * 1000

    def arrived() -> None:
        assert len(host.events("first piece")) == before + 1

    assert client.put("/count", content=pieces()).json()["size"] == 2000


def test_large_bodies_pass_and_larger_ones_than_allowed_are_413(client: httpx.Client) -> None:
    limit = 104_857_600

    assert client.put("/count", content=bytes(limit)).json()["size"] == limit
    assert client.put("/count", content=iter([bytes(limit), b"1"])).status_code == 413


def test_a_body_announced_as_too_large_is_refused_unread(host: RunningHost) -> None:
    head = b"PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 104857601\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(host.url).port or 0), timeout=10) as connection:
        connection.sendall(head)

        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_body_is_awaited_only_after_100_continue_was_sent(host: RunningHost) -> None:
    head = b"PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(host.url).port or 0), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        response = b""
        while piece := connection.recv(65536):
            response += piece

    assert b'{"size":3,' in response


async def test_many_streams_run_side_by_side(host: RunningHost) -> None:
    async with httpx.AsyncClient(base_url=host.url, limits=httpx.Limits(max_connections=None), timeout=30) as client:

        async def events() -> int:
            async with client.stream("GET", "/stream?n=10&pause=0.1") as response:
                return len([line async for line in response.aiter_lines() if line])

        start = time.monotonic()
        counts = await asyncio.gather(*(events() for _ in range(60)))

    assert counts == [10] * 60
    assert time.monotonic() - start < 60 * 10 * 0.1  # one after another would take this long


def test_a_streaming_function_sends_to_queues(
    client: httpx.Client, host: RunningHost, shared_sandbox: HostSandbox
) -> None:
    assert client.post("/send", json=["one", "two"]).status_code == 202

    def handled() -> None:
        assert {"one", "two"} <= {event["text"] for event in host.events("message")}

    eventually(handled)


def test_an_unknown_path_is_404(client: httpx.Client) -> None:
    assert client.get("/nothing/here").status_code == 404


@pytest.mark.parametrize(
    "head",
    [
        b"GET /echo/x?" + b"q" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /echo/x HTTP/1.1\r\nHost: a\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n",
        b"GET /echo/x HTTP/1.1\r\nHost: a\r\nX-A: " + b"b" * 1_000_000 + b"\r\n\r\n",
        b"POST /echo/x HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    ],
    ids=["a long query", "many headers", "a long header", "a long length"],
)
def test_a_head_without_end_is_refused_at_once(host: RunningHost, client: httpx.Client, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(host.url).port or 0), timeout=30) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(head)
        with contextlib.suppress(ConnectionError):
            assert connection.recv(65536).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))

    assert client.get("/echo/x").status_code == 200
