"""The operations of the OpenAPI document for shares: making them, and looking at them without an account."""

from typing import Any

from shared.errors import BadLink, BadRequest, InsufficientRights, NotFound, Throttled
from web.openapi.parts import (
    error_response,
    json_body,
    json_response,
    operation,
    path_parameter,
    query_parameter,
    whole_number,
)
from web.openapi.schemas import PHOTO_ID
from web.shared import MAX_PAGE, MAX_POSITION, PASS_HEADER, SHARED_SIZES, TOKEN_HEADER

TEXT = {"type": "string"}
WITHOUT_KEY: dict[str, Any] = {"security": []}


def shares() -> dict[str, Any]:
    """Making, listing and revoking shares."""
    id_ = path_parameter("id", PHOTO_ID)  # ids of shares look like those of photos
    made = json_response("NewShareRecord", 201)
    make = operation("make_share", "Share photos with people without an account", made, BadRequest, NotFound)
    gone = {"204": {"description": "It is over"}}
    return {
        "/api/shares": {
            "get": operation("shares", "One's own shares; for an admin, all", json_response("ShareList")),
            "post": make | json_body("NewShare"),
        },
        "/api/shares/{id}": {"delete": operation("revoke_share", "End a share", gone, NotFound, parameters=[id_])},
    }


def shared() -> dict[str, Any]:
    """What visitors may do who have the token of a share."""
    id_, token = path_parameter("id", PHOTO_ID), _header(TOKEN_HEADER, "The token of the share.", required=True)
    visitor = [token, _header(PASS_HEADER, "What `/api/shared/pass` gave, where the share has a password.")]
    page = [query_parameter("top", whole_number(MAX_PAGE)), query_parameter("skip", whole_number(MAX_POSITION))]
    errors = (InsufficientRights, NotFound)
    link, key = json_response("SharedLink"), json_response("SharedPass")
    summary = "Where an original can be downloaded"
    original = operation("shared_original", summary, link, *errors, Throttled, parameters=[id_, *visitor])
    summary = "Tell the password of a share"
    unlock = operation("unlock_shared", summary, key, *errors, BadRequest, Throttled, parameters=[token])
    shown = json_response("SharedPage")
    photos = operation("shared_photos", "Its photos", shown, *errors, BadRequest, parameters=[*page, *visitor])
    view = operation("shared", "What a share is called", json_response("SharedView"), *errors, parameters=visitor)
    return {
        "/api/shared": {"get": view | WITHOUT_KEY},
        "/api/shared/pass": {"post": unlock | json_body("Password") | WITHOUT_KEY},
        "/api/shared/photos": {"get": photos | WITHOUT_KEY},
        "/api/shared/photos/{id}/original": {"get": original | WITHOUT_KEY},
        "/api/shared/pictures/{size}/{id}": {"get": _picture(id_) | WITHOUT_KEY},
    }


def _picture(id_: dict[str, Any]) -> dict[str, Any]:
    size = path_parameter("size", {"enum": list(SHARED_SIZES)})
    signed = [query_parameter(name, TEXT) for name in ("share", "expires", "signature")]
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    responses = {
        "200": {"description": "The picture", "content": content},
        "206": {"description": "The part of it that Range asked for", "content": content},
        "304": {"description": "What If-None-Match named is still the same"},
        "416": error_response("Range begins behind its last byte"),
    }
    summary = "A picture of a share by its signed address"
    return operation(
        "shared_picture", summary, responses, BadLink, NotFound, Throttled, parameters=[size, id_, *signed]
    )


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": TEXT}
