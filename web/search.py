"""`GET /api/search`."""

from starlette.requests import Request
from starlette.responses import Response

from query.context import query_context
from query.search import facets
from query.search.typed_search import find_typed
from web.hits import hit_records
from web.parameters import parse_search
from web.responses import compressed_json


async def search(request: Request) -> Response:
    """`{total, photos: [the record, plus score and highlights], facets, interpreted}`."""
    typed = await find_typed(query_context().library, parse_search(request.query_params.multi_items()))
    results = typed.results
    content = {
        "total": results.total,
        "photos": hit_records(results.hits),
        "facets": facets.facet_records(results.facets),
        "interpreted": {"q": typed.q, "filters": dict(typed.filters)},
    }
    return compressed_json(content, request)
