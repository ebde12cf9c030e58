"""The address that citations of the chat lead to."""

import pytest
from starlette.requests import Request

from web.page_address import page_address


def address(scheme: str = "http", **headers: str) -> str:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "headers": pairs, "scheme": scheme, "path": "/v1/x", "query_string": b"code=secret"}
    return page_address(Request(scope))


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.delenv("BASE_PATH", raising=False)


def test_it_is_the_host_that_was_asked_for() -> None:
    assert address(host="127.0.0.1:7071") == "http://127.0.0.1:7071/"
    assert address(host="worker:50", x_forwarded_host="localhost:7071") == "http://localhost:7071/"


def test_it_is_https_where_the_front_end_says_so() -> None:
    assert address(host="app.azurewebsites.net", x_forwarded_proto="https") == "https://app.azurewebsites.net/"
    assert address("https", host="app.azurewebsites.net") == "https://app.azurewebsites.net/"
    assert address(host="localhost", x_forwarded_proto="https") == "http://localhost/"


def test_the_public_address_goes_before_all_that_a_request_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://example.org/photos")

    assert address(host="evil.example", x_forwarded_proto="http") == "https://example.org/photos/"


def test_a_base_path_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_PATH", "/photos")

    assert address(host="localhost") == "http://localhost/photos/"
