"""What is read of the photo index, in terms of its two ways to read: one document, and a search."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from shared.photo import Photo, stored_fields
from shared.search.odata import among
from shared.search.query import IndexQuery
from shared.search.results import ENTRY_FIELDS, IndexEntry, SearchResults


class IndexReader:
    """All that asks for documents."""

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        """One photo as it is now, without its vectors unless asked for; None when it is not indexed, or hidden."""
        raise NotImplementedError

    async def search(self, query: IndexQuery) -> SearchResults:
        """Run one query."""
        raise NotImplementedError

    def held(self) -> AbstractAsyncContextManager[None]:
        """What runs within this uses one index, with the model that embedded it, to its last request."""
        return nullcontext()

    async def get_many(self, ids: Sequence[str]) -> dict[str, Photo]:
        """
        Photos by id, 1,000 at most, without their vectors; those that are not indexed, or hidden, are left out.

        A search finds them, so they may be what they were some seconds ago.
        """
        query = IndexQuery(filter=among(ids), top=len(ids), fields=stored_fields(), plain=True)
        return {hit.photo.id: hit.photo for hit in (await self.search(query)).hits}

    async def count(self, filter_: str | None = None) -> int:
        """How many photos the filter matches; all of them without one."""
        return (await self.search(IndexQuery(filter=filter_, top=0))).total

    async def holds(self, digest: str, *, besides: str) -> bool:
        """Whether any photo except the one with the id `besides` has these bytes; both arguments are hex."""
        return await self.count(f"digest eq '{digest}' and id ne '{besides}'") > 0

    async def digests(self, digests: Sequence[str]) -> set[str]:
        """Which of these digests photos have; 500 at most. Digests are hex, so they need no escaping."""
        filter_ = f"search.in(digest, '{','.join(digests)}', ',')"
        page = await self.search(IndexQuery(filter=filter_, top=1000, fields=("id", "path", "digest")))
        matches = {hit.photo.digest for hit in page.hits}
        rest = set(digests) - matches if page.total > len(page.hits) else set()  # copies may have filled the page
        return matches | {each for each in rest if await self.holds(each, besides="")}

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        """The entries of these photos by id; 1,000 ids at most."""
        query = IndexQuery(filter=among(ids), top=len(ids), fields=ENTRY_FIELDS)
        return {hit.photo.id: IndexEntry.of(hit.photo) for hit in (await self.search(query)).hits}

    async def walk(self, filter_: str | None = None, *, page: int = 1000, after: str = "") -> AsyncIterator[IndexEntry]:
        """The entry of every photo that the filter matches, in the order of ids `after` one, one request a page."""
        last = after
        while True:
            clauses = [clause for clause in (filter_, last and f"id gt '{last}'") if clause]
            query = IndexQuery(filter=" and ".join(clauses) or None, order_by=["id"], top=page, fields=ENTRY_FIELDS)
            hits = (await self.search(query)).hits
            for hit in hits:
                yield IndexEntry.of(hit.photo)
            if len(hits) < page:
                return
            last = hits[-1].photo.id

    async def find_copy(self, digest: str, embedded_text: str, *, is_embedded: Callable[[Photo], bool]) -> Photo | None:
        """
        A photo with these bytes and this digest of the text that was embedded, with its vector.

        `is_embedded` tells by the recipes of a photo whether the vector is by the right model. The digest is hex, so it
        needs no escaping; the text's cannot be filtered by, hence two requests.
        """
        fields = ("id", "path", "recipe", "embedding_recipe", "embedded_text")
        query = IndexQuery(filter=f"digest eq '{digest}'", top=1000, fields=fields)
        copies = (hit.photo for hit in (await self.search(query)).hits)
        copy = next((each for each in copies if each.embedded_text == embedded_text and is_embedded(each)), None)
        return await self.get(copy.id, with_vector=True) if copy else None

    async def find_image_vector(self, digest: str, image_recipe: str) -> list[float]:
        """The vector of a picture with these bytes, made by this recipe; empty if there is none. Both are hex."""
        filter_ = f"digest eq '{digest}' and image_recipe eq '{image_recipe}'"
        hits = (await self.search(IndexQuery(filter=filter_, top=1, fields=("id", "path")))).hits
        copy = await self.get(hits[0].photo.id, with_vector=True) if hits else None
        return copy.image_vector if copy and copy.image_recipe == image_recipe else []
