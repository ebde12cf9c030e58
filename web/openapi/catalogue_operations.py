"""The operations of the OpenAPI document for what people do with many photos."""

from typing import Any

from catalogue.collecting import MAX_MEMBERS
from shared.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from web.collections import MAX_COLLECTION_PAGE
from web.jobs import MAX_JOB_ERRORS, MAX_JOB_SKIP, MAX_JOBS
from web.openapi.parts import json_body, json_response, operation, path_parameter, query_parameter, whole_number
from web.openapi.schemas import PHOTO_ID


def jobs() -> dict[str, Any]:
    """Making, looking at, cancelling and undoing jobs."""
    id_ = path_parameter("id", PHOTO_ID)  # ids of jobs look like those of photos
    skip = query_parameter("skip", whole_number(MAX_JOB_SKIP))
    page = [query_parameter("top", whole_number(MAX_JOBS)), skip]
    errors = [query_parameter("top", whole_number(MAX_JOB_ERRORS)), skip]
    make = operation("make_job", "Do one thing to many photos", json_response("Job", 202), BadRequest, Conflict)
    one = operation("job", "How far a job is", json_response("JobWithErrors"), NotFound, parameters=[id_, *errors])
    cancel = operation("cancel_job", "Cancel a job", json_response("Job"), NotFound, Conflict, parameters=[id_])
    undo = operation("undo_job", "Undo a job", json_response("Job", 202), NotFound, Conflict, parameters=[id_])
    takes = operation("estimate_job", "What a job would take", json_response("JobEstimate"), BadRequest)
    return {
        "/api/jobs/estimate": {"post": takes | json_body("EstimateRequest")},
        "/api/jobs": {
            "get": operation(
                "jobs", "The jobs of the last month", json_response("JobPage"), BadRequest, parameters=page
            ),
            "post": make | json_body("JobRequest"),
        },
        "/api/jobs/{id}": {"get": one, "delete": cancel},
        "/api/jobs/{id}/undo": {"post": undo},
    }


def descriptions(id_: list[dict[str, Any]]) -> dict[str, Any]:
    """What models wrote of a photo, now and before."""
    response = json_response("PhotoDescriptions")
    return operation("descriptions", "What models wrote of it, the latest first", response, NotFound, parameters=id_)


def fields() -> dict[str, Any]:
    """The fields of the library's own."""
    read = operation("catalogue_fields", "The fields of the library's own", json_response("CatalogueFields"))
    parameters = [query_parameter("dry_run", {"type": "boolean"}), IF_UNCHANGED]
    errors = (BadRequest, PreconditionFailed)
    write = operation(
        "set_fields", "Other fields of its own", json_response("FieldsResult"), *errors, parameters=parameters
    )
    return {"get": read, "put": write | json_body("Catalogue")}


def access() -> dict[str, Any]:
    """Who sees which photos."""
    read = operation("access", "Who sees which photos", json_response("AccessRecord"))
    errors = (BadRequest, PreconditionFailed)
    write = operation(
        "set_access", "Say who sees which photos", json_response("AccessRecord"), *errors, parameters=[IF_UNCHANGED]
    )
    return {"get": read, "put": write | json_body("AccessRules")}


IF_UNCHANGED = {
    "name": "If-Match",
    "in": "header",
    "description": "Changes it only if it still has one of these etags.",
    "schema": {"type": "string"},
}


def collections() -> dict[str, Any]:
    """Making, reading and changing collections."""
    id_ = path_parameter("id", PHOTO_ID)  # ids of collections look like those of photos
    page = [
        query_parameter("top", whole_number(MAX_COLLECTION_PAGE)),
        query_parameter("skip", whole_number(MAX_MEMBERS)),
    ]
    record = json_response("CollectionRecord")
    errors, changing = (BadRequest, NotFound, PreconditionFailed), [id_, IF_UNCHANGED]
    make = operation(
        "make_collection", "Make a collection", json_response("CollectionRecord", 201), BadRequest, Conflict
    )
    patch = operation("change_collection", "Change a collection", record, *errors, Conflict, parameters=changing)
    put = operation("set_members", "Set its photos and their order", record, *errors, parameters=changing)
    post = operation("add_members", "Add and remove photos", record, *errors, parameters=changing)
    gone = {"204": {"description": "It is gone; its photos stay"}}
    photos = json_response("CollectionPage")
    return {
        "/api/collections": {
            "get": operation("collections", "All collections", json_response("CollectionList")),
            "post": make | json_body("NewCollection"),
        },
        "/api/collections/{id}": {
            "get": operation("collection", "One collection", record, NotFound, parameters=[id_]),
            "patch": patch | json_body("CollectionPatch"),
            "delete": operation("delete_collection", "Delete a collection", gone, NotFound, parameters=[id_]),
        },
        "/api/collections/{id}/photos": {
            "get": operation("collection_photos", "Its photos", photos, BadRequest, NotFound, parameters=[id_, *page]),
            "put": put | json_body("CollectionPhotos"),
            "post": post | json_body("CollectionChange"),
        },
    }


def proposals() -> dict[str, Any]:
    """Looking at, accepting and dismissing what the chat proposed."""
    id_ = [path_parameter("id", PHOTO_ID)]  # ids of proposals look like those of photos
    gone = {"204": {"description": "It is forgotten"}}
    accept = operation(
        "accept_proposal", "Do what was proposed", json_response("AcceptResult"), NotFound, Conflict, parameters=id_
    )
    return {
        "/api/proposals": {
            "get": operation("proposals", "One's own proposals that wait", json_response("OpenProposals"))
        },
        "/api/proposals/{id}": {
            "get": operation("proposal", "One proposal", json_response("Proposal"), NotFound, parameters=id_),
            "delete": operation("dismiss_proposal", "Dismiss a proposal", gone, NotFound, parameters=id_),
        },
        "/api/proposals/{id}/accept": {"post": accept},
    }
