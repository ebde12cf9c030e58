"""One request as the doors see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from starlette.responses import Response

from local.search.errors import BadRequest
from local.search.faults import DocumentFault
from local.search.index import SearchIndex
from local.search.service import Conditions, Service


@dataclass(frozen=True)
class Call:
    """
    Everything a door may need; `body` is parsed on first use.

    `arrived` is how much had been written to the index when a search came to stand in line.
    """

    service: Service
    semantic: bool
    url: str
    query: Mapping[str, str]
    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    document_fault: DocumentFault | None = None
    arrived: int | None = None

    @cached_property
    def json(self) -> Any:
        return parse_json(self.body)

    @property
    def name(self) -> str:
        """The index's name in the path."""
        return self.path["name"].replace("''", "'")

    @property
    def index(self) -> SearchIndex:
        return self.service.index(self.name)

    @property
    def conditions(self) -> Conditions:
        return Conditions(stripped(self.headers.get("if-match")), stripped(self.headers.get("if-none-match")))

    def names(self, parameter: str) -> list[str] | None:
        """Return a comma-separated query parameter."""
        value = self.query.get(parameter)
        return None if value is None else [part.strip() for part in value.split(",")]


def stripped(etag: str | None) -> str | None:
    """Etags come weak in headers and strong in bodies; both mean the same."""
    return None if etag is None else etag.strip().removeprefix("W/")


def answer(body: object, status: int = 200) -> Response:
    """Fifty documents take longer to write than to find, unless orjson does it."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def parse_json(body: bytes) -> Any:
    """Parse a body; BadRequest where it is not strict JSON of valid Unicode."""
    try:
        parsed = json.loads(body, parse_constant=refuse_constant)
        if b"\\u" in body:
            # Half of a surrogate pair is no text: it could neither be stored nor sent back.
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The request is invalid. Details: The body is not valid JSON: {error}") from error
    return parsed


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
