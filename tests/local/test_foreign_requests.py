"""What web pages of other origins can do to the stand-ins and to the host's own endpoints: nothing."""

import httpx
import pytest

from local.eventgrid.app import EventGridApp
from local.eventgrid.topic import Topic
from local.foreign_requests import ForeignRequestFilter, refusal
from local.models.inference import InferenceService
from local.models.server import create_app
from local.search.app import ApiKeys, SearchApp
from local.search.faults import SearchFaultQueue

FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "localhost.evil.example:7072"},
    {"Host": "localhost/evil.example"},
    {"Host": "localhost#.evil.example"},
    {"Host": "localhost?.evil.example"},
    {"Host": "evil.example@localhost"},
    {"Host": "["},
    {"Host": ""},
    {"Host": "localhost:7072", "Origin": "https://evil.example"},
    {"Host": "localhost:7072", "Origin": "http://localhost:7071"},
    {"Host": "localhost:7072", "Origin": "null"},
    {"Host": "localhost:7072", "Sec-Fetch-Site": "cross-site"},
    {"Host": "localhost:7072", "Sec-Fetch-Site": "same-site"},
    {"Host": "localhost:7072", "X-Forwarded-Host": "photos.example.org"},
    {"Host": "localhost:7072", "X-Forwarded-Host": "localhost, photos.example.org"},
]
OWN = [
    {"Host": "localhost"},
    {"Host": "127.0.0.1:7072"},
    {"Host": "[::1]:7072"},
    {"Host": "nas:7072"},
    {"Host": "localhost:7072", "X-Forwarded-Host": "nas, localhost:8080"},
    {"Host": "localhost:7072", "Origin": "http://localhost:7072", "Sec-Fetch-Site": "same-origin"},
    {"Host": "localhost:7072", "Sec-Fetch-Site": "none"},
]


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_foreign_request_is_refused(headers: dict[str, str]) -> None:
    assert refusal(lower(headers), {"nas"})
    assert refusal(lower(headers), {""})


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_what_comes_from_this_machine_is_not(headers: dict[str, str]) -> None:
    assert refusal(lower(headers), {"nas"}) is None


MODELS = create_app(InferenceService(fast=True), lambda _: None)
SEARCH = SearchApp(None, ApiKeys("key"), SearchFaultQueue(), semantic_enabled=True).starlette()  # type: ignore[arg-type]
EVENTS = EventGridApp(Topic(None, address="", speed=1), encoded=False).starlette()  # type: ignore[arg-type]


@pytest.mark.parametrize("app", [MODELS, SEARCH, EVENTS], ids=["models", "search", "events"])
@pytest.mark.parametrize(
    "path",
    ["/__faults", "/__calls", "/__options", "/__events", "/__health", "/v1/chat/completions", "/indexes", "/validate"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_no_route_of_a_stand_in_answers_a_foreign_page(app: object, path: str, method: str) -> None:
    transport = httpx.ASGITransport(ForeignRequestFilter(app))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7072") as client:
        for headers in FOREIGN:
            answer = await client.request(method, path, headers=headers, content=b'{"kind": "hang"}')
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Forbidden"), headers
        assert (await client.get("/__health")).status_code == 200
