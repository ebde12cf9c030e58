"""Links lead from a response to an operation, by a value that the response has."""

from typing import Any

import pytest

from web.openapi.document import document
from web.openapi.links import LINKS
from web.routes import ROUTES

DOCUMENT = document(("photos", "chat"))
OPERATIONS = {each["operationId"]: each for does in DOCUMENT["paths"].values() for each in does.values()}
CASES = [
    (source, status, link)
    for source, operation in OPERATIONS.items()
    for status, response in operation["responses"].items()
    for link in response.get("links", {}).values()
]


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def schema_at(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    for part in pointer.removeprefix("/").split("/"):
        schema = resolve(schema)
        schema = schema["items"] if part.isdigit() else schema["properties"][part]
    return resolve(schema)


@pytest.mark.parametrize(("source", "status", "link"), CASES, ids=str)
def test_a_link_hands_a_text_of_the_response_to_a_parameter(source: str, status: str, link: dict[str, Any]) -> None:
    target = OPERATIONS[link["operationId"]]
    response = OPERATIONS[source]["responses"][status]["content"]["application/json"]["schema"]
    parameters = link.get("parameters", {})

    assert parameters.keys() <= {each["name"] for each in target["parameters"]}
    assert {each["name"] for each in target["parameters"] if each.get("required")} <= parameters.keys()
    for expression in [*parameters.values(), *link.get("requestBody", {}).get("ids", [])]:
        assert schema_at(response, expression.removeprefix("$response.body#"))["type"] == "string"


def test_every_link_is_in_the_document() -> None:
    assert {source for source, _, _ in CASES} == LINKS.keys()
    assert len(CASES) == sum(len(links) for each in LINKS.values() for links in each.values())


def test_whatever_has_an_id_in_its_path_is_linked_to() -> None:
    linked = {link["operationId"] for _, _, link in CASES}

    # A response is never kept, so none leads to it; an upload names its path itself; pictures and exports are signed.
    assert {each.function for each in ROUTES if "{id}" in each.path} - linked == {
        "response",
        "picture",
        "export_file",
        "shared_picture",
        "shared_original",  # takes the token, which no response repeats
    }
