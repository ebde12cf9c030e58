"""The OpenAPI document as a whole."""

import json
import re
from typing import Any

import httpx
import pytest

from web.openapi.document import document
from web.routes import ROUTES

DOCUMENT = document(("photos", "chat"))


def references(value: Any) -> set[str]:
    """Every name a part of the document refers to."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(references(each) for each in value))
    return set()


def plain(path: str) -> str:
    """A path without the names of its parameters, which differ between the routes and the document."""
    return re.sub(r"\{.*?\}", "{}", path.strip("/"))


def test_every_reference_leads_somewhere() -> None:
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    assert references(DOCUMENT) <= schemas
    assert len(schemas) > 20


AGENTS = {"mcp", "mcp_stream", "mcp_end"}  # their protocol describes itself


def test_every_route_but_the_page_is_described_and_nothing_else() -> None:
    described = {(method.upper(), plain(path)) for path, each in DOCUMENT["paths"].items() for method in each}
    routes = {
        (route.method, plain(route.path))
        for route in ROUTES
        if route.function not in {"page", "page_file", "share_page", "openapi"} | AGENTS
    }

    assert described == routes


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for each in DOCUMENT["paths"].values() for operation in each.values()]

    assert len(names) == len(set(names))


def test_every_parameter_of_a_path_is_described() -> None:
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            described = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert described == set(re.findall(r"\{(\w+)\}", path))


def test_it_is_written_as_json() -> None:
    assert json.loads(json.dumps(DOCUMENT))["paths"].keys() == DOCUMENT["paths"].keys()


def test_keys_may_come_in_a_header_or_in_the_query_or_not_at_all() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert {(each["type"], each["in"], each["name"]) for each in schemes.values()} == {
        ("apiKey", "header", "x-functions-key"),
        ("apiKey", "query", "code"),
    }
    assert DOCUMENT["security"] == [{name: []} for name in schemes] + [{}]
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"].keys() == {"title", "version", "description"}


def test_our_own_keys_may_also_come_as_openai_clients_send_them() -> None:
    locked = document(("photos",), auth="key")
    schemes = locked["components"]["securitySchemes"]

    assert locked["security"] == [{name: []} for name in schemes]
    assert schemes["bearer"] == {"type": "http", "scheme": "bearer"}
    assert {each["name"] for each in schemes.values() if each["type"] == "apiKey"} == {
        "x-functions-key",
        "api-key",
        "code",
    }


async def test_the_document_names_the_models_of_the_app(http: httpx.AsyncClient) -> None:
    answer = (await http.get("/api/openapi.json")).json()

    assert answer["components"]["schemas"]["ChatRequest"]["properties"]["model"]["anyOf"][0] == {
        "enum": ["photos", "chat"]
    }


@pytest.mark.parametrize(
    ("settings", "server"),
    [
        ({}, "/"),
        ({"BASE_PATH": "/photos"}, "/photos"),
        ({"PUBLIC_URL": "https://example.org", "BASE_PATH": "/photos"}, "https://example.org/photos"),
    ],
)
async def test_the_server_is_where_people_reach_the_app(
    settings: dict[str, str], server: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert (await http.get("/api/openapi.json")).json()["servers"] == [{"url": server}]


def test_where_people_sign_in_a_bearer_is_a_token_of_entra_id_and_a_key_goes_elsewhere() -> None:
    open_to_people = document(("photos",), auth="platform")
    schemes = open_to_people["components"]["securitySchemes"]

    assert open_to_people["security"] == [{name: []} for name in schemes]
    assert [each["bearerFormat"] for each in schemes.values() if each["type"] == "http"] == ["JWT"]
    assert {(each["in"], each["name"]) for each in schemes.values() if each["type"] == "apiKey"} == {
        ("header", "x-functions-key"),
        ("header", "api-key"),
        ("query", "code"),
        ("cookie", "AppServiceAuthSession"),
    }
