"""The operations of the OpenAPI document for exports that a job makes."""

from typing import Any

from shared.errors import BadLink, NotFound
from shared.stores.exports import FILE, MEDIA_TYPE
from web.openapi.parts import error_response, json_response, operation, path_parameter, query_parameter
from web.openapi.schemas import PHOTO_ID


def large_exports() -> dict[str, Any]:
    """Looking after an export, and its file by a signed address."""
    id_ = path_parameter("id", PHOTO_ID)  # ids of jobs look like those of photos
    signed = [query_parameter(name, {"type": "string"}) for name in ("expires", "signature")]
    file = {"description": "The zip", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    responses = {
        "200": file,
        "206": file | {"description": "The part of it that Range asked for"},
        "304": {"description": "What If-None-Match named is still the same"},
        "416": error_response("Range begins behind its last byte"),
    }
    one = operation("large_export", "The job of a large export", json_response("Job"), NotFound, parameters=[id_])
    get = operation(
        "export_file", "A large export by its signed address", responses, BadLink, NotFound, parameters=[id_, *signed]
    )
    return {
        "/api/exports/{id}": {"get": one},
        f"/api/exports/{{id}}/{FILE}": {"get": get | {"security": []}},
    }
