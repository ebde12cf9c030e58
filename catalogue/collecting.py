"""
Collections: made, described, put in order, and told to the index.

What is stored is the truth; the documents of its photos follow at once and, where that fails, by reconcile.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared.access.caller import current_caller
from shared.access.in_force import rules_in_force
from shared.access.roles import Role
from shared.access.rules import principal_of
from shared.access.sight import current_sight
from shared.errors import BadRequest, InsufficientRights, PhotoError
from shared.granted_documents import follow_collections
from shared.log_text import error_label
from shared.photo import is_photo_id, utc
from shared.search.index import PhotoIndex
from shared.stores.collections import Collection, Collections

log = logging.getLogger(__name__)

MAX_MEMBERS = 20_000  # photos of one collection
BATCH = 500  # photos in one request to the index


async def create_collection(
    values: Mapping[str, Any],
    photos: Sequence[str],
    *,
    by: str,
    collections: Collections,
    index: PhotoIndex,
    id_: str = "",
) -> Collection:
    """
    Make a collection of these photos; BadRequest for what is no photo, or too many.

    Where it has an `id_` already, it is made once: Conflict if it is there.
    """
    await check_photos(photos, index)
    collection = await collections.create(
        Collection(
            id=id_ or uuid4().hex,
            photos=_limited(photos),
            created_by=by,
            creator=principal_of(current_caller()),
            created_at=utc(datetime.now(UTC)),
            **values,
        )
    )
    await follow(collection.photos, collections, index)
    return collection


async def change_photos(
    id_: str,
    change: Callable[[tuple[str, ...]], Iterable[str]],
    *,
    collections: Collections,
    index: PhotoIndex,
    if_match: frozenset[str] = frozenset(),
    view: Collection | None = None,
) -> Collection:
    """
    Write the photos that `change` makes of those of a collection, in their order.

    Those that are in it, but not in the caller's `view` of it, do not count against the limit: it would tell of them.

    Where a rule says who sees the collection, only an editor may, as that shows photos to others.
    """
    changed: set[str] = set()
    leaving = await _take_back(id_, change, collections, index) if _has_rule(id_) else set()

    def changed_photos(collection: Collection) -> Collection:
        if collection.search is not None:
            raise BadRequest("this collection is a saved search, which fills itself: change its search", param="id")
        hidden = set(collection.photos) - set(view.photos) if view and not current_sight().is_full else set()
        photos = _limited(change(collection.photos), hidden, len(collection.photos) - len(hidden))
        changed.clear()
        changed.update(set(photos) ^ set(collection.photos))
        return replace(collection, photos=photos)

    try:
        collection = await collections.update(id_, changed_photos, if_match=if_match)
    finally:
        await follow(changed | leaving, collections, index)
    return collection


def _has_rule(id_: str) -> bool:
    """Whether a rule, of now or before, says who sees this collection; InsufficientRights for who may not change it."""
    if not any(id_ in each.collections for each in rules_in_force().all):
        return False
    if current_caller().role < Role.EDITOR:
        raise InsufficientRights("a rule says who sees the photos of this collection: only editors may change them")
    return True


async def _take_back(
    id_: str, change: Callable[[tuple[str, ...]], Iterable[str]], collections: Collections, index: PhotoIndex
) -> set[str]:
    """Take from documents what the collection grants, before it loses their photos, and return which these are."""
    before = (await collections.read(id_)).photos
    leaving = set(before) - set(change(before))
    await follow_collections(sorted(leaving), collections, index, leaving=id_)
    return leaving


async def delete_collection(id_: str, *, collections: Collections, index: PhotoIndex) -> None:
    """Delete a collection; its photos stay."""
    photos = (await collections.read(id_)).photos
    if _has_rule(id_):
        await _take_back(id_, lambda _: (), collections, index)
    await collections.delete(id_)
    await follow(photos, collections, index)


async def follow(photos: Iterable[str], collections: Collections, index: PhotoIndex) -> None:
    """Tell the index which collections these photos are in; it is no reason to fail if that has to wait."""
    ids = list(photos)
    if not ids:
        return
    try:
        await follow_collections(ids, collections, index)
    except PhotoError as error:
        log.warning("reconcile will tell the index of a collection: %s", error_label(error))


async def check_photos(ids: Sequence[str], index: PhotoIndex) -> None:
    """BadRequest for an id that is none, or of no photo."""
    for each in ids:
        if not is_photo_id(each):
            raise BadRequest(f"{each[:60]!r} is not an id: an id has 32 hexadecimal digits", param="ids")
    for start in range(0, len(ids), BATCH):
        batch = list(ids[start : start + BATCH])
        there = await index.entries(batch)
        if missing := [each for each in batch if each not in there]:
            raise BadRequest(f"there is no photo {missing[0]}", param="ids")


def _limited(photos: Iterable[str], hidden: Set[str] = frozenset(), before: int = 0) -> tuple[str, ...]:
    """
    Each photo once; BadRequest if they are too many, hidden ones not counted.

    Where there were too many `before`, as several people have added what the others do not see, there may be as many.
    """
    unique = tuple(dict.fromkeys(photos))
    if len(unique) - len(hidden & set(unique)) > max(MAX_MEMBERS, before):
        raise BadRequest(
            f"a collection takes at most {MAX_MEMBERS:,} photos: make several, or one that fills itself by a search",
            param="ids",
        )
    return unique
