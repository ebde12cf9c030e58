"""Doors of questions: search, suggest, autocomplete, analyze."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from local.search.doors.call import Call, answer
from local.search.errors import BadRequest
from local.search.query.search import search

LISTS = {"facet": "facets", "scoringParameter": "scoringParameters"}
WHOLE = {"$top": "top", "$skip": "skip"}


def post_search(call: Call) -> Response:
    return answer(run_search(call, call.json))


def run_search(call: Call, body: Any) -> dict[str, Any]:
    with call.index.searching() as view:
        return search(body, view, call.ranker, semantic=call.semantic, link=continuation_link(call))


def continuation_link(call: Call) -> str:
    """The address a continuation is posted to."""
    base, _, _ = call.url.partition("/docs")
    return f"{base}/docs/search.post.search?api-version={call.query.get('api-version', '')}"


def get_search(call: Call) -> Response:
    """The same search with its parameters in the address."""
    return answer(run_search(call, from_query(call.query, call.url)))


def from_query(query: Mapping[str, str], url: str) -> dict[str, Any]:
    """Translate query parameters into the body of a POST."""
    body: dict[str, Any] = {}
    for name, value in query.items():
        plain = name.removeprefix("$")
        if name in WHOLE:
            body[WHOLE[name]] = whole(name, value)
        elif name == "$count":
            body["count"] = value.lower() == "true"
        elif name == "minimumCoverage":
            body[name] = float(whole(name, value))
        elif name not in ("api-version", *LISTS):
            body[plain] = value
    return body


def whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadRequest.parameter(f"'{value[:100]}' is not a whole number.", name)
    return int(value)
