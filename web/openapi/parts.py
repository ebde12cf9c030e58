"""What the operations of the OpenAPI document are put together from."""

from collections.abc import Sequence
from typing import Any

from shared.errors import PhotoError
from web.openapi.schemas import reference


def operation(
    name: str,
    summary: str,
    responses: dict[str, Any],
    *errors: type[PhotoError],
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An operation; `errors` are those the caller can cause, and others are always possible."""
    error_responses = {str(error.status): error_response(str(error.__doc__)) for error in errors}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": responses | error_responses | {"default": error_response("What is wrong")},
    }


def json_body(name: str) -> dict[str, Any]:
    """A body of JSON that the operation needs."""
    return {"requestBody": {"required": True, "content": json_content(name)}}


def query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter of the query."""
    return {"name": name, "in": "query", "schema": schema}


def path_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def whole_number(maximum: int) -> dict[str, Any]:
    """From 0 to a maximum."""
    return {"type": "integer", "minimum": 0, "maximum": maximum}


def json_response(name: str, status: int = 200) -> dict[str, Any]:
    """The response with this status, which is JSON."""
    return {str(status): success(json_content(name))}


def json_content(name: str) -> dict[str, Any]:
    """JSON of this schema."""
    return {"application/json": {"schema": reference(name)}}


def success(content: dict[str, Any]) -> dict[str, Any]:
    """A response to what went well."""
    return {"description": "Success", "content": content}


def error_response(description: str) -> dict[str, Any]:
    """A response to what did not."""
    return {"description": description, "content": json_content("Error")}
