"""Operations that search: search, suggest and autocomplete, each by POST and by GET."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import Response

from local.search.errors import BadRequestError
from local.search.handlers.request import ApiRequest, json_response
from local.search.query.search import search
from local.search.query.suggestions import autocomplete, suggest

LIST_PARAMETERS = {"facet": "facets", "scoringParameter": "scoringParameters"}
INTEGER_PARAMETERS = {"$top": "top", "$skip": "skip"}
BOOLEAN_PARAMETERS = ("$count", "fuzzy")


def post_search(request: ApiRequest) -> Response:
    return json_response(run_search(request, request.json))


def run_search(request: ApiRequest, body: Any) -> dict[str, Any]:
    with request.index.search_view(request.arrival_sequence) as view:
        return search(body, view, semantic_enabled=request.semantic_enabled, next_link=continuation_link(request))


def continuation_link(request: ApiRequest) -> str:
    """Return the address a continuation is posted to."""
    base, _, _ = request.url.partition("/docs")
    return f"{base}/docs/search.post.search?api-version={request.query_params.get('api-version', '')}"


def get_search(request: ApiRequest) -> Response:
    """Run the same search with its parameters in the address."""
    return json_response(run_search(request, body_from_query_string(request.url)))


def post_suggest(request: ApiRequest) -> Response:
    with request.index.search_view(request.arrival_sequence) as view:
        return json_response(suggest(request.json, view))


def get_suggest(request: ApiRequest) -> Response:
    with request.index.search_view(request.arrival_sequence) as view:
        return json_response(suggest(body_from_query_string(request.url), view))


def post_autocomplete(request: ApiRequest) -> Response:
    with request.index.search_view(request.arrival_sequence) as view:
        return json_response(autocomplete(request.json, view))


def get_autocomplete(request: ApiRequest) -> Response:
    with request.index.search_view(request.arrival_sequence) as view:
        return json_response(autocomplete(body_from_query_string(request.url), view))


def body_from_query_string(url: str) -> dict[str, Any]:
    """Translate query parameters into the body of a POST."""
    body: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        plain = name.removeprefix("$")
        if name in INTEGER_PARAMETERS:
            body[INTEGER_PARAMETERS[name]] = parse_integer(name, value)
        elif name in BOOLEAN_PARAMETERS:
            body[plain] = value.lower() == "true"
        elif name == "minimumCoverage":
            body[name] = float(parse_integer(name, value))
        elif name in LIST_PARAMETERS:
            body.setdefault(LIST_PARAMETERS[name], []).append(value)
        elif plain in LIST_PARAMETERS.values():
            raise BadRequestError(not_in_an_address(plain))
        elif name != "api-version":
            body[plain] = value
    return body


def not_in_an_address(name: str) -> str:
    """Say what a list is called in an address, where it has one parameter for each item."""
    singular = next(parameter for parameter, plural in LIST_PARAMETERS.items() if plural == name)
    return (
        f"The request is invalid. Details: The parameter '{name}' is not a valid parameter for a GET; "
        f"use '{singular}', once for each item."
    )


def parse_integer(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadRequestError.for_parameter(f"'{value[:100]}' is not a whole number.", name)
    return int(value)
