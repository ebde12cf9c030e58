"""`GET /api/search`."""

from starlette.requests import Request
from starlette.responses import Response

from query.context import query_context
from query.search import facets
from web.hits import hit_records
from web.parameters import parse_search
from web.responses import compressed_json


async def search(request: Request) -> Response:
    """`{total, photos: [the record, plus score and highlights], facets}`."""
    results = await query_context().library.find(parse_search(request.query_params.multi_items()))
    content = {
        "total": results.total,
        "photos": hit_records(results.hits),
        "facets": facets.facet_records(results.facets),
    }
    return compressed_json(content, request)
