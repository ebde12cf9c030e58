"""Apps without streaming: func.HttpRequest in, func.HttpResponse out."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.local.host.conftest import RunningHost


def test_the_function_gets_the_whole_request(buffered_host: RunningHost) -> None:
    url = f"{buffered_host.url}/api/hello/J%C3%BCrgen?a=1&a=2&b=%2F"

    response = httpx.post(url, content=b"\x00\xff body", headers={"User-Agent": "test"})

    assert response.status_code == 201
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "method": "POST",
        "url": url,
        "name": "Jürgen",
        "query": {"a": "1,2", "b": "/"},
        "agent": "test",
        "body": "\x00ÿ body",
    }


def test_an_optional_route_parameter_may_be_missing(buffered_host: RunningHost) -> None:
    assert httpx.get(f"{buffered_host.url}/api/hello").json()["name"] is None


def test_cookies_come_back_with_their_attributes(buffered_host: RunningHost) -> None:
    cookies = httpx.get(f"{buffered_host.url}/api/hello").headers.get_list("set-cookie")

    assert cookies == ["a=1; Path=/; SameSite=Lax; HttpOnly", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]


def test_a_returned_text_is_plain_text(buffered_host: RunningHost) -> None:
    response = httpx.get(f"{buffered_host.url}/api/text")

    assert response.text == "plain text"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_failing_function_is_500_and_reveals_nothing(buffered_host: RunningHost) -> None:
    response = httpx.get(f"{buffered_host.url}/api/fails")

    assert response.status_code == 500
    assert response.text == ""


def test_sync_functions_run_side_by_side(buffered_host: RunningHost) -> None:
    def elapsed() -> float:
        return httpx.get(f"{buffered_host.url}/api/slow", timeout=30).elapsed.total_seconds()

    with ThreadPoolExecutor(4) as threads:
        times = list(threads.map(lambda _: elapsed(), range(4)))

    assert max(times) < 4 * 0.5  # one after another the last would wait this long


def test_the_host_has_a_home_page_if_no_function_has_the_root(buffered_host: RunningHost) -> None:
    assert "up and running" in httpx.get(buffered_host.url).text
