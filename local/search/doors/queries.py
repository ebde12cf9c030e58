"""Doors of questions: search, suggest, autocomplete, analyze."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import Response

from local.search.doors.call import Call, answer
from local.search.errors import BadRequest
from local.search.query.search import search
from local.search.query.suggest import autocomplete, suggest

LISTS = {"facet": "facets", "scoringParameter": "scoringParameters"}
WHOLE = {"$top": "top", "$skip": "skip"}
FLAGS = ("$count", "fuzzy")


def post_search(call: Call) -> Response:
    return answer(run_search(call, call.json))


def run_search(call: Call, body: Any) -> dict[str, Any]:
    with call.index.searching(call.arrived) as view:
        return search(body, view, semantic=call.semantic, link=continuation_link(call))


def continuation_link(call: Call) -> str:
    """The address a continuation is posted to."""
    base, _, _ = call.url.partition("/docs")
    return f"{base}/docs/search.post.search?api-version={call.query.get('api-version', '')}"


def get_search(call: Call) -> Response:
    """The same search with its parameters in the address."""
    return answer(run_search(call, from_query(call.url)))


def post_suggest(call: Call) -> Response:
    with call.index.searching(call.arrived) as view:
        return answer(suggest(call.json, view))


def get_suggest(call: Call) -> Response:
    with call.index.searching(call.arrived) as view:
        return answer(suggest(from_query(call.url), view))


def post_autocomplete(call: Call) -> Response:
    with call.index.searching(call.arrived) as view:
        return answer(autocomplete(call.json, view))


def get_autocomplete(call: Call) -> Response:
    with call.index.searching(call.arrived) as view:
        return answer(autocomplete(from_query(call.url), view))


def from_query(url: str) -> dict[str, Any]:
    """Translate query parameters into the body of a POST."""
    body: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        plain = name.removeprefix("$")
        if name in WHOLE:
            body[WHOLE[name]] = whole(name, value)
        elif name in FLAGS:
            body[plain] = value.lower() == "true"
        elif name == "minimumCoverage":
            body[name] = float(whole(name, value))
        elif name in LISTS:
            body.setdefault(LISTS[name], []).append(value)
        elif name != "api-version":
            body[plain] = value
    return body


def whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadRequest.parameter(f"'{value[:100]}' is not a whole number.", name)
    return int(value)
