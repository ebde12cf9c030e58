"""The operations: parameters, bodies and responses."""

import re
from typing import Any

import pytest

from shared.blob_name import MAX_PATH_LENGTH
from shared.errors import BadRequest
from shared.search.filters import Filters
from web.openapi.operations import BLANK, DATE, NEAR, PATH, paths
from web.parameters import LINKS, LIST_FILTERS, REPEATED_FILTERS, SEARCH_FIELDS, SINGLE_FILTERS, parse_upload_path

PATHS = paths()


def parameters(method: str, path: str) -> dict[str, Any]:
    return {each["name"]: each for each in PATHS[path][method]["parameters"]}


def test_a_search_has_every_parameter_that_is_read() -> None:
    described = parameters("get", "/api/search")

    lists = {*LIST_FILTERS, *REPEATED_FILTERS}
    assert set(described) == SEARCH_FIELDS | SINGLE_FILTERS | lists | {LINKS}
    assert {described[name]["schema"]["type"] for name in lists} == {"array"}
    assert {each["in"] for each in described.values()} == {"query"}
    assert not any(each.get("required") for each in described.values())


def test_parameters_of_a_search_are_never_null() -> None:
    described = parameters("get", "/api/search")
    schemas = {}

    assert "null" not in str(described)
    for name in SEARCH_FIELDS | SINGLE_FILTERS:
        schemas[name], blank = described[name]["schema"]["anyOf"]
        assert blank == BLANK
        assert not schemas[name].keys() & {"title", "default"}
    assert schemas["top"] == {"type": "integer", "minimum": 0, "maximum": 200}
    assert schemas["fold"] == {"type": "boolean"}
    assert schemas["orientation"]["enum"] == ["landscape", "portrait", "square"]
    assert schemas["people"]["anyOf"] == [
        {"enum": ["none", "some"], "type": "string"},
        {"maximum": 1000, "minimum": 0, "type": "integer"},
    ]
    assert described["tag"]["schema"]["type"] == "array"
    assert described["keyword_path"]["schema"]["description"].startswith("Keyword paths, such as")
    assert schemas["near"]["pattern"] == NEAR
    for name in ("taken_in", "taken_after", "taken_before"):
        assert schemas[name] == DATE
    assert described["tag"]["schema"]["items"] == {"type": "string", "maxLength": 500}


@pytest.mark.parametrize("text", ["47.37,8.54,5", "-90,180", "0,-179.999999,9999.5", "90,0,1"])
def test_the_pattern_of_near_lets_through_what_is_read(text: str) -> None:
    assert re.fullmatch(NEAR, text)
    assert Filters.model_validate({"near": text}).near


@pytest.mark.parametrize("text", ["91,0", "0,181", "1,2,0", "1,2,3,4", "here", "1"])
def test_the_pattern_of_near_keeps_out_what_is_not(text: str) -> None:
    assert not re.fullmatch(NEAR, text)


@pytest.mark.parametrize(
    "path",
    [
        *[
            "a",
            "a/b.jpg",
            ".a/b",
            "a..b",
            "ü/ b",
            "/a",
            "a//b",
            "a/",
            "a.",
            "a/../b",
            "a\\b",
            "a\tb",
            "",
            " ",
        ],
        *[
            "\u3000",
            "a/" * 253 + "a",
            "a/" * 254 + "a",
            "a\x85b",
            "a\x9fb",
            "a\xa0b",
            "a\ufffdb",
            "a\ufffe",
            "\u200f\u05d0",
        ],
    ],
)
def test_the_pattern_of_paths_is_what_uploads_take(path: str) -> None:
    try:
        parse_upload_path(path)
    except BadRequest:
        assert not re.search(PATH["pattern"], path)
    else:
        assert re.search(PATH["pattern"], path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", 0), ("2024", 1), ("2024-05", 2), ("999", None), ("2024-13", None), ("2024-00", None)],
)
def test_the_schema_of_dates_tells_years_from_months(text: str, kind: int | None) -> None:
    schemas = DATE["anyOf"]
    fits = [
        index
        for index, schema in enumerate(schemas[:3])
        if re.search(schema.get("pattern", ""), text) and len(text) <= schema.get("maxLength", len(text))
    ]

    assert fits == ([] if kind is None else [kind])
    assert [schema.get("format") for schema in schemas[3:]] == ["date", "date-time"]
    assert {schema["type"] for schema in schemas} == {"string"}


def test_an_upload_has_a_body_of_any_type() -> None:
    upload = PATHS["/api/photos/{photo}"]["put"]

    assert upload["requestBody"]["required"]
    assert upload["requestBody"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "minLength": 1, "format": "binary"}},
        "text/plain": {"schema": {"type": "string", "minLength": 1}},
    }
    assert upload["parameters"][0]["schema"]["maxLength"] == MAX_PATH_LENGTH
    assert upload["parameters"][0]["required"]


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("post", "/v1/chat/completions", {"200", "400", "429"}),
        ("post", "/v1/responses", {"200", "400", "429"}),
        ("get", "/v1/responses/{id}", {"404"}),
        ("get", "/v1/models", {"200"}),
        ("get", "/v1/models/{id}", {"200", "404"}),
        ("get", "/api/search", {"200", "400"}),
        ("get", "/api/map", {"200", "400"}),
        ("get", "/api/photos/{photo}", {"200", "404"}),
        ("put", "/api/photos/{photo}", {"200", "201", "400", "412", "422"}),
        ("delete", "/api/photos/{photo}", {"200", "404", "412"}),
        ("get", "/api/photos/{id}/similar", {"200", "400", "404"}),
        ("get", "/api/photos/{id}/thumbnail", {"302", "400", "404"}),
        ("get", "/api/photos/{id}/preview", {"302", "404"}),
        ("get", "/api/photos/{id}/original", {"302", "404"}),
        ("get", "/api/originals/{path}", {"200", "204", "400", "404"}),
        ("delete", "/api/originals/{path}", {"200", "400", "404", "412"}),
        ("post", "/api/links", {"200", "400"}),
        ("get", "/api/pictures/{size}/{id}", {"200", "206", "304", "403", "404", "416"}),
        ("get", "/api/status", {"200", "503"}),
        ("get", "/api/failures", {"200", "400"}),
        ("post", "/api/failures/{id}/retry", {"202", "400", "404"}),
        ("post", "/api/failures/retry", {"202"}),
        ("get", "/api/health", {"200", "503"}),
    ],
)
def test_every_operation_names_its_statuses(method: str, path: str, statuses: set[str]) -> None:
    responses = PATHS[path][method]["responses"]

    assert set(responses) == statuses | {"default"}
    for status, response in responses.items():
        assert response["description"]
        if status in {"400", "404", "422", "default"}:
            assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "ChatRequest"),
        ("/v1/responses", "ResponsesRequest"),
        ("/api/links", "PictureLinksRequest"),
    ],
)
def test_requests_with_json_have_a_schema(path: str, name: str) -> None:
    body = PATHS[path]["post"]["requestBody"]

    assert body == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_what_is_ignored_and_refused_is_said(path: str) -> None:
    description = PATHS[path]["post"]["description"]

    assert "`safety_identifier`: `user` is passed on" in description
    assert "Refused:" in description


def test_a_redirect_has_a_location() -> None:
    headers = PATHS["/api/photos/{id}/preview"]["get"]["responses"]["302"]["headers"]

    assert headers == {"Location": {"required": True, "schema": {"type": "string"}}}


def test_failures_are_chosen_by_state_and_page() -> None:
    described = {name: each["schema"] for name, each in parameters("get", "/api/failures").items()}

    assert described == {
        "state": {"type": "string", "enum": ["retrying", "failed"]},
        "top": {"type": "integer", "minimum": 0, "maximum": 1000},
        "skip": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
    }
