"""`GET /api/search`: query parameters in, a page of photos out."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from query import facets
from query.filters import Filters
from query.openai_api import validated
from query.retrieve import Library, Search, as_records
from shared.errors import BadRequest

IGNORED = {"code", "clientId"}  # function keys travel in the query, too
LISTS = {"tag": "tags", "any_tag": "any_tag", "color": "colors"}
PLAIN = {"q", "mode", "sort", "top", "skip", "min_relevance", "fold", "facets"}
ONCE = set(Filters.model_fields) - set(LISTS.values()) - {"exact"}


def parse(parameters: Iterable[tuple[str, str]]) -> Search:
    """The Search that query parameters ask for; BadRequest names the one at fault."""
    plain: dict[str, Any] = {"facets": True}
    filters: dict[str, Any] = {}
    for name, value in parameters:
        if not value.strip() or name in IGNORED:
            continue
        if name in LISTS:
            filters.setdefault(LISTS[name], []).extend(part.strip() for part in value.split(","))
        elif name in PLAIN:
            plain[name] = value
        elif name in ONCE:
            filters[name] = value
        else:
            known = ", ".join(sorted(PLAIN | ONCE | set(LISTS)))
            raise BadRequest(f"{name} is no parameter of a search; there are {known}", param=name)
    checked = validated(Filters, filters)
    return validated(Search, plain | {"filters": checked})


def zone(name: str | None) -> ZoneInfo:
    """The caller's time zone from its IANA name; UTC where none is given."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(f"{name!r} is no time zone; use a name such as Europe/Zurich", param="X-Timezone") from error


async def search(parameters: Iterable[tuple[str, str]], library: Library, *, timezone: str | None) -> dict[str, Any]:
    """`{total, photos: [the record, plus score and highlights], facets}`."""
    results = await library.find(parse(parameters), zone=zone(timezone))
    photos = as_records(results.hits)
    return {"total": results.total, "photos": photos, "facets": facets.shown(results.facets)}
