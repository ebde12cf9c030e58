"""The photos that a search means, all of them: what a job, or an export, is to work on."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from query.context import query_context
from query.search.typed_search import find_all
from shared.search.search import Search
from shared.services import services
from web.parameters import parse_search

OF_A_PAGE = {"top", "skip", "facets"}  # parameters that change nothing about which photos are meant; nor does fold


def search_of(parameters: Mapping[str, Any]) -> Search:
    """The search that parameters of `GET /api/search` ask for, as JSON; BadRequest names the one at fault."""
    return parse_search((name, text) for name, value in parameters.items() for text in _texts(name, value))


def _texts(name: str, value: Any) -> list[str]:
    if name in OF_A_PAGE:
        return []
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def is_everything(search: Search) -> bool:
    """Whether a search narrows nothing down."""
    filters = search.filters.model_dump(exclude_defaults=True)
    return not search.q.strip() and all(value == "" for value in filters.values())


async def matching_ids(search: Search) -> AsyncIterator[str]:
    """
    The ids of all photos that a search means.

    Without words these are all that its filters let through; with words the likely ones, also those that are shown as
    one because they look alike.
    """
    library = query_context().library
    if search.q.strip():
        for id_ in await find_all(library, search):
            yield id_
        return
    filters = (await library.within(search)).filters
    async for entry in services().index.walk(filters.odata()):
        yield entry.id
