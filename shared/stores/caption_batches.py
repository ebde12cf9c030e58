"""
Batches of captions that were ordered: one blob for each, so that none is ordered twice and no answer is lost.

A batch is written down before it is ordered, with the file it is made of, and again with the name that the server gave
it. Who orders batches or takes their answers holds a lease meanwhile, which outlives a process that is killed by half a
minute.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime

from azure.storage.blob.aio import BlobServiceClient
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.blob_lease import leased
from shared.storage_resources import StorageResources, ignore_missing

SERVICE = "blob storage"
CONTAINER = "photo-batches"
LOCK = "lock"
RECORD_NAME = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class OrderedCaption:
    """
    One request of a batch: the bytes it is about, and the photos that wait for its answer.

    `suffix` ends the recipe that the answer is kept by, and `path` is what the model was told. By the `md5` of these
    bytes a file is found that was renamed; it is empty where storage does not have it.
    """

    digest: str
    md5: str = ""
    suffix: str = ""
    path: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class BatchResult:
    """
    What came of a batch: the server's word for its end, what became of its captions, and why not all were kept.

    `calls` are those that were answered, and `day` is that of its end. While it `is_to_book`, what it took may not be
    counted everywhere, nor its `files` at the server be deleted.
    """

    status: str
    kept: int = 0
    dropped: int = 0  # others were kept first, or the photo is gone
    failed: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    reason: str = ""
    day: str = ""
    is_to_book: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class CaptionBatch:
    """
    A batch; times are in ISO 8601, UTC.

    `recipe`, `language` and `definitions` are those of the day it was made on, and `day` is the day that it is counted
    on. `batch_id` is empty before the server has taken it, and `result` is None before it has ended. `priced_as` is the
    name by which its price is known, and with `holds` its photos wait for nothing else.
    """

    id: str
    made_at: str
    model: str
    api: str
    recipe: str
    language: str
    definitions: str
    day: str
    file_id: str
    priced_as: str = ""
    holds: bool = False
    expected_cost: float = 0.0  # what the budget of that day has counted
    captions: tuple[OrderedCaption, ...] = ()
    batch_id: str = ""
    not_before: datetime | None = None
    refusals: int = 0
    result: BatchResult | None = None

    @property
    def names(self) -> list[str]:
        """The photos that wait for it."""
        return [name for each in self.captions for name in each.names]

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do for it."""
        return self.result is None or self.result.is_to_book

    def joined_by(self, names: Mapping[tuple[str, str], Sequence[str]]) -> "CaptionBatch":
        """The same with more photos that wait for it, by the digest of their bytes and the suffix."""
        captions = [
            replace(each, names=(*each.names, *names.get((each.digest, each.suffix), ()))) for each in self.captions
        ]
        return replace(self, captions=tuple(captions))


BATCH = TypeAdapter(CaptionBatch)


class CaptionBatches(StorageResources):
    """The store of batches. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    async def write(self, batch: CaptionBatch) -> None:
        """Write or replace a batch."""
        async with self.calls():
            await self._container.upload_blob(f"{batch.id}.json", BATCH.dump_json(batch), overwrite=True)

    async def all(self) -> list[CaptionBatch]:
        """Every batch that is kept, the oldest first; a blob that is none is left out."""
        found = list[CaptionBatch]()
        async with self.calls():
            async for each in self._container.list_blobs():
                if RECORD_NAME.fullmatch(each.name):
                    with ignore_missing(), suppress(ValidationError):
                        stream = await self._container.download_blob(each.name)
                        found.append(BATCH.validate_json(await stream.readall()))
        return sorted(found, key=lambda each: each.made_at)

    async def are_kept(self) -> bool:
        """Whether there is any batch."""
        async with self.calls():
            async for name in self._container.list_blob_names():
                if RECORD_NAME.fullmatch(name):
                    return True
        return False

    async def delete(self, batch: CaptionBatch) -> None:
        """Forget a batch."""
        async with self.calls():
            with ignore_missing():
                await self._container.delete_blob(f"{batch.id}.json")

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[bool]:
        """Whether this worker may order batches and take answers, which no other does within the block."""
        async with leased(self._container.get_blob_client(LOCK), self) as lease:
            yield lease is not None
