"""OpenAPI links: which value in a response names what other operations are about."""

from typing import Any

Links = dict[str, dict[str, Any]]

ID, PATH, ETAG = (f"$response.body#/{name}" for name in ("id", "path", "etag"))
FIRST_PHOTO = "$response.body#/photos/0/id"
PICTURES = ("similar", "thumbnail", "preview", "original", "large")


def _of_photo(id_: str, *operations: str) -> Links:
    """To operations on the photo of an id."""
    names = {each: "photo" if each in ("photo", "edit", "delete") else "id" for each in operations}
    return {each: {"operationId": each, "parameters": {name: id_}} for each, name in names.items()}


def _of_file(path: str) -> Links:
    """To operations on the file at a path; only the version that was answered with is deleted."""
    return {
        "original_at": {"operationId": "original_at", "parameters": {"path": path}},
        "delete_original": {"operationId": "delete_original", "parameters": {"path": path, "If-Match": ETAG}},
    }


_UPLOADED = _of_photo(ID, "photo", "delete", *PICTURES) | _of_file(PATH)
_OF_JOB: Links = {each: {"operationId": each, "parameters": {"id": ID}} for each in ("job", "cancel_job", "undo_job")}
_OF_EXPORT: Links = {each: {"operationId": each, "parameters": {"id": ID}} for each in ("large_export", "cancel_job")}
_OF_COLLECTION: Links = {
    each: {"operationId": each, "parameters": {"id": ID}}
    for each in (
        "collection",
        "change_collection",
        "delete_collection",
        "collection_photos",
        "set_members",
        "add_members",
    )
}
LINKS: dict[str, dict[str, Links]] = {
    "upload": {"200": _UPLOADED, "201": _UPLOADED},
    "photo": {"200": _of_photo(ID, "edit", "history", "descriptions", "undo", "move", *PICTURES)},
    "edit": {"200": _of_photo(ID, "photo", "history", "undo")},
    "move": {"200": _of_photo(ID, "photo", "history", *PICTURES)},
    "similar": {"200": _of_photo(FIRST_PHOTO, "photo", *PICTURES)},
    "search": {
        "200": {
            **_of_photo(FIRST_PHOTO, "photo", *PICTURES),
            "links": {"operationId": "links", "requestBody": {"ids": [FIRST_PHOTO]}},
        }
    },
    "original_at": {"200": _of_photo(ID, "photo") | _of_file(PATH)},
    "failures": {
        "200": {
            each: {"operationId": each, "parameters": {"id": "$response.body#/failures/0/id"}}
            for each in ("retry", "delete_failure")
        }
    },
    "trash": {
        "200": {
            each: {"operationId": each, "parameters": {"id": FIRST_PHOTO}} for each in ("restore", "delete_for_good")
        }
    },
    **{name: {status: _OF_JOB} for name, status in (("make_job", "202"), ("job", "200"))},
    **{name: {status: _OF_COLLECTION} for name, status in (("make_collection", "201"), ("collection", "200"))},
    **{name: {"202": _OF_EXPORT} for name in ("export", "export_ids")},
    "make_share": {"201": {"revoke_share": {"operationId": "revoke_share", "parameters": {"id": ID}}}},
    "proposal": {
        "200": {
            each: {"operationId": each, "parameters": {"id": ID}}
            for each in ("proposal", "accept_proposal", "dismiss_proposal")
        }
    },
    "models": {"200": {"model": {"operationId": "model", "parameters": {"id": "$response.body#/data/0/id"}}}},
}


def add_links(operation: dict[str, Any]) -> dict[str, Any]:
    """The operation, whose responses lead on to others."""
    links = LINKS.get(operation["operationId"], {})
    responses = {
        status: response | ({"links": links[status]} if status in links else {})
        for status, response in operation["responses"].items()
    }
    return operation | {"responses": responses}
