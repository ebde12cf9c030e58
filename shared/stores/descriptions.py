"""
Descriptions that were paid for: one blob for each content and recipe.

While a worker makes a description, the blob is empty (`description_claim.py`). So looking it up, claiming it and
storing it all concern one blob, and no two workers pay for the same description.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient

from shared.photo import utc
from shared.service_clock import ServiceClock
from shared.storage_resources import StorageResources, ignore_missing, pages_of
from shared.stores.description_claim import Claim, if_match, ignore_conflicts, is_held

SERVICE = "blob storage"
CONTAINER = "photo-descriptions"
DESCRIPTION_NAME = re.compile(r"([0-9a-f]{64})/[^/]+\.json")
UNUSED_SINCE = "unused_since"  # a blob's metadata key
SAMPLE = 5000  # descriptions that tell which recipes there are: as many as one request lists
SAMPLE_LASTS = 3600.0  # seconds


@dataclass(frozen=True)
class KeptDescription:
    """A description as the container lists it; `unused_since` is when it was first seen that no photo uses it."""

    name: str
    digest: str
    unused_since: datetime | None


@dataclass(frozen=True)
class StoredDescription:
    """What one recipe made of some bytes, as JSON, and when."""

    recipe: str
    text: str
    at: str


class Descriptions(StorageResources):
    """The store of descriptions. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._service_clock = ServiceClock()
        self._clock = clock
        self._sampled: tuple[float, frozenset[str]] | None = None  # when it has to be done again, and what there is
        self._lock = asyncio.Lock()
        super().__init__(SERVICE, self._container)

    @asynccontextmanager
    async def claim(
        self, digest: str, recipe: str, *, is_readable: Callable[[str], bool] = bool
    ) -> AsyncIterator[Claim]:
        """
        Claim the description of these bytes by this recipe; if it is ours to make, it stays so within the block.

        One that is not readable, because it was cut or written over, is as good as none.
        """
        claim = Claim(self._container.get_blob_client(f"{digest}/{recipe}.json"), self, self._service_clock)
        try:
            async with self.calls():
                await claim.make(is_readable)
            yield claim
        finally:
            await claim.release()

    async def may_hold(self, recipes: Sequence[str]) -> bool:
        """
        Whether there may be descriptions by one of these recipes, as far as was known within the last hour.

        They are listed by digest, which is chance: if one in a thousand is by such a recipe, one is among the first
        5,000 in 99 of 100 libraries. Of fewer, all are looked at.
        """
        async with self._lock:
            if self._sampled is None or self._clock() >= self._sampled[0]:
                self._sampled = self._clock() + SAMPLE_LASTS, await self._sample()
        return not self._sampled[1].isdisjoint(recipes)

    async def _sample(self) -> frozenset[str]:
        async with self.calls():
            pages = self._container.list_blobs(results_per_page=SAMPLE).by_page()
            return frozenset([_recipe_in(each.name) async for each in await anext(pages)])

    async def read(self, digest: str, recipe: str) -> str | None:
        """The description of these bytes by this recipe; None if there is none, and "" while a worker makes it."""
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(f"{digest}/{recipe}.json")
                return (await stream.readall()).decode(errors="replace")
        return None

    async def forget(self, digest: str) -> None:
        """Delete every description of these bytes, except those that a worker is making."""
        async with self.calls():
            listing = self._container.list_blobs(
                name_starts_with=f"{digest}/", raw_response_hook=self._service_clock.read
            )
            async for each in listing:
                if not self._is_being_made(each):
                    with ignore_conflicts():
                        await self._container.get_blob_client(each.name).delete_blob(**if_match(each.etag))

    async def all(self) -> AsyncIterator[KeptDescription]:
        """Every description, in the order of digests; other blobs in the container are left out."""
        async for page, _ in self.pages():
            for each in page:
                yield each

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[KeptDescription], str]]:
        """The same, a thousand at a time, each with where to go on `after` it; "" at the end."""
        async with self.calls():
            listing = self._container.list_blobs(include=["metadata"], results_per_page=1000)
            async for blobs, end in pages_of(listing, after):
                yield [kept for each in blobs if (kept := _kept(each))], end

    async def of(self, digest: str) -> list[StoredDescription]:
        """Every description of these bytes, the latest first."""
        stored = list[StoredDescription]()
        async with self.calls():
            async for each in self._container.list_blobs(name_starts_with=f"{digest}/"):
                with ignore_missing():
                    text = await (await self._container.download_blob(each.name)).readall()
                    stored.append(
                        StoredDescription(_recipe_in(each.name), text.decode(errors="replace"), utc(each.last_modified))
                    )
        return sorted((each for each in stored if each.text), key=lambda each: each.at, reverse=True)

    async def mark(self, name: str, *, unused_since: datetime | None) -> None:
        """Note since when no photo uses a description, or that one does; unless a worker is making it."""
        metadata = {UNUSED_SINCE: utc(unused_since)} if unused_since else {}
        async with self.calls():
            with ignore_conflicts():
                if etag := await self._etag_if_made(name):
                    await self._container.get_blob_client(name).set_blob_metadata(metadata, **if_match(etag))

    async def delete(self, name: str) -> None:
        """Delete one description, unless a worker is making it."""
        async with self.calls():
            with ignore_conflicts():
                if etag := await self._etag_if_made(name):
                    await self._container.get_blob_client(name).delete_blob(**if_match(etag))

    async def _etag_if_made(self, name: str) -> str:
        """The etag of a description, or of a claim whose worker died; empty while a worker is making it."""
        blob = self._container.get_blob_client(name)
        properties = await blob.get_blob_properties(raw_response_hook=self._service_clock.read)
        return "" if self._is_being_made(properties) else str(properties.etag)

    def _is_being_made(self, properties: BlobProperties) -> bool:
        return not properties.size and is_held(properties.last_modified, self._service_clock)


def _recipe_in(name: str) -> str:
    return name.partition("/")[2].removesuffix(".json")


def _kept(blob: BlobProperties) -> KeptDescription | None:
    digest = DESCRIPTION_NAME.fullmatch(blob.name)
    unused_since = moment_of_mark((blob.metadata or {}).get(UNUSED_SINCE))
    return KeptDescription(blob.name, digest[1], unused_since) if digest else None


def moment_of_mark(text: str | None) -> datetime | None:
    """The moment in a blob's metadata; None where there is none, or nothing that the app has written."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
