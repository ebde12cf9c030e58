"""The operations of the OpenAPI document: of each door its parameters, its body and its answers."""

from collections.abc import Sequence
from typing import Any, get_args

from query.filters import Filters
from query.retrieve import Search
from query.search_api import LISTS, ONCE, PLAIN
from shared.answers import MOST_LISTED, MOST_SKIPPED
from shared.errors import BadPhoto, BadRequest, NotFound, PhotoError
from shared.photo import LONGEST_PATH
from shared.ticket import State

PLACE = "#/components/schemas/"
# An empty parameter is as good as none.
NEAR = (
    r"^(-?([0-8]?[0-9](\.[0-9]{1,6})?|90),"
    r"-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,6})?|180)(,[1-9][0-9]{0,3}(\.[0-9])?)?)?$"
)
DATE = {
    "anyOf": [
        {"type": "string", "maxLength": 0},
        {"type": "string", "pattern": "^[12][0-9]{3}$"},
        {"type": "string", "pattern": "^[12][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
}
NAME = {"type": "string"}
ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
# Each part between slashes ends in something other than a dot.
PART = r"[^/\\\x00-\x1f\x7f]*[^./\\\x00-\x1f\x7f]"
PATH = {"type": "string", "maxLength": LONGEST_PATH, "pattern": f"^{PART}(/{PART})*$"}


def paths() -> dict[str, Any]:
    """Every operation by its path and method."""
    return _talking() | _photos() | _ingestion()


def _talking() -> dict[str, Any]:
    chat = {
        "application/json": {"schema": _ref("Completion")},
        "text/event-stream": {"schema": {"type": "object", "properties": {"data": {"type": "string"}}}},
    }
    talk = _does("chat", "Talk about the photos", {"200": _answer(chat)}, BadRequest, parameters=[ZONE])
    model = _does("model", "One model", _json("Model"), NotFound, parameters=[_path("id", NAME)])
    return {
        "/v1/chat/completions": {"post": talk | _body("ChatRequest")},
        "/v1/models": {"get": _does("models", "The models there are", _json("Models"))},
        "/v1/models/{id}": {"get": model},
    }


def _photos() -> dict[str, Any]:
    # To OpenAPI this is one path, although a photo is uploaded to its path and read and deleted by its id.
    named, one, top = [_path("photo", ID)], [_path("id", ID)], _query("top", _whole(100))
    search = _does("search", "Search", _json("SearchPage"), BadRequest, parameters=_search_parameters())
    alike = _does("similar", "Photos like it", _json("SimilarPhotos"), BadRequest, NotFound, parameters=[*one, top])
    picture = {"302": {"description": "A short-lived read-only link", "headers": {"Location": _header()}}}
    links = _does("links", "Links to many pictures", _json("Links"), BadRequest)
    return {
        "/api/search": {"get": search},
        "/api/photos/{photo}": {
            "get": _does("photo", "One photo", _json("Photo"), NotFound, parameters=named),
            "put": _upload(),
            "delete": _does("delete", "Delete a photo", _json("Deleted"), NotFound, parameters=named),
        },
        "/api/photos/{id}/similar": {"get": alike},
        **{
            f"/api/photos/{{id}}/{size}": {"get": _does(size, f"Its {size}", picture, NotFound, parameters=one)}
            for size in ("thumbnail", "preview", "original")
        },
        "/api/links": {"post": links | _body("Wanted")},
    }


def _upload() -> dict[str, Any]:
    where = _path("photo", PATH) | {"description": "Its path in the container; slashes stay as they are."}
    made = _does("upload", "Upload a photo", _json("Uploaded", 201), BadRequest, BadPhoto, parameters=[where])
    some = {"type": "string", "minLength": 1}
    # The type that is named makes no difference. Semantic Kernel reads no document with a body it takes for neither
    # JSON nor text.
    content = {"application/octet-stream": {"schema": some | {"format": "binary"}}, "text/plain": {"schema": some}}
    return made | {"requestBody": {"description": "The bytes of the file", "required": True, "content": content}}


def _ingestion() -> dict[str, Any]:
    again = _does(
        "retry", "Try a photo again", _json("Failure", 202), BadRequest, NotFound, parameters=[_path("id", ID)]
    )
    well = _json("Health") | {"503": _answer(_content("Health"))}
    return {
        "/api/status": {"get": _does("status", "How far ingestion is", _json("Status"))},
        "/api/failures": {"get": _failures()},
        "/api/failures/{id}/retry": {"post": again},
        "/api/failures/retry": {"post": _does("retry_all", "Try again all that was given up", _json("Retried", 202))},
        "/api/health": {"get": _does("health", "Whether all is well", well)},
    }


def _failures() -> dict[str, Any]:
    state = _query("state", {"type": "string", "enum": list(get_args(State))})
    page = [_query("top", _whole(MOST_LISTED)), _query("skip", _whole(MOST_SKIPPED))]
    return _does("failures", "What failed and why", _json("Failures"), BadRequest, parameters=[state, *page])


def _search_parameters() -> list[dict[str, Any]]:
    """One parameter for each field of Search and Filters, as `search_api` reads them."""
    plain = Search.model_json_schema()["properties"]
    filters = Filters.model_json_schema(ref_template=PLACE + "{model}")["properties"]
    special = {"near": {"type": "string", "pattern": NEAR}} | dict.fromkeys(
        ("taken_after", "taken_before", "taken_in"), DATE
    )
    single = {name: _present(plain[name]) for name in PLAIN} | {
        name: special.get(name, _present(filters[name])) for name in ONCE
    }
    lists = {name: filters[field] for name, field in LISTS.items()}
    return [*(_query(name, schema) for name, schema in sorted((single | lists).items())), ZONE]


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema for a parameter: it is there or it is not, and never null."""
    kept = {name: value for name, value in schema.items() if name not in ("title", "default", "anyOf")}
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) > 1:
        return kept | {"anyOf": options}
    return kept | (options[0] if options else {})


def _does(
    name: str,
    summary: str,
    answers: dict[str, Any],
    *raises: type[PhotoError],
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An operation; `raises` are the errors that are the caller's, and others can always come."""
    wrong = {str(each.status): _wrong(str(each.__doc__)) for each in raises}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": answers | wrong | {"default": _wrong("What is wrong")},
    }


def _wrong(description: str) -> dict[str, Any]:
    return {"description": description, "content": _content("Error")}


def _body(name: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": _content(name)}}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _whole(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": most}


def _json(name: str, status: int = 200) -> dict[str, Any]:
    return {str(status): _answer(_content(name))}


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(name)}}


def _answer(content: dict[str, Any]) -> dict[str, Any]:
    return {"description": "As asked", "content": content}


def _header() -> dict[str, Any]:
    return {"required": True, "schema": {"type": "string"}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": PLACE + name}


ZONE = {
    "name": "X-Timezone",
    "in": "header",
    "description": "Where the caller is, for dates: an IANA name. UTC without it.",
    "schema": {"type": "string", "format": "iana-time-zone"},
    "example": "Europe/Zurich",
}
