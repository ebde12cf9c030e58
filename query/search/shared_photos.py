"""
The photos of a share: those of its collection or selection that are there now, and that its maker may see.

Strangers do not spend: nothing here asks a model, whatever words a saved search has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from query.search.in_collection import clause_of
from query.search.library import SORT_ORDERS
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.access.sight import PhotosSight, current_sight
from shared.errors import NotFound
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.odata import both
from shared.search.query import IndexQuery
from shared.stores.collections import Collection, Collections
from shared.stores.shares import Share
from shared.visible_collections import is_there

AT_ONCE = 1000  # ids in one request


@dataclass(frozen=True)
class SharedPhotos:
    """What a share shows; `collection` is None where it has a selection."""

    share: Share
    collection: Collection | None
    index: PhotoIndex

    @classmethod
    async def of(cls, share: Share, collections: Collections, index: PhotoIndex) -> "SharedPhotos":
        """NotFound if its collection was deleted, or is not there for its maker any more."""
        collection = await collections.read(share.collection) if share.collection else None
        with acting_for(maker_of(share)):
            if collection and not await is_there(collection, index):
                raise NotFound(f"there is no collection {collection.id}", param="id")
        return cls(share, collection, index)

    async def page(self, *, top: int, skip: int) -> tuple[int, list[Photo]]:
        """How many photos there are, and a page of them."""
        if self.collection and self.collection.search is not None:
            return await self._found(top=top, skip=skip)
        ids = await self._visible(self._listed)
        return len(ids), await self._documents(ids[skip : skip + top])

    async def photo(self, id_: str) -> Photo | None:
        """One of its photos; None if it is none of them."""
        if self.collection and self.collection.search is not None:
            ids = [id_] if await self._is_found(id_) else []
        else:
            ids = await self._visible([id_] if id_ in self._listed else [])
        return next(iter(await self._documents(ids)), None)

    @property
    def _listed(self) -> Sequence[str]:
        return self.collection.photos if self.collection else self.share.photos

    async def _visible(self, ids: Sequence[str]) -> list[str]:
        there: set[str] = set()
        with acting_for(maker_of(self.share)):
            for start in range(0, len(ids), AT_ONCE):
                there |= (await self.index.entries(ids[start : start + AT_ONCE])).keys()
        return [each for each in dict.fromkeys(ids) if each in there]

    async def _found(self, *, top: int, skip: int) -> tuple[int, list[Photo]]:
        assert self.collection
        query = IndexQuery(filter=clause_of(self.collection), order_by=SORT_ORDERS["newest"], top=top, skip=skip)
        with acting_for(maker_of(self.share)):
            results = await self.index.search(query)
        return results.total, [hit.photo for hit in results.hits]

    async def _is_found(self, id_: str) -> bool:
        assert self.collection
        query = IndexQuery(filter=both(clause_of(self.collection), f"id eq '{id_}'"), top=1, fields=("id", "path"))
        with acting_for(maker_of(self.share)):
            return bool((await self.index.search(query)).hits)

    async def _documents(self, ids: Sequence[str]) -> list[Photo]:
        """The documents of ids that were found to be visible, seen as a visitor who sees nothing else."""
        if not ids:
            return []
        with acting_for(visitor_of(self.share, ids)):
            hits = (await self.index.search(IndexQuery(filter=current_sight().odata(), top=len(ids)))).hits
        photos = {hit.photo.id: hit.photo for hit in hits}
        return [photos[each] for each in ids if each in photos]


def maker_of(share: Share) -> Caller:
    """Who has made a share, as they were then."""
    return Caller(share.maker, share.maker_role, share.maker_id, frozenset(share.maker_groups))


def visitor_of(share: Share, ids: Sequence[str] = ()) -> Caller:
    """Whoever has the token of a share, with these photos in sight and nothing else."""
    key = f"share {share.id}"
    return Caller(key, Role.VIEWER, sight=PhotosSight(ids=frozenset(ids), key=key))
