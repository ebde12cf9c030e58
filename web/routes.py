"""
Every HTTP route of the app: its function, its method and path, and its handler.

A new route is one line here and a handler in the module it belongs to. Handlers are
imported when they are first called, so that indexing the app costs next to nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from shared.access.roles import Role
from shared.catalogue.definition import MAX_BYTES
from web.lazy import LazyHandlers

if TYPE_CHECKING:
    from web import (
        access,
        audit,
        catalogue,
        chat,
        collections,
        descriptions,
        edits,
        export,
        failed_files,
        feedback,
        health,
        import_csv,
        job_estimate,
        jobs,
        large_exports,
        links,
        me,
        moves,
        originals,
        photo_map,
        photos,
        pictures,
        proposals,
        review,
        search,
        shared,
        shares,
        static,
        status,
        trash,
        vocabulary,
    )
    from web.mcp import endpoint as mcp
    from web.openapi import document as openapi
else:
    access = LazyHandlers("web.access")
    audit = LazyHandlers("web.audit")
    catalogue = LazyHandlers("web.catalogue")
    chat = LazyHandlers("web.chat")
    collections = LazyHandlers("web.collections")
    descriptions = LazyHandlers("web.descriptions")
    edits = LazyHandlers("web.edits")
    export = LazyHandlers("web.export")
    failed_files = LazyHandlers("web.failed_files")
    feedback = LazyHandlers("web.feedback")
    health = LazyHandlers("web.health")
    import_csv = LazyHandlers("web.import_csv")
    job_estimate = LazyHandlers("web.job_estimate")
    jobs = LazyHandlers("web.jobs")
    large_exports = LazyHandlers("web.large_exports")
    links = LazyHandlers("web.links")
    mcp = LazyHandlers("web.mcp.endpoint")
    me = LazyHandlers("web.me")
    moves = LazyHandlers("web.moves")
    openapi = LazyHandlers("web.openapi.document")
    originals = LazyHandlers("web.originals")
    photo_map = LazyHandlers("web.photo_map")
    photos = LazyHandlers("web.photos")
    pictures = LazyHandlers("web.pictures")
    proposals = LazyHandlers("web.proposals")
    review = LazyHandlers("web.review")
    search = LazyHandlers("web.search")
    shared = LazyHandlers("web.shared")
    shares = LazyHandlers("web.shares")
    static = LazyHandlers("web.static")
    status = LazyHandlers("web.status")
    trash = LazyHandlers("web.trash")
    vocabulary = LazyHandlers("web.vocabulary")


SMALL_BODY = 65_536
# Two photos as a phone takes them, as data URLs. A body takes about five times its size while it is read as JSON.
CHAT_BODY = 16_000_000
IMAGE_BODY = 16_000_000  # a photo as a camera takes it
MCP_BODY = 256_000  # a call with texts for fifty photos
IDS_BODY = 2_000_000  # as many ids as a body may have values


ACCESS_BODY = 500_000  # a thousand rules
CATALOGUE_BODY = MAX_BYTES
VOCABULARY_BODY = 5_000_000  # ten thousand terms with their synonyms
CSV = ("text/csv", "application/json")


class Access(Enum):
    """What a route does; pages of other origins may only link to, or show, what reads."""

    READ = "reads little"
    COST = "reads much, or pays for a model"
    CHANGE = "changes something"


READ, COST, CHANGE = Access.READ, Access.COST, Access.CHANGE
VIEWER, CONTRIBUTOR, EDITOR, ADMIN = Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN


@dataclass(frozen=True)
class Route:
    """
    One HTTP function; `anonymous` ones need no key. Logs and the admin API use the function's name: keep it.

    `role` is what its caller must have at least. Where contributors may do it to their own uploads alone, or a job
    needs more, the handler says so.

    `body_limit` is the most bytes that a body may have, None where the handler counts them itself. `content_types` are
    those of a body that is not JSON, and none that a page of another site could send unasked.
    """

    function: str
    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    access: Access
    role: Role
    anonymous: bool = False
    body_limit: int | None = SMALL_BODY
    image: bool = False  # whether it takes one, as well as JSON
    content_types: tuple[str, ...] = ()


ROUTES = (
    Route("page", "GET", "/", static.page, READ, VIEWER, anonymous=True),
    Route("page_file", "GET", "page/{*file}", static.page_file, READ, VIEWER, anonymous=True),
    Route("health", "GET", "api/health", health.health, COST, VIEWER, anonymous=True),
    Route("openapi", "GET", "api/openapi.json", openapi.openapi, READ, VIEWER),
    Route("me", "GET", "api/me", me.me, READ, VIEWER),
    # Chat
    Route("chat_completions", "POST", "v1/chat/completions", chat.completions, COST, VIEWER, body_limit=CHAT_BODY),
    Route("responses", "POST", "v1/responses", chat.responses, COST, VIEWER, body_limit=CHAT_BODY),
    Route("response", "GET", "v1/responses/{id}", chat.response, READ, VIEWER),
    Route("models", "GET", "v1/models", chat.models, READ, VIEWER),
    Route("model", "GET", "v1/models/{id}", chat.model, READ, VIEWER),
    # Agents; each tool states its own role
    Route("mcp", "POST", "mcp", mcp.post, COST, VIEWER, body_limit=MCP_BODY),
    Route("mcp_stream", "GET", "mcp", mcp.not_allowed, READ, VIEWER, anonymous=True),
    Route("mcp_end", "DELETE", "mcp", mcp.not_allowed, COST, VIEWER, anonymous=True),
    # Photos
    Route("search", "GET", "api/search", search.search, COST, VIEWER),
    Route(
        "search_by_picture", "POST", "api/search", search.by_picture, COST, VIEWER, body_limit=IMAGE_BODY, image=True
    ),
    Route("map", "GET", "api/map", photo_map.counts, COST, VIEWER),
    Route("upload", "PUT", "api/photos/{*path}", photos.upload, CHANGE, CONTRIBUTOR, body_limit=None),
    Route("photo", "GET", "api/photos/{id}", photos.record, READ, VIEWER),
    Route("edit", "PATCH", "api/photos/{id}", edits.patch, CHANGE, EDITOR),
    Route("delete", "DELETE", "api/photos/{id}", photos.delete, CHANGE, CONTRIBUTOR),
    Route("review", "GET", "api/review", review.review, COST, VIEWER),
    Route("history", "GET", "api/photos/{id}/history", edits.history, READ, VIEWER),
    Route("descriptions", "GET", "api/photos/{id}/descriptions", descriptions.descriptions, COST, VIEWER),
    Route("undo", "POST", "api/photos/{id}/undo", edits.undo_change, CHANGE, EDITOR),
    Route("move", "POST", "api/photos/{id}/move", moves.move_photo, CHANGE, EDITOR),
    Route("similar", "GET", "api/photos/{id}/similar", photos.similar, COST, VIEWER),
    Route("thumbnail", "GET", "api/photos/{id}/thumbnail", links.thumbnail, READ, VIEWER),
    Route("preview", "GET", "api/photos/{id}/preview", links.preview, READ, VIEWER),
    Route("original", "GET", "api/photos/{id}/original", links.original, READ, VIEWER),
    Route("large", "GET", "api/photos/{id}/large", links.large, COST, VIEWER),
    Route("original_at", "GET", "api/originals/{*path}", originals.original, COST, VIEWER),
    Route("delete_original", "DELETE", "api/originals/{*path}", originals.delete, CHANGE, CONTRIBUTOR),
    Route("picture_links", "POST", "api/links", links.picture_links, COST, VIEWER),
    Route("picture", "GET", "api/pictures/{size}/{id}", pictures.picture, READ, VIEWER, anonymous=True),
    # A verdict changes no photo, so viewers may give one.
    Route("feedback", "POST", "api/feedback", feedback.feedback, COST, VIEWER),
    # Catalogue
    Route("catalogue_fields", "GET", "api/catalogue", catalogue.fields, READ, VIEWER),
    Route("set_fields", "PUT", "api/catalogue", catalogue.replace, CHANGE, ADMIN, body_limit=CATALOGUE_BODY),
    Route("vocabulary", "GET", "api/vocabulary", vocabulary.read, READ, VIEWER),
    Route("set_vocabulary", "PUT", "api/vocabulary", vocabulary.replace, CHANGE, EDITOR, body_limit=VOCABULARY_BODY),
    Route("access", "GET", "api/access", access.read, COST, ADMIN),
    Route("set_access", "PUT", "api/access", access.replace, CHANGE, ADMIN, body_limit=ACCESS_BODY),
    Route("trash", "GET", "api/trash", trash.listing, COST, EDITOR),
    Route("empty_trash", "DELETE", "api/trash", trash.empty, CHANGE, ADMIN),
    Route("delete_for_good", "DELETE", "api/trash/{id}", trash.delete, CHANGE, ADMIN),
    Route("restore", "POST", "api/trash/{id}/restore", trash.restore, CHANGE, EDITOR),
    # Taking it along
    Route("export", "GET", "api/export", export.export, COST, VIEWER),
    Route("export_ids", "POST", "api/export", export.export_ids, COST, VIEWER, body_limit=IDS_BODY),
    Route("large_export", "GET", "api/exports/{id}", large_exports.large_export, COST, VIEWER),
    Route("export_file", "GET", "api/exports/{id}/photos.zip", large_exports.export_file, READ, VIEWER, anonymous=True),
    Route(
        "import_csv", "POST", "api/import", import_csv.import_csv, CHANGE, EDITOR, body_limit=None, content_types=CSV
    ),
    # Collections
    Route("collections", "GET", "api/collections", collections.collections, READ, VIEWER),
    Route("make_collection", "POST", "api/collections", collections.create, CHANGE, EDITOR, body_limit=IDS_BODY),
    Route("collection", "GET", "api/collections/{id}", collections.collection, READ, VIEWER),
    Route("change_collection", "PATCH", "api/collections/{id}", collections.patch, CHANGE, EDITOR),
    Route("delete_collection", "DELETE", "api/collections/{id}", collections.delete, CHANGE, EDITOR),
    Route("collection_photos", "GET", "api/collections/{id}/photos", collections.photos, COST, VIEWER),
    Route("set_members", "PUT", "api/collections/{id}/photos", collections.put, CHANGE, EDITOR, body_limit=IDS_BODY),
    Route("add_members", "POST", "api/collections/{id}/photos", collections.add, CHANGE, EDITOR, body_limit=IDS_BODY),
    # Sharing: visitors of a share have its token, which no key replaces
    Route("make_share", "POST", "api/shares", shares.create, CHANGE, EDITOR, body_limit=IDS_BODY),
    Route("shares", "GET", "api/shares", shares.listing, COST, EDITOR),
    Route("revoke_share", "DELETE", "api/shares/{id}", shares.revoke, CHANGE, EDITOR),
    Route("share_page", "GET", "s/{*token}", static.share_page, READ, VIEWER, anonymous=True),
    Route("shared", "GET", "api/shared", shared.view, COST, VIEWER, anonymous=True),
    Route("unlock_shared", "POST", "api/shared/pass", shared.unlock, COST, VIEWER, anonymous=True),
    Route("shared_photos", "GET", "api/shared/photos", shared.photos, COST, VIEWER, anonymous=True),
    Route("shared_original", "GET", "api/shared/photos/{id}/original", shared.original, COST, VIEWER, anonymous=True),
    Route("shared_picture", "GET", "api/shared/pictures/{size}/{id}", shared.picture, READ, VIEWER, anonymous=True),
    # Jobs
    Route("make_job", "POST", "api/jobs", jobs.create, CHANGE, EDITOR, body_limit=IDS_BODY),
    Route("estimate_job", "POST", "api/jobs/estimate", job_estimate.estimate_job, COST, ADMIN, body_limit=IDS_BODY),
    Route("jobs", "GET", "api/jobs", jobs.jobs, COST, EDITOR),
    Route("job", "GET", "api/jobs/{id}", jobs.job, COST, EDITOR),
    Route("cancel_job", "DELETE", "api/jobs/{id}", jobs.cancel, CHANGE, VIEWER),
    Route("undo_job", "POST", "api/jobs/{id}/undo", jobs.undo, CHANGE, EDITOR),
    Route("proposals", "GET", "api/proposals", proposals.proposals, COST, EDITOR),
    Route("proposal", "GET", "api/proposals/{id}", proposals.proposal, COST, EDITOR),
    Route("accept_proposal", "POST", "api/proposals/{id}/accept", proposals.accept_proposal, CHANGE, EDITOR),
    Route("dismiss_proposal", "DELETE", "api/proposals/{id}", proposals.dismiss, CHANGE, EDITOR),
    # Ingestion
    Route("status", "GET", "api/status", status.status, COST, VIEWER),
    Route("failures", "GET", "api/failures", status.failures, COST, CONTRIBUTOR),
    Route("delete_failures", "DELETE", "api/failures", failed_files.delete_all, CHANGE, CONTRIBUTOR),
    Route("delete_failure", "DELETE", "api/failures/{id}", failed_files.delete, CHANGE, CONTRIBUTOR),
    Route("retry", "POST", "api/failures/{id}/retry", status.retry, CHANGE, CONTRIBUTOR),
    Route("audit", "GET", "api/audit", audit.audit, COST, ADMIN),
    Route("retry_all", "POST", "api/failures/retry", status.retry_all, CHANGE, CONTRIBUTOR),
)
