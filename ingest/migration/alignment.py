"""
Makes one index the same as another while both are in use, but for the vectors of texts, which may be by another model.

A pass reads both side by side in the order of ids and copies what differs. So it fills an index that is empty, goes on
where it was killed, and tells in the end that nothing differs any more: all three are the same.

Whoever writes meanwhile writes the live index first and then the other. A copy is compared with the live document once
it has been written: what has changed before that is copied again, and what changes later is written by whoever
changes it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ingest.context import IngestContext
from ingest.migration.patience import patiently
from shared.embedded_index import EmbeddedIndex, using_index
from shared.embedded_text import text_digest, text_to_embed
from shared.errors import Transient
from shared.photo import Photo, stored_fields
from shared.search.index import PhotoIndex
from shared.search.odata import among
from shared.search.query import IndexQuery

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = 500  # documents compared at once
BATCH = 50  # documents copied at once, with their texts in one call of the model
AT_ONCE = 4  # batches
LOOKUPS = 8  # at once
ROUNDS = 20  # copies of the same photo, while others keep changing it
MAX_PASSES = 12
FEW = 20  # photos, or one in a thousand, that others are just writing
NO_VECTORS: dict[str, Any] = {"vector": [], "image_vector": [], "embedded_text": "", "embedding_recipe": ""}


@dataclass
class AlignmentPass:
    """What one pass has compared and found: photos that were missing or differed, had no vector yet, or are gone."""

    compared: int = 0
    differing: int = 0
    not_embedded: int = 0
    gone: int = 0
    tokens: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs but what others were just writing."""
        return self.differing + self.gone <= max(FEW, self.compared // 1000)

    def __str__(self) -> str:
        return (
            f"{self.compared:,} compared, {self.differing:,} copied, {self.not_embedded:,} embedded, "
            f"{self.gone:,} deleted"
        )


class Alignment:
    """Copies what differs from one index to another, whose texts are embedded by its own model."""

    def __init__(
        self,
        source: PhotoIndex,
        target: PhotoIndex,
        *,
        by: tuple[EmbeddedIndex, EmbeddedIndex],
        context: IngestContext,
        progress: Callable[[str], None],
    ) -> None:
        """`by` are both with their models."""
        self._source, self._target = source, target
        self._from, self._to = by
        self._context = context
        self._progress = progress
        self._copying = asyncio.Semaphore(AT_ONCE)
        self._looking = asyncio.Semaphore(LOOKUPS)

    async def run(self) -> AlignmentPass:
        """Pass after pass until one is clean, and return it; Transient if none is, as others write too much."""
        for number in range(MAX_PASSES):
            done = await self.once()
            log.info("pass %s: %s", number + 1, done)
            if done.is_clean and (number or not done.differing) and done.not_embedded <= FEW:
                return done
        raise Transient("so much is changed meanwhile that both do not become the same: run it again when less is")

    async def once(self) -> AlignmentPass:
        """Compare all of both once, and copy what differs."""
        result = AlignmentPass()
        async for page, there in side_by_side(self._source, self._target):
            await self._compare(page, there, result)
            self._progress(str(result))
        return result

    async def _compare(self, page: Sequence[Photo], there: dict[str, Photo], result: AlignmentPass) -> None:
        stale = []
        for photo in page:
            other = there.pop(photo.id, None)
            differs = other is None or content(other) != content(photo)
            if differs or (other and not self._is_embedded(other)):
                stale.append(photo.id)
                result.differing += differs
                result.not_embedded += not differs
        result.compared += len(page)
        await asyncio.gather(*(self._copy(ids) for ids in _chunks(stale)), *(self._remove(id_) for id_ in there))
        result.gone += len(there)

    def _is_embedded(self, photo: Photo) -> bool:
        """Whether a document of the target has the vector of its text, by the target's model."""
        return (photo.embedding_recipe, photo.embedded_text) == (self._to.embedding.recipe, text_digest(photo))

    async def _remove(self, id_: str) -> None:
        """Delete a document that the source has no more, unless it has it again."""
        if await self._now(id_) is None:
            await patiently(lambda: self._target.delete(id_))
        await self._copy([id_])

    async def _copy(self, ids: Sequence[str]) -> None:
        """Copy these documents, again as they are then where they have changed until it was done."""
        async with self._copying:
            found = await patiently(lambda: _photos(self._source, _whole(ids, self._source)))
            photos = {each.id: each for each in found}
            for _ in range(ROUNDS):
                await self._write(list(photos.values()))
                settled = await asyncio.gather(*(self._is_settled(each, photos.get(each)) for each in ids))
                ids = [id_ for id_, is_settled in zip(ids, settled, strict=True) if not is_settled]
                if not ids:
                    return
                now = await asyncio.gather(*(self._now(each) for each in ids))
                photos = {each.id: each for each in now if each}
            log.warning("%s photos change all the time, and are left to the next pass", len(ids))

    async def _write(self, photos: Sequence[Photo]) -> None:
        if copies := await self._embedded(photos):
            await patiently(lambda: self._target.put_many(copies))

    async def _is_settled(self, id_: str, copied: Photo | None) -> bool:
        """Whether the source still has what was copied; a document that is gone meanwhile is deleted."""
        now = await self._now(id_)
        if now is None:
            await patiently(lambda: self._target.delete(id_))
            return await self._now(id_) is None
        return copied is not None and content(now) == content(copied)

    async def _now(self, id_: str) -> Photo | None:
        async with self._looking:
            return await patiently(lambda: self._source.get(id_, with_vector=True))

    async def _embedded(self, photos: Sequence[Photo]) -> list[Photo]:
        """The photos with vectors by the target's model: their own where it is the source's too, of the same text."""
        own = {each.id: each for each in photos if self._keeps_vector(each)}
        others = [each for each in photos if each.id not in own]
        if others:
            with using_index(self._to):
                vectors = await patiently(lambda: self._context.embed([text_to_embed(each) for each in others]))
            for photo, vector in zip(others, vectors, strict=True):
                own[photo.id] = replace(photo, vector=vector.values, embedding_recipe=vector.recipe)
        return [
            replace(own[each.id], embedded_text=text_digest(each), embedding_recipe=self._to.embedding.recipe)
            for each in photos
        ]

    def _keeps_vector(self, photo: Photo) -> bool:
        recipe = photo.embedding_recipe or self._from.embedding.recipe
        return recipe == self._to.embedding.recipe and bool(photo.vector) and photo.embedded_text == text_digest(photo)


async def side_by_side(
    source: PhotoIndex, target: PhotoIndex
) -> AsyncIterator[tuple[Sequence[Photo], dict[str, Photo]]]:
    """Pages of one index in the order of ids, without vectors, each with all that the other has there, by id."""
    last = ""
    while True:
        page = await _page(source, last, "")
        end = page[-1].id if len(page) == PAGE else ""
        yield page, await _rest(target, last, end)
        if not end:
            return
        last = end


async def _rest(index: PhotoIndex, last: str, end: str) -> dict[str, Photo]:
    """All that an index has after `last`, up to `end` if that is not empty."""
    photos: dict[str, Photo] = {}
    while True:
        page = await _page(index, last, end)
        photos |= {each.id: each for each in page}
        if len(page) < PAGE:
            return photos
        last = page[-1].id


async def _page(index: PhotoIndex, last: str, end: str) -> list[Photo]:
    clauses = [*([f"id gt '{last}'"] if last else []), *([f"id le '{end}'"] if end else [])]
    query = IndexQuery(filter=" and ".join(clauses) or None, order_by=("id",), top=PAGE, fields=stored_fields())
    return await patiently(lambda: _photos(index, replace(query, plain=True)))


def content(photo: Photo) -> Photo:
    """What both indexes should have of a photo."""
    return replace(photo, **NO_VECTORS)


def _whole(ids: Sequence[str], index: PhotoIndex) -> IndexQuery:
    fields = (*stored_fields(), *index.vectors)
    return IndexQuery(filter=among(ids), top=len(ids), fields=fields, plain=True)


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


async def _photos(index: PhotoIndex, query: IndexQuery) -> list[Photo]:
    return [hit.photo for hit in (await index.search(query)).hits]
