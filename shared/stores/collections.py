"""
Collections: a blob for each, which is the truth about its photos and their order.

A document of the index names the collections that its photo is in, so that a search can be narrowed to one. Whoever
writes a document asks here which these are; where nobody has made a collection, that is a listing of nothing now and
then.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from shared.photo import is_photo_id, utc
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed

CONTAINER = "photo-collections"
MAX_COLLECTIONS = 1000
MAX_AGE = 10.0  # seconds for which an instance believes what it has read, where it need not be exact


@dataclass(frozen=True, kw_only=True)
class Collection:
    """
    A list of photos in an order that people chose or, where it has a `search`, all photos that this finds.

    `search` are parameters of `GET /api/search`, and `query` is what they mean: `q` and `filters`. `cover` is the id of
    a photo; `etag` is that of what is stored.
    """

    id: str
    name: str
    description: str = ""
    cover: str = ""
    photos: tuple[str, ...] = ()
    search: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    created_by: str = ""
    creator: str = ""  # the same as rules of who sees what name it
    created_at: str = ""
    updated_at: str = ""
    etag: str = ""


COLLECTION = TypeAdapter(Collection)
Memberships = Mapping[str, Sequence[str]]


class Collections(StorageResources):
    """The store of collections. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)
        self._clock = clock
        self._read_at = float("-inf")
        self._recent: dict[str, Collection] = {}
        self._of_photos: Memberships = {}
        self._lock = asyncio.Lock()

    # -- reading --------------------------------------------------------------------------

    async def read(self, id_: str) -> Collection:
        """One collection; NotFound if there is none of this id."""
        async with self.calls():
            with ignore_missing(), suppress(ValidationError):
                stream = await self._container.download_blob(f"{id_}.json")
                collection = COLLECTION.validate_json(await stream.readall())
                return replace(collection, id=id_, etag=_quote(stream.properties.etag))
        raise NotFound(f"there is no collection {id_}", param="id")

    async def all(self, *, max_age: float = 0.0) -> list[Collection]:
        """
        Every collection as it was at most `max_age` seconds ago; only those that have changed are read again.

        Callers that wait for each other share what is read after they have asked.
        """
        asked_at = self._clock()
        async with self._lock:
            if asked_at >= self._read_at + max_age:
                await self._refresh()
        return list(self._recent.values())

    async def find(self, name: str) -> Collection:
        """A collection by its id or, in any case, its name, as it was a few seconds ago; NotFound if there is none."""
        for max_age in (MAX_AGE, 0.0):  # one that was just made is found at once
            for each in await self.named(name, max_age=max_age):
                return each
        raise NotFound(f"there is no collection {name!r}", param="collection")

    async def named(self, name: str, *, max_age: float) -> list[Collection]:
        """The collections of this id or, in any case, this name; some may be hidden from others."""
        wanted = name.strip().casefold()
        return [each for each in await self.all(max_age=max_age) if each.id == name or each.name.casefold() == wanted]

    async def of_photo(self, id_: str) -> list[str]:
        """The ids of the collections that a photo is in, as they were a few seconds ago."""
        await self.all(max_age=MAX_AGE)
        return list(self._of_photos.get(id_, ()))

    async def of_photos(self) -> Memberships:
        """The ids of the collections that photos are in, by the ids of the photos, as they are now."""
        await self.all()
        return self._of_photos

    async def _refresh(self) -> None:
        now, recent = self._clock(), dict[str, Collection]()
        async with self.calls():
            etags = {each.name.removesuffix(".json"): _quote(each.etag) async for each in self._container.list_blobs()}
        for id_, etag in etags.items():
            known = self._recent.get(id_)
            if known and known.etag == etag:
                recent[id_] = known
            elif is_photo_id(id_):
                with suppress(NotFound):
                    recent[id_] = await self.read(id_)
        if recent != self._recent or not self._of_photos:
            self._of_photos = _memberships(recent)
        self._recent, self._read_at = recent, now

    # -- writing --------------------------------------------------------------------------

    async def create(self, collection: Collection) -> Collection:
        """Keep a new collection; BadRequest if there are too many, Conflict if there is one of its id."""
        if len(await self.all()) >= MAX_COLLECTIONS:
            raise BadRequest(f"there are {MAX_COLLECTIONS:,} collections, which is the most there can be: delete some")
        if written := await self._write(collection, None):
            return written
        raise Conflict("the collection has been made already", param="id")

    async def update(
        self, id_: str, change: Callable[[Collection], Collection], *, if_match: frozenset[str] = frozenset()
    ) -> Collection:
        """
        Write what `change` makes of a collection, again if it was written meanwhile.

        NotFound if it is gone, PreconditionFailed if it has none of the etags in `if_match`, when there are some.
        """
        while True:
            before = await self.read(id_)
            if if_match and not {"*", before.etag} & if_match:
                raise PreconditionFailed("the collection has changed since: read it again", param="If-Match")
            if (after := change(before)) == before:
                return before
            after = replace(after, updated_at=utc(datetime.now(UTC)))
            if written := await self._write(after, before.etag):
                return written

    async def _write(self, collection: Collection, etag: str | None) -> Collection | None:
        """Write a collection over the version with this etag; None if somebody else came first."""
        name, content = f"{collection.id}.json", COLLECTION.dump_json(replace(collection, etag=""))
        async with self.calls():
            try:
                await self._container.upload_blob(name, content, **unless_changed(etag))
            except (ResourceModifiedError, ResourceExistsError):
                return None
        self._read_at = float("-inf")  # who writes one reads it as it is then
        return await self.read(collection.id)

    async def delete(self, id_: str) -> None:
        """Delete a collection, of which no photo is lost; one that is gone is fine."""
        async with self.calls():
            with ignore_missing():
                await self._container.delete_blob(f"{id_}.json", delete_snapshots="include")
        self._read_at = float("-inf")

    async def rename_photo(self, old: str, new: str | None) -> None:
        """Let a photo that has another id now keep its places; None takes it out of every collection for good."""
        ids = (await self.of_photos()).get(old, ())
        for id_ in ids:
            with suppress(NotFound):
                await self.update(id_, lambda each: _renamed(each, old, new))
        if ids:  # who writes the document next must know
            await self.all()


def _renamed(collection: Collection, old: str, new: str | None) -> Collection:
    photos = [new if each == old else each for each in collection.photos]
    cover = (new or "") if collection.cover == old else collection.cover
    return replace(collection, photos=tuple(dict.fromkeys(each for each in photos if each)), cover=cover)


def _memberships(collections: Mapping[str, Collection]) -> Memberships:
    members: dict[str, list[str]] = {}
    for collection in collections.values():
        for id_ in collection.photos:
            members.setdefault(id_, []).append(collection.id)
    return members


def _quote(etag: str) -> str:
    """The etag in quotes: listings give it bare, everything else gives it in quotes."""
    return f'"{etag.strip(chr(34))}"'
