"""What the function app calls: questions with their services wired in."""

from collections.abc import AsyncIterator, Iterable, Mapping
from functools import cache
from typing import Any

from query import completions, links, openai_api, openapi, search_api, static
from query.chat import Desk
from query.retrieve import Library, as_records
from shared.errors import NotFound, SettingsError
from shared.health import Health, health
from shared.numbers import whole
from shared.photo import Photo
from shared.services import services


@cache
def desk() -> Desk:
    """The desk of this process."""
    known = services()
    return Desk(Library(known.index, known.models, weight=known.settings.vector_weight), known.models, known.storage)


async def complete(body: bytes, timezone: str | None) -> dict[str, Any] | AsyncIterator[str]:
    """Answer a chat-completions request: a body, or server-sent events."""
    return await completions.complete(body, desk(), timezone=timezone)


async def models() -> dict[str, Any]:
    return openai_api.model_list(completions.served(desk()))


async def model(name: str) -> dict[str, Any]:
    """The model of that name."""
    if name not in completions.served(desk()):
        raise NotFound(f"there is no model {name}", param="model")
    return openai_api.model_card(name)


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    return openapi.document(completions.served(desk()))


async def search(parameters: Iterable[tuple[str, str]], timezone: str | None) -> dict[str, Any]:
    return await search_api.search(parameters, desk().library, timezone=timezone)


async def photo(id_: str) -> dict[str, Any]:
    """The record of one photo."""
    return (await _photo(id_)).record()


async def similar(id_: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Photos like this one, the likest first; `top` of them, 12 if not said otherwise."""
    hits = await desk().library.similar(id_, top=whole(parameters, "top", 12, most=100))
    if hits is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return {"total": len(hits), "photos": as_records(hits)}


async def link(id_: str, size: str) -> tuple[str, int]:
    """A read-only link to the thumbnail, the preview or the original, and how many seconds to trust it."""
    minutes, storage = services().settings.link_minutes, services().storage
    found = await _photo(id_)
    if size == "original":
        url = await storage.link(found.path, minutes=minutes)
    else:
        url = await storage.picture_link(found.id, size, minutes=minutes)
    return url, minutes * 30  # half its life, so that nobody is handed a link about to end


async def _photo(id_: str) -> Photo:
    found = await desk().library.photo(id_)
    if found is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return found


async def well() -> tuple[bool, Health]:
    return await health(services())


async def picture_links(body: bytes) -> dict[str, Any]:
    """`{links: {id: url}, seconds}` for the pictures asked for, and how long to trust them."""
    known = services()
    minutes = known.settings.link_minutes
    found = await links.links(links.parse(body), desk().library, known.storage, minutes=minutes)
    return {"links": found, "seconds": minutes * 30}  # half their life, as above


def page(request: Mapping[str, str]) -> static.Reply:
    """The web page; it comes even when the settings are wrong, to say so."""
    try:
        pictures = services().storage.origin
    except SettingsError:
        pictures = ""
    return static.home(request, pictures=pictures)


def page_file(path: str, request: Mapping[str, str]) -> static.Reply:
    """A file of the web page."""
    return static.asset(path, request)
