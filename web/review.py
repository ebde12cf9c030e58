"""`/api/review`: the photos that nobody has looked at yet, those first that need it most."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from query.search.review import QueuedPhoto, QueuePlace, ReviewQueue
from shared.errors import BadRequest
from shared.search.filters import Filters
from shared.services import services
from web.parameters import SEARCH_FIELDS, parse_search, parse_whole_number
from web.responses import compressed_json

MAX_REVIEW_PAGE = 50
OWN_PARAMETERS = {"top", "after"}


class ReviewReasons(TypedDict):
    """Why a photo is where it is in the queue, and all that is to be looked at in it."""

    reason: str
    missing_fields: list[str]
    alt_text: list[str]
    tags: list[str]


async def review(request: Request) -> Response:
    """
    `{counts, next, photos: [record and review, ...]}`: a page of the queue, narrowed by the filters of a search.

    `after` is the `next` of the page before. The counts are those of the whole queue, and come without `after`.
    """
    own = {name: value for name, value in request.query_params.items() if name in OWN_PARAMETERS}
    top = parse_whole_number(own, "top", 20, maximum=MAX_REVIEW_PAGE)
    after = QueuePlace.parse(own["after"]) if own.get("after") else None
    filters = _filters(request)
    clients = services()
    page = await ReviewQueue(clients.index, clients.collections).page(filters, top=top, after=after)
    content = {"counts": page.counts, "next": page.next, "photos": [_record(each) for each in page.photos]}
    return compressed_json(content, request)


def _filters(request: Request) -> Filters:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name not in OWN_PARAMETERS]
    if other := next((name for name, _ in pairs if name in SEARCH_FIELDS), None):
        raise BadRequest(f"the queue is narrowed by filters: it has no {other}", param=other)
    return parse_search(pairs).filters


def _record(queued: QueuedPhoto) -> dict[str, Any]:
    reasons: ReviewReasons = {
        "reason": queued.reason,
        "missing_fields": queued.missing_fields,
        "alt_text": queued.photo.alt_text_faults,
        "tags": queued.tags,
    }
    return queued.photo.record() | {"review": reasons}
