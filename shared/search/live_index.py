"""
The index of the library, wherever it is: what everyone reads and writes, also while the library moves to another.

Reading goes to the index that the caller began with. Writing goes to the live one and, while there is one beside it, to
that as well: first the live one, which says whether it worked. Which others there are is looked up after that write, as
it may take long, and who fills another index relies on it. A vector is written only where its model embeds. The other
index has the text at once, marked as not embedded (`embedding_recipe` is empty), and the vector from whoever fills it,
or by a refresh where it has become the live one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from shared.catalogue.definition import Catalogue
from shared.embedded_index import EmbeddedIndex, index_in_use, using_index
from shared.errors import PhotoError, SettingsError
from shared.log_text import error_label
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import IndexEntry, SearchResults
from shared.stores.index_record import IndexRecordStore

log = logging.getLogger(__name__)

LOOK_TIMEOUT = 2.0  # seconds
NOT_EMBEDDED = {"embedded_text": "", "embedding_recipe": ""}


class LiveIndex(PhotoIndex):
    """The one index of a process. `open_index` opens an index, and creates none."""

    def __init__(self, record: IndexRecordStore, open_index: Callable[[EmbeddedIndex], PhotoIndex]) -> None:
        self.record = record
        self._open_index = open_index
        self._opened: dict[EmbeddedIndex, PhotoIndex] = {}

    def at(self, index: EmbeddedIndex) -> PhotoIndex:
        """One index alone."""
        if index not in self._opened:
            self._opened[index] = self._open_index(index)
        return self._opened[index]

    @property
    def _now(self) -> PhotoIndex:
        """The index in use, as far as it is known."""
        return self.at(self.record.in_use)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """What runs within this uses one index and its model, whatever becomes the live one meanwhile."""
        if index_in_use():
            yield
            return
        await self.record.refresh_if_possible()
        with using_index(self.record.known.live):
            yield

    async def _read_from(self) -> PhotoIndex:
        if not index_in_use():
            await self.record.refresh_if_possible()
        return self._now

    async def _both(self) -> tuple[EmbeddedIndex, EmbeddedIndex | None]:
        """The live index and the one beside it; Transient where nobody can tell whether there is one."""
        record = await self.record.recent()
        return record.live, record.beside

    async def _others(self, written: EmbeddedIndex) -> list[EmbeddedIndex]:
        """What has to have the same as the index that was just written."""
        await self.record.refresh_if_possible()
        record = self.record.known
        return [each for each in (record.live, record.beside) if each and each != written]

    # -- the index itself -----------------------------------------------------------------

    @property
    def differences(self) -> list[str]:
        """From a new index, and from the settings, as sentences."""
        live, configured = self.record.known.live, self.record.configured
        if live.name != configured.name or live.embedding == configured.embedding:
            return self._now.differences
        return [
            f"EMBEDDING_MODEL and EMBEDDING_DIMENSIONS say {configured.embedding.name} and "
            f"{configured.embedding.dimensions}, and the library is in the index {live}, which stays in use: "
            "`python -m ingest migrate` moves it to another model",
            *self._now.differences,
        ]

    async def ready(self) -> None:
        """Create the index, or add what it lacks; SettingsError when it does not fit."""
        await (await self._read_from()).ready()

    async def can_hold(self, new: Catalogue) -> None:
        """Whether both can have these fields; SettingsError says why not. Nothing is changed."""
        for each in await self._both():
            if each:
                await self.at(each).can_hold(new)

    async def adopt(self, new: Catalogue) -> None:
        """Add the fields of these definitions to both; SettingsError when one cannot hold them, or may not change."""
        live, beside = await self._both()
        await self.at(live).adopt(new)
        if beside:
            await self._beside(self.at(beside).adopt(new))

    async def check(self) -> None:
        with suppress(TimeoutError):  # storage that is down is no fault of the index
            await asyncio.wait_for(self.record.refresh_if_possible(), LOOK_TIMEOUT)
        await self._now.check()

    async def check_definition(self) -> None:
        await (await self._read_from()).check_definition()

    async def exists(self) -> bool:
        return await (await self._read_from()).exists()

    async def close(self) -> None:
        for each in self._opened.values():
            await each.close()

    # -- writing, to both -----------------------------------------------------------------

    async def put(self, photo: Photo) -> bool:
        live, _ = await self._both()
        recipe = photo.embedding_recipe or live.embedding.recipe
        is_new = await self.at(live).put(_embedded_by(photo, recipe, live))
        for other in await self._others(live):
            await self._beside(self.at(other).put(_embedded_by(photo, recipe, other)))
        return is_new

    async def touch(self, id_: str, **fields: Any) -> None:
        live, _ = await self._both()
        await self.at(live).touch(id_, **_fields_for(fields, live, live))
        for other in await self._others(live):
            there = {"id": id_, **_fields_for(fields, live, other)}
            await self._beside(self.at(other).merge([there], logs_missing=False))  # it may not have it yet

    async def merge(self, documents: Sequence[Mapping[str, Any]], *, logs_missing: bool = True) -> int:
        live, _ = await self._both()
        here = [_fields_for(each, live, live) for each in documents]
        count = await self.at(live).merge(here, logs_missing=logs_missing)
        for other in await self._others(live):
            there = [_fields_for(each, live, other) for each in documents]
            await self._beside(self.at(other).merge(there, logs_missing=False))
        return count

    async def delete(self, id_: str) -> None:
        live, _ = await self._both()
        await self.at(live).delete(id_)
        for other in await self._others(live):
            await self._beside(self.at(other).delete(id_))

    async def _beside(self, work: Awaitable[object]) -> None:
        """Write to the other index as well. What fails there is found when both are compared, or by reconcile."""
        try:
            await work
        except (PhotoError, SettingsError) as error:
            log.warning("could not write to the index beside the live one: %s", error_label(error))

    def words_of(self, photo: Photo) -> dict[str, Any]:
        return self._now.words_of(photo)

    # -- reading, from the one in use -----------------------------------------------------

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        return await (await self._read_from()).get(id_, with_vector=with_vector)

    async def search(self, query: IndexQuery) -> SearchResults:
        return await (await self._read_from()).search(query)

    async def walk(self, filter_: str | None = None, *, page: int = 1000, after: str = "") -> AsyncIterator[IndexEntry]:
        async for entry in (await self._read_from()).walk(filter_, page=page, after=after):
            yield entry

    @property
    def searched_fields(self) -> Sequence[str]:
        return self._now.searched_fields

    @property
    def is_ranking(self) -> bool:
        return self._now.is_ranking


def _embedded_by(photo: Photo, recipe: str, index: EmbeddedIndex) -> Photo:
    """The photo as an index may have it: with a vector of `recipe` only where that is the index's own."""
    if recipe == index.embedding.recipe:
        return photo
    return replace(photo, vector=[], embedded_text="", embedding_recipe="")


def _fields_for(fields: Mapping[str, Any], live: EmbeddedIndex, index: EmbeddedIndex) -> dict[str, Any]:
    """The same of single fields of a document, which may have a vector among them or not."""
    own = index.embedding.recipe
    if not {"vector", "embedding_recipe"} & fields.keys():
        return dict(fields)
    if (fields.get("embedding_recipe") or live.embedding.recipe) == own:
        return dict(fields)
    others = {name: value for name, value in fields.items() if name not in {"vector", *NOT_EMBEDDED}}
    return others | (NOT_EMBEDDED if "vector" in fields else {})
