"""What jobs edit with: photos that are edited at the same time share their calls of the index and of the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from catalogue.context import CatalogueContext
from catalogue.jobs.giving_way import BATCH
from shared.access.sight import current_sight, in_full_sight
from shared.batched_calls import BatchedCalls
from shared.edited_documents import EditedDocuments
from shared.edits import PhotoEdits, has_edits
from shared.embedding_model import TextVector
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.stores.edits import Edits
from shared.stores.tickets import TicketQueue


class BatchedIndex:
    """The index, written for several photos at once; a document that is to be compared is looked up by itself."""

    def __init__(self, index: PhotoIndex) -> None:
        self._index = index
        self._searches = BatchedCalls(self._search, most=BATCH)
        self._merges = BatchedCalls(self._merge, most=BATCH)

    async def glance(self, id_: str) -> Photo | None:
        """A photo as a search finds it, which may be what it was some seconds ago."""
        photo = await self._searches(id_)
        return photo if photo and current_sight().sees_document(photo) else None

    async def get(self, id_: str) -> Photo | None:
        """A photo as it is now."""
        return await self._index.get(id_)

    async def merge(self, documents: Sequence[Mapping[str, Any]]) -> int:
        """Change the fields that these documents name; how many that were."""
        return sum([await self._merges(each) for each in documents])

    def words_of(self, photo: Photo) -> dict[str, Any]:
        """What is only searched of a photo."""
        return self._index.words_of(photo)

    @in_full_sight  # those of several callers may come together: `glance` judges for each
    async def _search(self, ids: Sequence[str]) -> list[Photo | None]:
        photos = await self._index.get_many(ids)
        return [photos.get(each) for each in ids]

    async def _merge(self, documents: Sequence[Mapping[str, Any]]) -> list[int]:
        await self._index.merge(documents)
        return [1] * len(documents)


@dataclass
class BatchedContext:
    """The context of edits by jobs. There is one in each process."""

    context: CatalogueContext

    @property
    def edits(self) -> Edits:
        return self.context.edits

    @property
    def refresh_tickets(self) -> TicketQueue:
        return self.context.refresh_tickets

    @cached_property
    def documents(self) -> EditedDocuments:
        """What brings documents in line with edits, in one write each."""
        embeddings = BatchedCalls(self.context.embed, most=BATCH)

        async def embed(texts: Sequence[str]) -> list[TextVector]:
            return [await embeddings(each) for each in texts]

        return EditedDocuments(self.edits, self._index, self.context.tickets, embed, in_one_write=True)

    @cached_property
    def _index(self) -> BatchedIndex:
        return BatchedIndex(self.context.index)

    async def read(self, id_: str) -> tuple[Photo | None, PhotoEdits]:
        """A photo and its edits. It is looked up where a search does not show it with these edits yet."""
        photo, edits = await self._index.glance(id_), await self.edits.read(id_)
        if photo is None or not has_edits(photo, edits):
            photo = await self._index.get(id_)
        return photo, edits
