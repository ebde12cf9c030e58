"""The operations of the OpenAPI document: the parameters, body and responses of each route."""

from collections.abc import Mapping
from typing import Any, get_args

from catalogue.export.formats import EXTENSIONS, Format
from query.chat import request_policy
from query.chat.request_policy import describe_policy
from query.responses import requests as response_requests
from shared.blob_name import MAX_PATH_LENGTH, MAX_PATH_SEGMENTS, UNLISTABLE
from shared.errors import (
    BadLink,
    BadPhoto,
    BadRequest,
    Conflict,
    NotFound,
    Paused,
    PayloadTooLarge,
    PreconditionFailed,
    Throttled,
)
from shared.picture_links import LARGE_SIDE, PictureSize
from shared.search.filters import Filters
from shared.search.search import Search
from shared.stores.audit import AuditAction
from shared.stores.failures import State
from web.audit import MAX_RECORDS, MEDIA_TYPES as AUDIT_FORMATS
from web.export import NOT_OF_EXPORTS
from web.openapi import catalogue_operations, large_exports, own_fields, share_operations
from web.openapi.links import add_links
from web.openapi.parts import (
    error_response as _error,
    json_body as _body,
    json_content as _content,
    json_response as _json,
    operation as _operation,
    path_parameter as _path,
    query_parameter as _query,
    success as _response,
    whole_number as _whole_number,
)
from web.openapi.schemas import PHOTO_ID, REFERENCE, reference
from web.parameters import LINKS, LIST_FILTERS, REPEATED_FILTERS, SEARCH_FIELDS, SINGLE_FILTERS
from web.photo_map import LEVELS
from web.photos import MAX_SIMILAR
from web.review import MAX_REVIEW_PAGE
from web.status import MAX_FAILURES, MAX_SKIP
from web.trash import MAX_TRASH
from web.vocabulary import FORMATS

# An empty parameter is ignored, so the schemas allow it.
NEAR = (
    r"^(-?([0-8]?[0-9](\.[0-9]{1,6})?|90),"
    r"-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,6})?|180)(,[1-9][0-9]{0,3}(\.[0-9])?)?)?$"
)
LONGITUDE, LATITUDE = (
    r"-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,6})?|180)",
    r"-?([0-8]?[0-9](\.[0-9]{1,6})?|90)",
)
BOUNDS = f"^({LONGITUDE},{LATITUDE},{LONGITUDE},{LATITUDE})?$"
DATE: dict[str, Any] = {
    "description": "Without an offset, by the clock on the wall where a photo was taken. With one, by the instant; "
    "a photo whose zone isn't known counts as taken in that of the offset.",
    "anyOf": [
        {"type": "string", "maxLength": 0},
        {"type": "string", "pattern": "^[12][0-9]{3}$"},
        {"type": "string", "pattern": "^[12][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ],
}
NAME = {"type": "string"}
# No part between slashes is empty or ends in a dot, and something is not blank.
PART = rf"[^/\\{UNLISTABLE}]*[^./\\{UNLISTABLE}]"
PATH: dict[str, Any] = {
    "type": "string",
    "maxLength": MAX_PATH_LENGTH,
    "pattern": rf"^(?=.*\S){PART}(/{PART}){{0,{MAX_PATH_SEGMENTS - 1}}}$",
}


def paths() -> dict[str, Any]:
    """Every operation by its path and method."""
    operations = (
        _chat()
        | _photos()
        | _catalogue()
        | catalogue_operations.jobs()
        | catalogue_operations.collections()
        | catalogue_operations.proposals()
        | share_operations.shares()
        | share_operations.shared()
        | _ingestion()
    )
    return {path: {method: add_links(each) for method, each in does.items()} for path, does in operations.items()}


def _chat() -> dict[str, Any]:
    chat = {
        "application/json": {"schema": reference("Completion")},
        "text/event-stream": {"schema": {"type": "object", "properties": {"data": {"type": "string"}}}},
    }
    responses = chat | {"application/json": {"schema": reference("ResponseObject")}}
    completion, respond = (
        _operation(name, "Talk about the photos", {"200": _response(each)}, BadRequest, Paused, parameters=[ZONE])
        for name, each in (("chat", chat), ("respond", responses))
    )
    never = _operation("response", "There never is one", {}, NotFound, parameters=[_path("id", NAME)])
    model = _operation("model", "One model", _json("ModelCard"), NotFound, parameters=[_path("id", NAME)])
    return {
        "/v1/chat/completions": {
            "post": completion | _body("ChatRequest") | _policy(request_policy.IGNORED, request_policy.REFUSED)
        },
        "/v1/responses": {
            "post": respond | _body("ResponsesRequest") | _policy(response_requests.IGNORED, response_requests.REFUSED)
        },
        "/v1/responses/{id}": {"get": never},
        "/v1/models": {"get": _operation("models", "The available models", _json("ModelList"))},
        "/v1/models/{id}": {"get": model},
    }


def _photos() -> dict[str, Any]:
    # To OpenAPI this is one path, although a photo is uploaded to its path and read and deleted by its id.
    photo, id_ = [_path("photo", PHOTO_ID)], [_path("id", PHOTO_ID)]
    top = _query("top", _whole_number(MAX_SIMILAR))
    parameters = [*_search_parameters(), WITH_LINKS]
    search = _operation("search", "Search", _json("SearchPage"), BadRequest, parameters=parameters)
    similar = _operation(
        "similar", "Similar photos", _json("SimilarPhotos"), BadRequest, NotFound, parameters=[*id_, top]
    )
    picture = {"302": {"description": "A short-lived read-only link", "headers": {"Location": _header()}}}
    history = _operation("history", "What people changed, the last first", _json("History"), NotFound, parameters=id_)
    links = _operation("links", "Links to many pictures", _json("PictureLinks"), BadRequest)
    feedback = _operation(
        "feedback", "Say whether an answer or a photo was right", _json("Feedback", 201), BadRequest, Throttled
    )
    by_picture = _operation(
        "search_by_picture",
        "Search by a picture",
        _json("SearchPage"),
        BadRequest,
        BadPhoto,
        parameters=parameters,
    )
    return {
        "/api/search": {"get": search, "post": by_picture | PICTURE_BODY},
        "/api/map": {"get": _map()},
        **_exports(),
        "/api/photos/{photo}": {
            "get": _operation("photo", "One photo", _record(), NotFound, parameters=photo),
            "put": _upload(),
            "patch": _edit(photo),
            "delete": _operation(
                "delete", "Delete a photo", _json("DeleteResult"), NotFound, PreconditionFailed, parameters=photo
            ),
        },
        "/api/photos/{id}/similar": {"get": similar},
        "/api/photos/{id}/history": {"get": history},
        "/api/photos/{id}/descriptions": {"get": catalogue_operations.descriptions(id_)},
        "/api/photos/{id}/undo": {"post": _undo(id_)},
        "/api/photos/{id}/move": {"post": _move(id_)},
        **{
            f"/api/photos/{{id}}/{size}": {"get": _operation(size, f"Its {size}", picture, NotFound, parameters=id_)}
            for size in ("preview", "original")
        },
        "/api/photos/{id}/thumbnail": {
            "get": _operation("thumbnail", "Its thumbnail", picture, BadRequest, NotFound, parameters=[*id_, LARGE])
        },
        "/api/photos/{id}/large": {"get": _large(picture, id_)},
        "/api/review": {"get": _review()},
        "/api/originals/{path}": _originals(),
        "/api/pictures/{size}/{id}": {"get": _signed_picture(id_)},
        "/api/links": {"post": links | _body("PictureLinksRequest")},
        "/api/feedback": {"post": feedback | _body("FeedbackRequest")},
        **_trash(id_),
    }


def _map() -> dict[str, Any]:
    """Where the photos of a search lie."""
    search = [each for each in _search_parameters() if each["name"] not in {"top", "skip", "facets"}]
    level = _query("level", {"type": "string", "enum": ["", *LEVELS]})
    return _operation("map", "Where photos lie", _json("PhotoMap"), BadRequest, parameters=[*search, level])


def _catalogue() -> dict[str, Any]:
    return {
        "/api/catalogue": catalogue_operations.fields(),
        "/api/vocabulary": _vocabulary(),
        "/api/access": catalogue_operations.access(),
    }


def _vocabulary() -> dict[str, Any]:
    format_ = _query("format", {"enum": list(FORMATS)})
    binary = {"schema": {"type": "string"}}
    content = {**_content("Vocabulary"), "text/csv": binary, "application/rdf+xml": binary, "text/turtle": binary}
    read = _operation("vocabulary", "The tags agreed on", {"200": _response(content)}, BadRequest, parameters=[format_])
    replace = _operation(
        "set_vocabulary",
        "Other tags to agree on",
        _json("VocabularyResult"),
        BadRequest,
        PreconditionFailed,
        parameters=[
            format_,
            _query("dry_run", {"type": "boolean"}),
            IF_MATCH | {"description": "Replaces only the vocabulary with this etag."},
        ],
    )
    return {"get": read, "put": replace | {"requestBody": {"required": True, "content": content}}}


def _exports() -> dict[str, Any]:
    """Photos to take along, and a table that comes back."""
    search = [each for each in _search_parameters() if each["name"] not in NOT_OF_EXPORTS]
    format_ = _query("format", {"type": "string", "enum": list(get_args(Format))})
    flags = [_query("metadata", {"type": "boolean"})]
    types = {media_type.partition(";")[0] for _, media_type in EXTENSIONS.values()}
    stream = {"200": _response({each: {"schema": {"type": "string", "format": "binary"}} for each in sorted(types)})}
    stream |= {"202": {"description": "A job makes it: Location leads to the link", "content": _content("Job")}}
    errors = (BadRequest, NotFound)
    get = _operation("export", "Photos to take along", stream, *errors, parameters=[*search, format_, *flags])
    post = _operation("export_ids", "Photos by their ids, to take along", stream, *errors)
    table = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}, **_content("CsvTable")}}
    back = _operation(
        "import_csv",
        "Write what was edited in an exported table",
        _json("CsvImportReport"),
        BadRequest,
        PayloadTooLarge,
        parameters=[_query("dry_run", {"type": "boolean"})],
    )
    return {
        "/api/export": {"get": get, "post": post | _body("ExportRequest")},
        **large_exports.large_exports(),
        "/api/import": {"post": back | {"requestBody": table}},
    }


def _signed_picture(id_: list[dict[str, Any]]) -> dict[str, Any]:
    """A picture that passes through the app; addresses of this kind come from redirects and from `/api/links`."""
    size = _path("size", {"enum": list(get_args(PictureSize))})
    signed = [_query("expires", {"type": "string"}), _query("signature", {"type": "string"})]
    picture = {"description": "The picture", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    responses = {
        "200": picture,
        "206": picture | {"description": "The part of it that Range asked for"},
        "304": {"description": "What If-None-Match named is still the same"},
        "416": _error("Range begins behind its last byte"),
    }
    operation = _operation(
        "picture",
        "A picture by its signed address, where PICTURES=proxy",
        responses,
        BadLink,
        NotFound,
        parameters=[size, *id_, *signed],
    )
    return operation | {"security": []}


# Semantic Kernel reads no document that has a body which is neither JSON nor text.
PICTURE_BODY = {
    "description": "Photos that look like the picture in the body, which needs an image model (IMAGE_EMBEDDING_MODEL). "
    "With `q`, both count.",
    "requestBody": {
        "description": "The bytes of the picture, of any kind that the app reads",
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "minLength": 1, "format": "binary"}},
            "application/json": {"schema": reference("PictureRequest")},
        },
    },
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "Replaces or deletes only the version with this etag, or `*` only one that is there.",
    "schema": {"type": "string", "pattern": '^(?:"[!#-~]{1,200}"|[*])$'},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`*` uploads only if there is no photo of this name yet.",
    "schema": {"const": "*"},
}


IF_RECORD_MATCHES = IF_MATCH | {"description": "Changes it only if its record still has this etag, or any with `*`."}


def _record() -> dict[str, Any]:
    """The record of a photo, with the etag that a change may ask for."""
    headers = {"ETag": _header() | {"description": "Changes with the file, its description and its edits."}}
    return {"200": _response(_content("Photo")) | {"headers": headers}}


def _edit(photo: list[dict[str, Any]]) -> dict[str, Any]:
    operation = _operation(
        "edit",
        "Write what a person knows of a photo",
        _record(),
        BadRequest,
        NotFound,
        PreconditionFailed,
        parameters=[*photo, IF_RECORD_MATCHES],
    )
    patch = {"schema": reference("PhotoPatch")}
    content = {"application/merge-patch+json": patch, "application/json": patch}
    return operation | {"requestBody": {"required": True, "content": content}}


def _undo(id_: list[dict[str, Any]]) -> dict[str, Any]:
    operation = _operation(
        "undo",
        "Undo a change of a photo",
        _record(),
        BadRequest,
        NotFound,
        PreconditionFailed,
        parameters=[*id_, IF_RECORD_MATCHES],
    )
    return operation | {"requestBody": {"content": _content("UndoRequest")}}


def _move(id_: list[dict[str, Any]]) -> dict[str, Any]:
    errors = (BadRequest, NotFound, Conflict, PreconditionFailed)
    move = _operation("move", "Move a photo to another path", _json("MoveResult"), *errors, parameters=id_)
    return move | _body("MoveRequest")


def _trash(id_: list[dict[str, Any]]) -> dict[str, Any]:
    page = [_query("top", _whole_number(MAX_TRASH)), _query("skip", _whole_number(MAX_SKIP))]
    restore = _operation(
        "restore",
        "Restore a deleted photo",
        _json("RestoreResult", 202),
        NotFound,
        Conflict,
        PreconditionFailed,
        parameters=id_,
    )
    delete = _operation(
        "delete_for_good", "Delete a photo for good", _json("EmptyResult"), NotFound, Conflict, parameters=id_
    )
    return {
        "/api/trash": {
            "get": _operation("trash", "What was deleted", _json("TrashPage"), BadRequest, parameters=page),
            "delete": _operation("empty_trash", "Delete for good all that was deleted", _json("EmptyResult")),
        },
        "/api/trash/{id}": {"delete": delete},
        "/api/trash/{id}/restore": {"post": restore},
    }


def _originals() -> dict[str, Any]:
    path = _path("path", PATH) | {"description": "Its path in the container; slashes are not escaped."}
    nothing = {"204": {"description": "There is none, which `optional` asked to be told so"}}
    digest, optional = (_query(name, {"type": "boolean"}) for name in ("digest", "optional"))
    get = _operation(
        "original_at",
        "The original at a path",
        _json("Original") | nothing,
        BadRequest,
        NotFound,
        parameters=[path, digest, optional],
    )
    delete = _operation(
        "delete_original",
        "Delete the original at a path",
        _json("DeleteResult"),
        BadRequest,
        NotFound,
        PreconditionFailed,
        parameters=[path, IF_MATCH],
    )
    return {"get": get, "delete": delete}


def _upload() -> dict[str, Any]:
    path = _path("photo", PATH) | {"description": "Its path in the container; slashes are not escaped."}
    operation = _operation(
        "upload",
        "Upload a photo",
        _json("UploadResult", 201) | _json("UploadResult", 200),
        BadRequest,
        BadPhoto,
        PreconditionFailed,
        parameters=[path, IF_NONE_MATCH, IF_MATCH],
    )
    file = {"type": "string", "minLength": 1}
    # The content type makes no difference to us, but Semantic Kernel reads no document that has a body which is
    # neither JSON nor text.
    content = {"application/octet-stream": {"schema": file | {"format": "binary"}}, "text/plain": {"schema": file}}
    return operation | {"requestBody": {"description": "The bytes of the file", "required": True, "content": content}}


def _ingestion() -> dict[str, Any]:
    retry = _operation(
        "retry", "Try a photo again", _json("Failure", 202), BadRequest, NotFound, parameters=[_path("id", PHOTO_ID)]
    )
    deleted = _json("DeletedFailures")
    responses = _json("Health") | {"503": _response(_content("Health"))}
    status = _json("Status") | {"503": _response(_content("DependencyDown"))}
    return {
        "/api/status": {"get": _operation("status", "How far ingestion is, and how the services are", status)},
        "/api/failures": {"get": _failures(), "delete": _operation("delete_failures", "Delete what failed", deleted)},
        "/api/failures/{id}": {
            "delete": _operation(
                "delete_failure", "Delete a file that failed", deleted, NotFound, parameters=[_path("id", PHOTO_ID)]
            )
        },
        "/api/me": {"get": _operation("me", "Who is asking, and what they may do", _json("Me"))},
        "/api/failures/{id}/retry": {"post": retry},
        "/api/failures/retry": {
            "post": _operation("retry_all", "Try again everything that was given up", _json("RetryAllResult", 202))
        },
        "/api/audit": {"get": _audit()},
        "/api/health": {"get": _operation("health", "Whether all is well", responses) | {"security": []}},
    }


def _audit() -> dict[str, Any]:
    """Without `format` a page of JSON; `jsonl` and `csv` are whole files."""
    text = {"type": "string"}
    parameters = [
        *(_query(name, text) for name in ("after", "before", "by")),
        _query("action", {"type": "string", "enum": list(get_args(AuditAction))}),
        _query("photo", PHOTO_ID),
        _query("format", {"type": "string", "enum": ["json", *AUDIT_FORMATS]}),
        _query("top", _whole_number(MAX_RECORDS)),
        _query("cursor", text),
    ]
    types = [each.partition(";")[0] for each in AUDIT_FORMATS.values()]
    files = {"200": _response(_content("AuditPage") | {each: {"schema": text} for each in types})}
    return _operation("audit", "Who did what", files, BadRequest, parameters=parameters)


def _large(picture: dict[str, Any], id_: list[dict[str, Any]]) -> dict[str, Any]:
    summary = "Its picture with a long side of at most 4,096 pixels"
    return _operation("large", summary, picture, NotFound, BadPhoto, Throttled, parameters=id_)


def _review() -> dict[str, Any]:
    """The filters of a search, and where to go on."""
    filters = [each for each in _search_parameters() if each["name"] not in SEARCH_FIELDS]
    page = [_query("top", _whole_number(MAX_REVIEW_PAGE)), _query("after", {"type": "string"})]
    summary = "Photos that nobody has looked at"
    return _operation("review", summary, _json("ReviewPage"), BadRequest, NotFound, parameters=[*page, *filters])


def _failures() -> dict[str, Any]:
    state = _query("state", {"type": "string", "enum": list(get_args(State))})
    page = [_query("top", _whole_number(MAX_FAILURES)), _query("skip", _whole_number(MAX_SKIP))]
    return _operation("failures", "What failed and why", _json("Failures"), BadRequest, parameters=[state, *page])


# What a client sends for a field that nobody filled in: it counts as missing, whatever the type.
BOUNDS_ARE = (
    "A part of the map: west, south, east and north, in degrees. West is more than east across the date line; "
    "south must lie below north."
)
BLANK = {"type": "string", "pattern": r"^\s*$"}


def _search_parameters() -> list[dict[str, Any]]:
    """One parameter for each field of Search and Filters, as `web/parameters.py` reads them."""
    search = Search.model_json_schema()["properties"]
    filters = Filters.model_json_schema(ref_template=REFERENCE + "{model}")["properties"]
    special = {
        "near": {"type": "string", "pattern": NEAR},
        "bounds": {"type": "string", "pattern": BOUNDS, "description": BOUNDS_ARE},
    } | dict.fromkeys(("taken_after", "taken_before", "taken_in"), DATE)
    single = {name: _parameter_schema(search[name]) for name in SEARCH_FIELDS} | {
        name: special.get(name, _parameter_schema(filters[name])) for name in SINGLE_FILTERS
    }
    lists = {name: filters[field] for name, field in (LIST_FILTERS | REPEATED_FILTERS).items()}
    optional = {name: {"anyOf": [schema, BLANK]} for name, schema in single.items()}
    return [*(_query(name, schema) for name, schema in sorted((optional | lists).items())), *own_fields.parameters()]


def _parameter_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a field as a parameter, which may be missing but is never null."""
    rest = {name: value for name, value in schema.items() if name not in ("title", "default", "anyOf")}
    types = [type_ for type_ in schema.get("anyOf", ()) if type_.get("type") != "null"]
    if len(types) > 1:
        return rest | {"anyOf": types}
    return rest | (types[0] if types else {})


def _policy(ignored: Mapping[str, str], refused: Mapping[str, str]) -> dict[str, str]:
    """Which of OpenAI's fields have no effect, in the words of the operation."""
    return {"description": describe_policy(ignored, refused)}


def _header() -> dict[str, Any]:
    return {"required": True, "schema": {"type": "string"}}


WITH_LINKS = _query(
    LINKS,
    {
        "type": "string",
        "enum": ["", "thumbnail"],
        "description": "`thumbnail` adds `links` to the thumbnails of these photos, as `POST /api/links` gives them.",
    },
)
LARGE = _query(
    "size",
    {
        "type": "string",
        "enum": ["", str(LARGE_SIDE)],
        "description": f"`{LARGE_SIDE}` is as long as its short side, for screens of two pixels where others have one.",
    },
)
ZONE = {
    "name": "X-Timezone",
    "in": "header",
    "description": "Where the reader is, which decides what day today is: an IANA name, UTC by default.",
    "schema": {"type": "string", "format": "iana-time-zone"},
    "example": "Europe/Zurich",
}
