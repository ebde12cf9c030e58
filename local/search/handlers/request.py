"""A request as the handlers see it, and how its JSON is read and written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from starlette.responses import Response

from local.search.errors import BadRequestError
from local.search.faults import DocumentFault
from local.search.index import SearchIndex
from local.search.service import EtagConditions, SearchService


@dataclass(frozen=True)
class ApiRequest:
    """
    Everything a handler may need; `json` is parsed on first use.

    `arrival_sequence` is the number of the newest change to the index when a search was queued.
    """

    service: SearchService
    semantic_enabled: bool
    url: str
    query_params: Mapping[str, str]
    path_params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    document_fault: DocumentFault | None = None
    arrival_sequence: int | None = None

    @cached_property
    def json(self) -> Any:
        return parse_json(self.body)

    @property
    def index_name(self) -> str:
        """The index's name in the path."""
        return self.path_params["name"].replace("''", "'")

    @property
    def index(self) -> SearchIndex:
        return self.service.index(self.index_name)

    @property
    def etag_conditions(self) -> EtagConditions:
        return EtagConditions(strong_etag(self.headers.get("if-match")), strong_etag(self.headers.get("if-none-match")))

    def list_parameter(self, name: str) -> list[str] | None:
        """Return a comma-separated query parameter."""
        value = self.query_params.get(name)
        return None if value is None else [part.strip() for part in value.split(",")]


def strong_etag(etag: str | None) -> str | None:
    """Etags are weak in headers and strong in bodies; both mean the same."""
    return None if etag is None else etag.strip().removeprefix("W/")


def json_response(body: object, status: int = 200) -> Response:
    """Return a JSON response; with anything but orjson, fifty documents take longer to write than to find."""
    try:
        content = orjson.dumps(body)
    except orjson.JSONEncodeError:
        # What a definition or a request brought along comes back as it is; orjson knows neither integers
        # of more than 64 bits nor more than 254 levels.
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, media_type="application/json")


def parse_json(body: bytes) -> Any:
    """Parse a body; BadRequestError where it is not strict JSON of valid Unicode."""
    try:
        parsed = json.loads(body, parse_constant=refuse_constant)
        if b"\\u" in body:
            # Half of a surrogate pair isn't text: it could be neither stored nor sent back.
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"The request is invalid. Details: The body is not valid JSON: {error}") from error
    return parsed


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
