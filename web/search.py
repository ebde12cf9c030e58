"""`/api/search`: by words and filters, and by a picture."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ingest.context import ingest_context
from ingest.preparation import preview_of
from query.context import query_context
from query.search import facets
from query.search.library import Library
from query.search.typed_search import find_typed
from web.hits import hit_records
from web.links import links_to_found
from web.parameters import LINKS, parse_links, parse_search
from web.picture_body import read_picture
from web.responses import compressed_json


async def search(request: Request) -> Response:
    """
    `{total, total_is_exact, less_likely, stacked, unmet, photos: [record, score, ...], facets, interpreted}`, and with
    `links=thumbnail` what `POST /api/links` gives for these photos: `{links: {id: address}, seconds}`.
    """
    return await _page(request, query_context().library)


async def by_picture(request: Request) -> Response:
    """The same for the photos that look like the picture in the body; words and filters narrow it."""
    library = query_context().library
    library.images.require()
    jpeg = await preview_of(await read_picture(request), ingest_context())
    return await _page(request, await library.like(jpeg))


async def _page(request: Request, library: Library) -> Response:
    parameters = request.query_params.multi_items()
    with_links = parse_links(request.query_params)
    typed = await find_typed(library, parse_search(each for each in parameters if each[0] != LINKS))
    results = typed.results
    content: dict[str, Any] = {
        "total": results.total,
        "total_is_exact": results.total_is_exact,
        "less_likely": results.less_likely,
        "stacked": results.stacked,
        "unmet": list(results.unmet),
        "photos": hit_records(results.hits),
        "facets": facets.facet_records(results.facets),
        "interpreted": {"q": typed.q, "filters": dict(typed.filters)},
    }
    if with_links:
        content |= await links_to_found([hit.photo.id for hit in results.hits])
    return compressed_json(content, request)
