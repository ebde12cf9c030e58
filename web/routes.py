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

from shared.api_keys import Right
from web.lazy import LazyHandlers

if TYPE_CHECKING:
    from web import (
        catalogue,
        chat,
        collections,
        edits,
        export,
        feedback,
        health,
        import_csv,
        jobs,
        links,
        me,
        moves,
        originals,
        photos,
        pictures,
        proposals,
        search,
        static,
        status,
        trash,
        vocabulary,
    )
    from web.openapi import document as openapi
else:
    catalogue = LazyHandlers("web.catalogue")
    chat = LazyHandlers("web.chat")
    collections = LazyHandlers("web.collections")
    edits = LazyHandlers("web.edits")
    export = LazyHandlers("web.export")
    feedback = LazyHandlers("web.feedback")
    health = LazyHandlers("web.health")
    import_csv = LazyHandlers("web.import_csv")
    jobs = LazyHandlers("web.jobs")
    links = LazyHandlers("web.links")
    me = LazyHandlers("web.me")
    moves = LazyHandlers("web.moves")
    openapi = LazyHandlers("web.openapi.document")
    originals = LazyHandlers("web.originals")
    photos = LazyHandlers("web.photos")
    pictures = LazyHandlers("web.pictures")
    proposals = LazyHandlers("web.proposals")
    search = LazyHandlers("web.search")
    static = LazyHandlers("web.static")
    status = LazyHandlers("web.status")
    trash = LazyHandlers("web.trash")
    vocabulary = LazyHandlers("web.vocabulary")


SMALL_BODY = 65_536
# Two photos as a phone takes them, as data URLs. A body takes about five times its size while it is read as JSON.
CHAT_BODY = 16_000_000
IMAGE_BODY = 16_000_000  # a photo as a camera takes it
IDS_BODY = 2_000_000  # as many ids as a body may have values


VOCABULARY_BODY = 5_000_000  # ten thousand terms with their synonyms
CSV = ("text/csv", "application/json")


class Access(Enum):
    """What a route does; pages of other origins may only link to, or show, what reads."""

    READ = "reads little"
    COST = "reads much, or pays for a model"
    CHANGE = "changes something"


@dataclass(frozen=True)
class Route:
    """
    One HTTP function; `anonymous` ones need no key. Logs and the admin API use the function's name: keep it.

    Keys that may only read reach what changes nothing, unless it is `private`: what tells of files and services that
    the library does not show.

    `body_limit` is the most bytes that a body may have, None where the handler counts them itself. `content_types` are
    those of a body that is not JSON, and none that a page of another site could send unasked.
    """

    function: str
    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    access: Access
    anonymous: bool = False
    private: bool = False
    body_limit: int | None = SMALL_BODY
    image: bool = False  # whether it takes one, as well as JSON
    content_types: tuple[str, ...] = ()

    @property
    def right(self) -> Right:
        """What a key must have to call it."""
        return "full" if self.private or self.access is Access.CHANGE else "read"


ROUTES = (
    Route("page", "GET", "/", static.page, Access.READ, anonymous=True),
    Route("page_file", "GET", "page/{*file}", static.page_file, Access.READ, anonymous=True),
    Route("health", "GET", "api/health", health.health, Access.COST, anonymous=True),
    Route("openapi", "GET", "api/openapi.json", openapi.openapi, Access.READ),
    Route("me", "GET", "api/me", me.me, Access.READ),
    # Chat
    Route("chat_completions", "POST", "v1/chat/completions", chat.completions, Access.COST, body_limit=CHAT_BODY),
    Route("responses", "POST", "v1/responses", chat.responses, Access.COST, body_limit=CHAT_BODY),
    Route("response", "GET", "v1/responses/{id}", chat.response, Access.READ),
    Route("models", "GET", "v1/models", chat.models, Access.READ),
    Route("model", "GET", "v1/models/{id}", chat.model, Access.READ),
    # Photos
    Route("search", "GET", "api/search", search.search, Access.COST),
    Route("search_by_picture", "POST", "api/search", search.by_picture, Access.COST, body_limit=IMAGE_BODY, image=True),
    Route("upload", "PUT", "api/photos/{*path}", photos.upload, Access.CHANGE, body_limit=None),
    Route("photo", "GET", "api/photos/{id}", photos.record, Access.READ),
    Route("edit", "PATCH", "api/photos/{id}", edits.patch, Access.CHANGE),
    Route("delete", "DELETE", "api/photos/{id}", photos.delete, Access.CHANGE),
    Route("history", "GET", "api/photos/{id}/history", edits.history, Access.READ),
    Route("undo", "POST", "api/photos/{id}/undo", edits.undo_change, Access.CHANGE),
    Route("move", "POST", "api/photos/{id}/move", moves.move_photo, Access.CHANGE),
    Route("similar", "GET", "api/photos/{id}/similar", photos.similar, Access.COST),
    Route("thumbnail", "GET", "api/photos/{id}/thumbnail", links.thumbnail, Access.READ),
    Route("preview", "GET", "api/photos/{id}/preview", links.preview, Access.READ),
    Route("original", "GET", "api/photos/{id}/original", links.original, Access.READ),
    Route("original_at", "GET", "api/originals/{*path}", originals.original, Access.COST),
    Route("delete_original", "DELETE", "api/originals/{*path}", originals.delete, Access.CHANGE),
    Route("picture_links", "POST", "api/links", links.picture_links, Access.COST),
    Route("picture", "GET", "api/pictures/{size}/{id}", pictures.picture, Access.READ, anonymous=True),
    # A verdict changes no photo, so a key that may only read may give one.
    Route("feedback", "POST", "api/feedback", feedback.feedback, Access.COST),
    # Catalogue
    Route("catalogue_fields", "GET", "api/catalogue", catalogue.fields, Access.READ),
    Route("vocabulary", "GET", "api/vocabulary", vocabulary.read, Access.READ),
    Route("set_vocabulary", "PUT", "api/vocabulary", vocabulary.replace, Access.CHANGE, body_limit=VOCABULARY_BODY),
    Route("trash", "GET", "api/trash", trash.listing, Access.COST, private=True),
    Route("empty_trash", "DELETE", "api/trash", trash.empty, Access.CHANGE),
    Route("delete_for_good", "DELETE", "api/trash/{id}", trash.delete, Access.CHANGE),
    Route("restore", "POST", "api/trash/{id}/restore", trash.restore, Access.CHANGE),
    # Taking it along
    Route("export", "GET", "api/export", export.export, Access.COST),
    Route("export_ids", "POST", "api/export", export.export_ids, Access.COST, body_limit=IDS_BODY),
    Route("import_csv", "POST", "api/import", import_csv.import_csv, Access.CHANGE, body_limit=None, content_types=CSV),
    # Collections
    Route("collections", "GET", "api/collections", collections.collections, Access.READ),
    Route("make_collection", "POST", "api/collections", collections.create, Access.CHANGE, body_limit=IDS_BODY),
    Route("collection", "GET", "api/collections/{id}", collections.collection, Access.READ),
    Route("change_collection", "PATCH", "api/collections/{id}", collections.patch, Access.CHANGE),
    Route("delete_collection", "DELETE", "api/collections/{id}", collections.delete, Access.CHANGE),
    Route("collection_photos", "GET", "api/collections/{id}/photos", collections.photos, Access.COST),
    Route("set_members", "PUT", "api/collections/{id}/photos", collections.put, Access.CHANGE, body_limit=IDS_BODY),
    Route("add_members", "POST", "api/collections/{id}/photos", collections.add, Access.CHANGE, body_limit=IDS_BODY),
    # Jobs
    Route("make_job", "POST", "api/jobs", jobs.create, Access.CHANGE, body_limit=IDS_BODY),
    Route("jobs", "GET", "api/jobs", jobs.jobs, Access.COST, private=True),
    Route("job", "GET", "api/jobs/{id}", jobs.job, Access.COST, private=True),
    Route("cancel_job", "DELETE", "api/jobs/{id}", jobs.cancel, Access.CHANGE),
    Route("undo_job", "POST", "api/jobs/{id}/undo", jobs.undo, Access.CHANGE),
    Route("proposal", "GET", "api/proposals/{id}", proposals.proposal, Access.COST, private=True),
    Route("accept_proposal", "POST", "api/proposals/{id}/accept", proposals.accept_proposal, Access.CHANGE),
    Route("dismiss_proposal", "DELETE", "api/proposals/{id}", proposals.dismiss, Access.CHANGE),
    # Ingestion
    Route("status", "GET", "api/status", status.status, Access.COST),
    Route("failures", "GET", "api/failures", status.failures, Access.COST, private=True),
    Route("retry", "POST", "api/failures/{id}/retry", status.retry, Access.CHANGE),
    Route("retry_all", "POST", "api/failures/retry", status.retry_all, Access.CHANGE),
)
