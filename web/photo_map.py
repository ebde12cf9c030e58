"""`/api/map`: how many photos of a search lie in which cells of the map."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from query.context import query_context
from query.search import facets
from query.search.typed_search import find_typed
from shared.errors import BadRequest
from shared.geo_cells import GEO_CELL, LENGTHS, bounds_of
from shared.services import services
from web.parameters import parse_search
from web.responses import compressed_json

COUNTED = (f"{GEO_CELL},count:0", "country,count:100", "city,count:100")
LEVELS = tuple(str(level) for level, _ in enumerate(LENGTHS, start=1))


class MapCell(TypedDict):
    """A cell by its geohash, how many photos lie in it, and its west, south, east and north in degrees."""

    cell: str
    count: int
    bounds: tuple[float, float, float, float]


class CountedName(TypedDict):
    """A country or a city, and how many photos are from there."""

    value: str
    count: int


class MapTiles(TypedDict):
    """The address of tiles, with `{z}`, `{x}` and `{y}` in it, and whom to name for them."""

    template: str
    attribution: str


class PhotoMap(TypedDict):
    """How many photos were counted, how many of them have a place, and where, the most first, also by name."""

    total: int
    located: int
    cells: list[MapCell]
    countries: list[CountedName]
    cities: list[CountedName]
    tiles: MapTiles | None


async def counts(request: Request) -> Response:
    """The cells of one `level`, 1 the widest, with photos of the search in the other parameters."""
    parameters = request.query_params.multi_items()
    length = LENGTHS[LEVELS.index(_level(request.query_params.get("level") or LEVELS[0]))]
    search = parse_search((name, value) for name, value in parameters if name != "level")
    library = query_context().library.counting(COUNTED)
    results = (await find_typed(library, search.model_copy(update={"top": 0, "skip": 0, "facets": True}))).results
    counted = results.facets.get(GEO_CELL, ())
    content: PhotoMap = {
        "total": results.total,
        "located": sum(count for cell, count in counted if len(cell) == LENGTHS[0]),
        "cells": [{"cell": cell, "count": n, "bounds": bounds_of(cell)} for cell, n in counted if len(cell) == length],
        "countries": _names("country", results.facets),
        "cities": _names("city", results.facets),
        "tiles": _tiles(),
    }
    return compressed_json(content, request)


def _names(facet: str, counts: Mapping[str, facets.Counts]) -> list[CountedName]:
    return [{"value": value, "count": count} for value, count in facets.facet_counts(facet, counts)]


def _level(text: str) -> str:
    if text not in LEVELS:
        raise BadRequest(f"level must be one of {', '.join(LEVELS)}", param="level")
    return text


def _tiles() -> MapTiles | None:
    settings = services().settings
    if not settings.map_tiles:
        return None
    return {"template": settings.map_tiles, "attribution": settings.map_attribution}
