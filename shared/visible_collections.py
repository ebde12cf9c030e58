"""
Collections as the caller of now sees them: with the photos that are not hidden, as if there were no others.

When it was changed is told to those who see everything, as a hidden photo may have come or gone.

A list is there for whoever sees one of its photos, has made it, or is named by a rule about it; a saved search for
whoever may see something in the folder that it names, if it names one.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from shared.access.sight import RuledSight, Sight, current_sight
from shared.errors import NotFound, PreconditionFailed
from shared.search.index import PhotoIndex
from shared.stores.collections import COLLECTION, MAX_AGE, Collection, Collections

BATCH = 1000  # photos in one request
AT_ONCE = 8


async def visible_collections(collections: Collections, index: PhotoIndex) -> list[Collection]:
    """Every collection that is there for the caller of now."""
    return await _visible(await collections.all(), index)


async def read_collection(id_: str, collections: Collections, index: PhotoIndex) -> Collection:
    """One collection; NotFound if there is none of this id for the caller of now."""
    for each in await _visible([await collections.read(id_)], index):
        return each
    raise NotFound(f"there is no collection {id_}", param="id")


async def is_there(collection: Collection, index: PhotoIndex) -> bool:
    """Whether a collection is there for the caller of now, with as little work as tells it."""
    sight = current_sight()
    if sight.is_full or _is_there(replace(collection, photos=()), sight):
        return True
    batches = [collection.photos[start : start + BATCH] for start in range(0, len(collection.photos), BATCH)]
    for each in batches:
        if await index.entries(each):
            return True
    return False


async def find_collection(name: str, collections: Collections, index: PhotoIndex) -> Collection:
    """A collection by its id or, in any case, its name, as it was a few seconds ago; NotFound if there is none."""
    if current_sight().is_full:
        return await collections.find(name)
    for max_age in (MAX_AGE, 0.0):  # one that was just made is found at once
        for each in await _visible(await collections.named(name, max_age=max_age), index):
            return each
    raise NotFound(f"there is no collection {name!r}", param="collection")


async def visible_ids(ids: Iterable[str], index: PhotoIndex) -> frozenset[str]:
    """Those of these photos that are indexed and not hidden."""
    unique, limit = list(dict.fromkeys(ids)), asyncio.Semaphore(AT_ONCE)

    async def visible(batch: Sequence[str]) -> set[str]:
        async with limit:
            return set(await index.entries(batch))

    batches = [unique[start : start + BATCH] for start in range(0, len(unique), BATCH)]
    return frozenset().union(*await asyncio.gather(*map(visible, batches)))


def etag_of(view: Collection) -> str:
    """The etag of a collection as the caller of now sees it, which stays as it is while only hidden photos change."""
    if current_sight().is_full:
        return view.etag
    content = COLLECTION.dump_json(replace(view, etag="", updated_at=""))
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def stored_etags(view: Collection, if_match: frozenset[str]) -> frozenset[str]:
    """What `If-Match` asks of a collection as it is stored; PreconditionFailed if the caller's view is another."""
    if current_sight().is_full or not if_match or "*" in if_match:
        return if_match
    if etag_of(view) not in if_match:
        raise PreconditionFailed("the collection has changed since: read it again", param="If-Match")
    return frozenset({view.etag})


async def _visible(collections: Sequence[Collection], index: PhotoIndex) -> list[Collection]:
    sight = current_sight()
    if sight.is_full:
        return list(collections)
    seen = await visible_ids([id_ for each in collections for id_ in (*each.photos, each.cover) if id_], index)
    views = [
        replace(
            each,
            photos=tuple(id_ for id_ in each.photos if id_ in seen),
            cover=each.cover if each.cover in seen else "",
            updated_at="",  # it may be that of a hidden photo
        )
        for each in collections
    ]
    return [each for each in views if _is_there(each, sight)]


def _is_there(view: Collection, sight: Sight) -> bool:
    if view.search is not None:
        folder = view.query.get("filters", {}).get("folder")
        return folder is None or sight.sees_within(str(folder).strip("/"))
    return bool(view.photos) or (isinstance(sight, RuledSight) and sight.knows_collection(view.id, view.creator))
