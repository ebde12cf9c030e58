"""`GET /api/search`."""

from starlette.requests import Request
from starlette.responses import Response

from query.context import query_context
from query.search import facets
from web.hits import hit_records
from web.parameters import search_from, time_zone
from web.responses import packed_json


async def search(request: Request) -> Response:
    """`{total, photos: [the record, plus score and highlights], facets}`."""
    query = search_from(request.query_params.multi_items())
    results = await query_context().library.find(query, zone=time_zone(request.headers.get("x-timezone")))
    content = {
        "total": results.total,
        "photos": hit_records(results.hits),
        "facets": facets.for_callers(results.facets),
    }
    return packed_json(content, request)
